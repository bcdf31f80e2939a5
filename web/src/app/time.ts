/** Times as people read them, in the reader's zone and language. */

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayThisYear = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayOtherYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

const DAY_MS = 86_400_000;

/** Days since the epoch in the reader's zone. */
function dayNumber(time: Date): number {
  return Math.floor((time.getTime() - time.getTimezoneOffset() * 60_000) / DAY_MS);
}

export function sameDay(a: string, b: string): boolean {
  return dayNumber(new Date(a)) === dayNumber(new Date(b));
}

/** 14:05 */
export function timeOfDay(iso: string): string {
  return clock.format(new Date(iso));
}

/** Today, Yesterday, Monday 3 March … */
export function dayName(iso: string, now = new Date()): string {
  const time = new Date(iso);
  const days = dayNumber(now) - dayNumber(time);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return (time.getFullYear() === now.getFullYear() ? dayThisYear : dayOtherYear).format(time);
}

/** Everything, for a tooltip. */
export function wholeTime(iso: string): string {
  return whole.format(new Date(iso));
}

/** 14:05 today, 3 Mar otherwise. */
export function shortTime(iso: string, now = new Date()): string {
  return dayNumber(now) === dayNumber(new Date(iso)) ? timeOfDay(iso) : short.format(new Date(iso));
}

const STEPS: ReadonlyArray<readonly [Intl.RelativeTimeFormatUnit, number]> = [['day', 86_400], ['hour', 3_600], ['minute', 60]];

/** 3 min ago, yesterday */
export function ago(iso: string, now = Date.now()): string {
  const seconds = Math.round((now - new Date(iso).getTime()) / 1000);
  for (const [unit, size] of STEPS) if (Math.abs(seconds) >= size) return relative.format(-Math.round(seconds / size), unit);
  return 'just now';
}

/** 2 h 5 min, 3 d 4 h, 12.4 s, 350 ms */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
