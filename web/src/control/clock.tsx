/** Times that go on by themselves. One timer for all of them, and only what shows a time renders when it ticks. */
import { useSyncExternalStore } from 'react';
import { wholeTime } from '../app/time.js';
import { ago, duration, momentOf } from './figures.js';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let now = Date.now();

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!timer) {
    now = Date.now();
    timer = setInterval(tick, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || !timer) return;
    clearInterval(timer);
    timer = null;
  };
}

export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

export function Ago({ time, none = 'never' }: { time: string | null | undefined; none?: string }) {
  const current = useNow();
  const moment = momentOf(time);
  if (moment === null) return <>{none}</>;
  return <time dateTime={time as string} title={wholeTime(time as string)}>{ago(moment, current)}</time>;
}

/** How long since: an uptime. */
export function Since({ time, none = '–' }: { time: string | null; none?: string }) {
  const current = useNow();
  const moment = momentOf(time);
  if (moment === null) return <span className="daemons__cell--zero">{none}</span>;
  return <time dateTime={time as string} title={`since ${wholeTime(time as string)}`}>{duration(Math.max(0, current - moment))}</time>;
}
