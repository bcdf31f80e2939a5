/** Where one is logged in, each to be ended. */
import { useCallback, useEffect, useState } from 'react';
import { ago, wholeTime } from '../app/time.js';
import { Badge, Button, Icon, Notice, Spinner, toast, toastError } from '../ui/index.js';
import { endOtherSessions, endSession, listSessions, type LoginSession } from './api.js';

export function Sessions() {
  const [sessions, setSessions] = useState<LoginSession[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const read = useCallback(() => listSessions().then(({ sessions: list }) => {
    setSessions([...list].sort((a, b) => Number(b.current) - Number(a.current)));
    setError(null);
  }, (failure: Error) => setError(failure.message)), []);
  useEffect(() => void read(), [read]);
  const end = async (what: () => Promise<void>, words: string): Promise<void> => {
    try {
      await what();
      toast(words, { kind: 'good' });
    } catch (failure) {
      toastError(failure);
    }
    await read();
  };
  if (error) return <Notice kind="warn" action={<Button small onClick={() => void read()}>Try again</Button>}>{error}</Notice>;
  if (!sessions) return <Spinner label="Loading the sessions" />;
  return (
    <>
      <ul role="list" className="things">
        {sessions.map((session) => <Item key={session.id} session={session} end={() => end(() => endSession(session.id), 'That session has ended')} />)}
      </ul>
      {sessions.length > 1 && <Button onClick={() => void end(endOtherSessions, 'You are logged in only here now')}>End all others</Button>}
    </>
  );
}

function Item({ session: { client, address, lastUsedAt, createdAt, current }, end }: { session: LoginSession; end(): Promise<void> }) {
  const [busy, setBusy] = useState(false);
  return (
    <li className="thing">
      <Icon name="monitor" size={20} />
      <div className="thing__words">
        <div className="thing__name">{client ?? 'Unknown program'}{current && <Badge kind="good">this one</Badge>}</div>
        <div className="thing__note">
          {[
            address,
            current ? 'in use' : lastUsedAt && <time key="used" dateTime={lastUsedAt} title={wholeTime(lastUsedAt)}>used {ago(lastUsedAt)}</time>,
            createdAt && <time key="made" dateTime={createdAt} title={wholeTime(createdAt)}>logged in {ago(createdAt)}</time>,
          ].filter(Boolean).map((each, index) => <span key={index}>{index > 0 && ' · '}{each}</span>)}
        </div>
      </div>
      {!current && (
        <Button small busy={busy} aria-label={`End the session of ${client ?? 'an unknown program'}`} onClick={() => {
          setBusy(true);
          void end().finally(() => setBusy(false));
        }}>End</Button>
      )}
    </li>
  );
}
