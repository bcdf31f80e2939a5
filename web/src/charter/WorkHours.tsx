/** When it works: always, or by weekday in a time zone; and what it says outside of that. */
import { useMemo } from 'react';
import { useNow } from '../app/now.js';
import { Button, Input, Segments, Switch } from '../ui/index.js';
import { dayOf, setAt, textAt, type Charter } from './charter.js';
import { TextField, useForm } from './fields.js';
import { hasHours, isTimeZone, likeDay, nowInWords, timeZones, WEEKDAYS, weekdayName } from './hours.js';

const HOURS = 'operational.workHours';
const NINE_TO_FIVE = { start: '09:00', end: '17:00' };

const here = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** What was set is kept while "always" is chosen, so that one can go back. */
function withHours(charter: Charter, limited: boolean): Charter {
  if (!limited) return setAt(charter, `${HOURS}.always24x7`, true);
  const open = setAt(charter, `${HOURS}.always24x7`, undefined);
  if (hasHours(open)) return open;
  const week = Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((day) => [String(day), day >= 1 && day <= 5 ? { ...NINE_TO_FIVE } : null]));
  return setAt(setAt(open, `${HOURS}.schedule`, week), `${HOURS}.timezone`, textAt(open, `${HOURS}.timezone`) || here());
}

export function WorkHours() {
  const { draft, change } = useForm();
  const limited = hasHours(draft.charter);
  return (
    <>
      <Segments label="When it works" value={limited ? 'hours' : 'always'} options={[{ value: 'always', label: 'Always' }, { value: 'hours', label: 'At set hours' }]}
        onChange={(next) => change({ charter: withHours(draft.charter, next === 'hours') })} />
      {limited && (
        <>
          <Zone />
          <Week />
          <TextField path="operational.offlineMessage" label="Outside of that it says" rows={2} placeholder="The desk is closed; your message is safe with us."
            hint="Once in each conversation and hour. Without it: that it is outside its work hours." />
        </>
      )}
    </>
  );
}

function Zone() {
  const { draft, set, touch, problem } = useForm();
  const path = `${HOURS}.timezone`;
  const zones = useMemo(timeZones, []);
  const now = useNow(30_000);
  const zone = textAt(draft.charter, path);
  const unknown = zone !== '' && !isTimeZone(zone) ? `“${zone}” is no time zone; it is like Europe/Berlin.` : undefined;
  const mine = here();
  return (
    <div className="charter__zone">
      <Input label="Time zone" list="time-zones" value={zone} placeholder="UTC" autoComplete="off" spellCheck={false} error={problem(path) ?? unknown} onBlur={() => touch(path)}
        hint={nowInWords(draft.charter, now)} onChange={(event) => set(path, event.target.value.trim() || undefined)} />
      <datalist id="time-zones">{zones.map((each) => <option key={each} value={each} />)}</datalist>
      {zone !== mine && <Button small kind="quiet" onClick={() => set(path, mine)}>Use mine, {mine}</Button>}
    </div>
  );
}

/** A field for times has no 24:00: an end of 00:00 is the end of the day. */
const shownEnd = (end: string): string => (end === '24:00' ? '00:00' : end);
const keptEnd = (end: string): string => (end === '00:00' ? '24:00' : end);

function Week() {
  const { draft, set } = useForm();
  const monday = dayOf(draft.charter, 1);
  return (
    <div className="week" role="group" aria-label="Hours by weekday">
      {WEEKDAYS.map((weekday) => <DayRow key={weekday} weekday={weekday} />)}
      {monday && <Button small kind="quiet" icon="copy" onClick={() => set(`${HOURS}.schedule`, likeDay(draft.charter, 1) as never)}>Monday’s hours for all working days</Button>}
    </div>
  );
}

function DayRow({ weekday }: { weekday: number }) {
  const { draft, set, problem } = useForm();
  const path = `${HOURS}.schedule.${weekday}`;
  const day = dayOf(draft.charter, weekday);
  const name = weekdayName(weekday);
  const error = problem(path);
  const overnight = day !== null && day.end !== '' && day.start !== '' && day.end < day.start;
  return (
    <div className="week__day">
      <Switch label={name} on={day !== null} onChange={(on) => set(path, on ? { ...NINE_TO_FIVE } : null)} />
      <span className="week__name" aria-hidden="true">{name}</span>
      {day ? (
        <span className="week__times">
          <input type="time" className="input" aria-label={`${name}, from`} value={day.start} onChange={(event) => set(`${path}.start`, event.target.value)} />
          <span aria-hidden="true">to</span>
          <input type="time" className="input" aria-label={`${name}, to`} value={shownEnd(day.end)} onChange={(event) => set(`${path}.end`, keptEnd(event.target.value))} />
          {overnight && <span className="field__hint">next day</span>}
        </span>
      ) : <span className="field__hint">closed</span>}
      {error && <div className="field__error" role="alert">{error}</div>}
    </div>
  );
}
