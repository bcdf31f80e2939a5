/** One daemon, its events and its conversations: read when the page opens and after every cut, kept true by notices in between. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { call, onConnected, onNotice, watchDaemons, type OrchestratorError } from '../app/connection.js';
import { noticed } from './daemon_list.js';
import type { Conversation, Daemon, DaemonEvent, DaemonNotice } from './wire.js';

const EVENTS_PAGE = 40;
const EVENTS_MAX = 1000;
/** Counters and the log follow a notice, so that a burst of them is one question. The server writes its log once a second. */
const FOLLOW_MS = 1500;
const REFRESH_MS = 15_000;

export interface DaemonView {
  daemon: Daemon | null;
  /** The reason why there is none. */
  error: OrchestratorError | null;
  set(daemon: Daemon): void;
  events: DaemonEvent[] | null;
  /** There are older events. */
  more: boolean;
  readOlder(): Promise<void>;
  conversations: Conversation[] | null;
  /** How many there are in channels that the reader does not see. */
  hidden: number;
}

interface EventPage {
  events: DaemonEvent[];
  next?: number;
}

interface ConversationPage {
  conversations: Conversation[];
  /** In channels that one is not in. */
  hidden: { conversations: number };
}

export function useDaemon(slug: string): DaemonView {
  const [daemon, setDaemon] = useState<Daemon | null>(null);
  const [error, setError] = useState<OrchestratorError | null>(null);
  const [log, setLog] = useState<{ events: DaemonEvent[]; next: number | null } | null>(null);
  const [talks, setTalks] = useState<ConversationPage | null>(null);
  const oldest = useRef<number | null>(null);
  oldest.current = log?.next ?? null;

  const read = useCallback(async (): Promise<void> => {
    try {
      const found = await call<Daemon>('daemon.get', { orchestratorId: slug });
      setDaemon(found);
      setError(null);
      const { orchestratorId } = found;
      const [newest, conversations] = await Promise.all([
        call<EventPage>('daemon.events', { orchestratorId, limit: EVENTS_PAGE }), call<ConversationPage>('daemon.conversations', { orchestratorId }),
      ]);
      setLog((before) => joined(before, newest));
      setTalks(conversations);
    } catch (failure) {
      setError(failure as OrchestratorError);
    }
  }, [slug]);

  useEffect(() => onConnected(read), [read]);
  useFollowing(daemon?.orchestratorId, read, (notice) => setDaemon((before) => (before ? noticed(before, notice) : before)));

  const readOlder = useCallback(async (): Promise<void> => {
    if (!daemon || oldest.current === null) return;
    const page = await call<EventPage>('daemon.events', { orchestratorId: daemon.orchestratorId, limit: EVENTS_PAGE, before: oldest.current });
    setLog((before) => (before ? { events: [...before.events, ...page.events], next: before.events.length > EVENTS_MAX ? null : page.next ?? null } : before));
  }, [daemon]);

  return {
    daemon, error, set: setDaemon, events: log?.events ?? null, more: log !== null && log.next !== null, readOlder,
    conversations: talks?.conversations ?? null, hidden: talks?.hidden.conversations ?? 0,
  };
}

/** The newest page before what is known; where they do not meet, only the newest. */
function joined(before: { events: DaemonEvent[]; next: number | null } | null, { events, next }: EventPage): { events: DaemonEvent[]; next: number | null } {
  const newest = events[events.length - 1];
  const meets = before?.events.findIndex(({ id }) => id === newest?.id) ?? -1;
  if (!before || meets < 0) return { events, next: next ?? null };
  return { events: [...events, ...before.events.slice(meets + 1)], next: before.next };
}

function useFollowing(orchestratorId: string | undefined, read: () => Promise<void>, take: (notice: DaemonNotice) => void): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    if (orchestratorId === undefined) return undefined;
    let soon: ReturnType<typeof setTimeout> | null = null;
    const unwatch = watchDaemons([orchestratorId]);
    const forget = onNotice<DaemonNotice>('daemon.*', (notice, method) => {
      if (notice.orchestratorId !== orchestratorId) return;
      latest.current(notice);
      if (method === 'daemon.heartbeat' || soon) return;
      soon = setTimeout(() => {
        soon = null;
        void read();
      }, FOLLOW_MS);
    });
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void read();
    }, REFRESH_MS);
    return () => {
      unwatch();
      forget();
      clearInterval(timer);
      if (soon) clearTimeout(soon);
    };
  }, [orchestratorId, read]);
}
