/** What happened to a daemon, the newest first; kept by the server over restarts. */
import { useState } from 'react';
import { wholeTime } from '../app/time.js';
import { Button, Spinner, toastError } from '../ui/index.js';
import { logTime } from './figures.js';
import type { DaemonEvent } from './wire.js';

const WORDS: { [kind: string]: string } = {
  started: 'Started', stopped: 'Stopped', error: 'Error', restarted: 'Restarted', created: 'Created', changed: 'Charter changed',
  'restart-scheduled': 'Restart planned', 'start-error': 'Could not start', 'stop-error': 'Did not stop in good order',
  'restart-error': 'Could not restart', 'health-error': 'Health unknown', 'auto-start-error': 'Could not start at login', 'message-error': 'Could not answer',
};

function mood(kind: string): 'good' | 'warn' | 'bad' | 'plain' {
  if (/error|failed/.test(kind)) return 'bad';
  if (/restart/.test(kind)) return 'warn';
  return kind === 'started' ? 'good' : 'plain';
}

/** `daemon.start-error` → "Could not start"; a kind that is not known here is shown as it is. */
function titleOf(kind: string): string {
  const name = kind.replace(/^daemon[.:]/, '').replaceAll('_', '-');
  return WORDS[name] ?? name.replaceAll('-', ' ').replace(/^./, (first) => first.toUpperCase());
}

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

function Item({ event: { at, kind, message } }: { event: DaemonEvent }) {
  const title = titleOf(kind);
  return (
    <li className={`events__item events__item--${mood(kind)}`}>
      <span className="events__what">{title}</span>
      <time className="events__time" dateTime={at} title={wholeTime(at)}>{logTime(Date.parse(at), Date.now())}</time>
      {message && message !== title && <span className="events__words">{message}</span>}
    </li>
  );
}
