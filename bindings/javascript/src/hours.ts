/** A time zone's changes, as the core needs them: from when on which offset to UTC holds. Asked of the platform's Intl. */

export interface ZoneChange {
  readonly from: number;
  /** Seconds east of UTC. */
  readonly offset: number;
}

const CHANGES_MAX = 16;
const STEP_MS = 20 * 86_400_000;
/** Long enough for 15 changes in most zones, and for a process that is not restarted in years. */
const SPAN_MS = 6 * 366 * 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

/** The offset in seconds at that instant. */
export function offsetAt(zone: string, ms: number): number {
  const parts: { [type: string]: number } = {};
  for (const { type, value } of formatOf(zone).formatToParts(ms)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000) / 1000);
}

/** The instant between two with different offsets at which the new one begins, to the second. */
function changeBetween(zone: string, before: number, after: number, offset: number): number {
  let low = before;
  let high = after;
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000;
    if (offsetAt(zone, middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}

/** The offset now, then the changes to come; at most 16 entries. */
export function zoneChanges(zone: string, now: number): ZoneChange[] {
  const begin = Math.floor(now / 1000) * 1000;
  let offset = offsetAt(zone, begin);
  const changes: ZoneChange[] = [{ from: begin, offset }];
  for (let at = begin; at < begin + SPAN_MS && changes.length < CHANGES_MAX; at += STEP_MS) {
    if (offsetAt(zone, at + STEP_MS) === offset) continue;
    const from = changeBetween(zone, at, at + STEP_MS, offset);
    offset = offsetAt(zone, from);
    changes.push({ from, offset });
  }
  return changes;
}
