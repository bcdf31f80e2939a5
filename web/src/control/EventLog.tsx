/** What happened to a daemon, the newest first; kept by the server over restarts. */
import { useState } from 'react';
import { wholeTime } from '../app/time.js';
import { usePerson } from '../chat/people.js';
import { Button, Spinner, toastError } from '../ui/index.js';
import { logTime } from './figures.js';
import type { DaemonEvent } from './wire.js';

const KINDS: { [kind: string]: { words: string; mood: 'good' | 'warn' | 'bad' | 'plain' } } = {
  created: { words: 'Created', mood: 'good' },
  configured: { words: 'Changed', mood: 'plain' },
  login: { words: 'Switched on', mood: 'plain' },
  logout: { words: 'Switched off', mood: 'plain' },
  command: { words: 'Order', mood: 'plain' },
  started: { words: 'Started', mood: 'good' },
  stopped: { words: 'Stopped', mood: 'plain' },
  error: { words: 'Error', mood: 'bad' },
  'restart-scheduled': { words: 'Restart planned', mood: 'warn' },
  restarted: { words: 'Restarted', mood: 'warn' },
  'turn-failed': { words: 'Could not answer', mood: 'bad' },
};

export function EventLog({ events, more, readOlder }: { events: DaemonEvent[] | null; more: boolean; readOlder(): Promise<void> }) {
  const [reading, setReading] = useState(false);
  const older = async (): Promise<void> => {
    setReading(true);
    await readOlder().catch(toastError);
    setReading(false);
  };
  return (
    <section aria-labelledby="events-title">
      <h2 className="panel__title" id="events-title">What happened</h2>
      {events === null ? <Spinner label="Loading the events" /> : events.length === 0 ? <p className="panel__none">Nothing has happened yet.</p> : (
        <ol role="list" className="events">{events.map((event) => <Item key={event.id} event={event} />)}</ol>
      )}
      {more && <Button small kind="quiet" busy={reading} onClick={() => void older()}>Older events</Button>}
    </section>
  );
}

/** What somebody did says by whom; the rest says it in the server's words. */
function explained({ kind, message, details }: DaemonEvent, by: string): string {
  if (!['created', 'configured', 'command', 'login', 'logout'].includes(kind)) return message;
  const what = kind === 'command' && typeof details?.command === 'string' ? [details.command] : kind === 'configured' && Array.isArray(details?.fields) ? [details.fields.join(', ')] : [];
  const who = typeof details?.userId === 'string' ? [`by ${by}`] : details?.owner === true ? ['by the owner of the machine'] : [];
  return [...what, ...who].join(' ') || message;
}

function Item({ event }: { event: DaemonEvent }) {
  const { at, kind, details } = event;
  const { words, mood } = KINDS[kind] ?? { words: kind, mood: 'plain' };
  const times = typeof details?.times === 'number' && details.times > 1 ? `, ${details.times} times` : '';
  const by = usePerson(typeof details?.userId === 'string' ? details.userId : null)?.shownName ?? 'somebody';
  const more = explained(event, by);
  return (
    <li className={`events__item events__item--${mood}`}>
      <span className="events__what">{words}{times}</span>
      <time className="events__time" dateTime={at} title={wholeTime(at)}>{logTime(Date.parse(at), Date.now())}</time>
      {more && <span className="events__words">{more}</span>}
    </li>
  );
}
