/** Numbers, durations and times in words, in the reader's language where that is short. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const minutes = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayClock = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });

/** 1,234 as it is; 12,345 as 12.3K. */
export function count(number: number): string {
  return number < 10_000 ? whole.format(number) : compact.format(number);
}

export function exactly(number: number): string {
  return whole.format(number);
}

/** Two units at most: "3 d 4 h", "12 min 5 s", "8 s". */
export function duration(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${Math.floor((ms % MINUTE) / SECOND)} s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} min`;
  return `${whole.format(Math.floor(ms / DAY))} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

/** "340 ms", "1.2 s", "2 min 4 s": how long an answer took. */
export function latency(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(ms < 10 * SECOND ? 1 : 0)} s`;
  return duration(ms);
}

/** "now", "5 s ago", "3 min ago", "2 d ago". */
export function ago(time: number, now: number): string {
  const ms = Math.max(0, now - time);
  if (ms < 2 * SECOND) return 'now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`;
  return `${whole.format(Math.floor(ms / DAY))} d ago`;
}

export function momentOf(iso: string | null | undefined): number | null {
  if (!iso) return null;
  const time = Date.parse(iso);
  return Number.isNaN(time) ? null : time;
}

/** Where a step of a chart begins. */
export function stepTime(time: number, now: number): string {
  return new Date(time).toDateString() === new Date(now).toDateString() ? minutes.format(time) : dayClock.format(time);
}

/** Today the clock to the second, else the day with it. */
export function logTime(time: number, now: number): string {
  return new Date(time).toDateString() === new Date(now).toDateString() ? clock.format(time) : dayClock.format(time);
}
