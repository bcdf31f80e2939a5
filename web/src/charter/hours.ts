/** Work hours as people read them: the next days in words, and whether it is open at a given moment. */
import { dayOf, flagAt, getAt, textAt, type Charter, type Day } from './charter.js';

/** Monday first, as most of the world plans; the charter counts from Sunday. */
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 0] as const;

export function weekdayName(weekday: number, style: 'long' | 'short' = 'long'): string {
  // 2023-01-01 was a Sunday.
  return new Intl.DateTimeFormat(undefined, { weekday: style, timeZone: 'UTC' }).format(Date.UTC(2023, 0, 1 + weekday));
}

export function timeZones(): string[] {
  const known = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
  return known.includes('UTC') ? known : ['UTC', ...known];
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function hasHours(charter: Charter): boolean {
  const schedule = getAt(charter, 'operational.workHours.schedule');
  return typeof schedule === 'object' && schedule !== null && !flagAt(charter, 'operational.workHours.always24x7');
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** Weekday and minute of a moment in a zone. */
function placeIn(zone: string, time: number): { weekday: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(time);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return { weekday: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(part('weekday')), minute: Number(part('hour')) * 60 + Number(part('minute')) };
}

/** A day whose end lies before its start goes on after midnight. */
function covers(day: Day | null, minute: number): boolean {
  if (!day) return false;
  const start = minutesOf(day.start);
  const end = minutesOf(day.end);
  return start <= end ? minute >= start && minute < end : minute >= start;
}

function spillsInto(day: Day | null, minute: number): boolean {
  return day !== null && minutesOf(day.end) < minutesOf(day.start) && minute < minutesOf(day.end);
}

/** "Open now" or "Closed now, opens Monday 09:00"; empty where it is always open or the zone is not known. */
export function nowInWords(charter: Charter, time: number): string {
  const zone = textAt(charter, 'operational.workHours.timezone') || 'UTC';
  if (!hasHours(charter) || !isTimeZone(zone)) return '';
  const { weekday, minute } = placeIn(zone, time);
  const today = dayOf(charter, weekday);
  if (covers(today, minute) || spillsInto(dayOf(charter, (weekday + 6) % 7), minute)) return 'Open now';
  for (let ahead = 0; ahead <= 7; ahead++) {
    const day = dayOf(charter, (weekday + ahead) % 7);
    if (!day || (ahead === 0 && minutesOf(day.start) <= minute)) continue;
    const name = ahead === 0 ? 'today' : ahead === 1 ? 'tomorrow' : weekdayName((weekday + ahead) % 7);
    return `Closed now, opens ${name} at ${day.start}`;
  }
  return 'Closed every day';
}

/** The weekly hours of one day given to all working days. */
export function likeDay(charter: Charter, weekday: number): { [day: string]: Day | null } {
  const model = dayOf(charter, weekday);
  return Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((day) => [String(day), day >= 1 && day <= 5 ? model : dayOf(charter, day)]));
}
