/** When the heart beat last, and a short pulse each time it does. */
import { useEffect, useRef, useState } from 'react';
import { StatusDot } from '../ui/index.js';
import { wholeTime } from '../app/time.js';
import type { DaemonState, WireDaemonHealth } from '../app/wire.js';
import { ago, momentOf } from './figures.js';
import { useNow } from './clock.js';

/** Three heartbeats of the default interval: by then the server itself calls it an error. */
const LATE_MS = 90_000;

export function Heartbeat({ health }: { health: WireDaemonHealth }) {
  const now = useNow();
  const moment = momentOf(health.lastHeartbeat);
  const beats = useBeat(health.lastHeartbeat);
  if (moment === null) return <span className="daemons__cell--zero">never</span>;
  const late = health.status === 'running' && now - moment > LATE_MS;
  return (
    <span className={`beat${late ? ' beat--late' : ''}`}>
      {health.status === 'running' && <span key={beats} className={`dot dot--${late ? 'busy' : 'running'}${beats > 0 ? ' dot--beats' : ''}`} aria-hidden="true" />}
      <time dateTime={health.lastHeartbeat as string} title={wholeTime(health.lastHeartbeat as string)}>{ago(moment, now)}</time>
    </span>
  );
}

/** How often the time changed since it was first seen. */
function useBeat(time: string | null): number {
  const before = useRef(time);
  const [beats, setBeats] = useState(0);
  useEffect(() => {
    if (before.current !== time) setBeats((count) => count + 1);
    before.current = time;
  }, [time]);
  return beats;
}

const WORDS = { running: 'Running', error: 'Error', stopped: 'Stopped', initializing: 'Starting', stopping: 'Stopping' } as const;

export function Status({ status }: { status: DaemonState }) {
  return <span className={`status status--${status}`}><StatusDot status={status} />{WORDS[status]}</span>;
}

export const statusWord = (status: DaemonState): string => WORDS[status];
