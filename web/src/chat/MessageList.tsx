/** The messages of a channel or thread: read to both ends, marked as read, edited in place. */
import { useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from 'react';
import { call, useConnection } from '../app/connection.js';
import { navigate } from '../app/router.js';
import { useUser } from '../app/session.js';
import { useStore } from '../app/store.js';
import { dayName } from '../app/time.js';
import type { WireMessage } from '../app/wire.js';
import { Badge } from '../ui/Badge.js';
import { Button, IconButton } from '../ui/Button.js';
import { Empty } from '../ui/Empty.js';
import { toastError } from '../ui/Toast.js';
import { outbox } from '../offline/outbox.js';
import { MessageEditor } from './Composer.js';
import { Message, Place, TurnMessage, type MessagePlace } from './Message.js';
import { asked, pageIsSeen, setAtEnd } from './reading.js';
import { messageKey, messageRows, notAmong, tailRows, type Row } from './rows.js';
import { Scroller, type ScrollerHandle } from './Scroller.js';
import type { Timeline } from './timeline.js';
import { turns } from './turns.js';
import { orchestratorUser } from './known.js';
import { markRead } from './workspace.js';

export interface MessageListHandle {
  toEnd(): void;
  /** Edits the newest message of the reader; false: there is none. */
  editLast(): boolean;
  focusMessages(): void;
}

interface MessageListProps {
  timeline: Timeline;
  path: string;
  label: string;
  /** The last message that was read when the channel was opened; null: no line above what is new. */
  newAfter: string | null;
  /** Comes into view and is marked. */
  target?: string | null;
  /** The target takes the focus: nothing that is beside this list was asked for. */
  focusTarget?: boolean;
  head?: React.ReactNode;
  ref?: Ref<MessageListHandle>;
}

function draw(row: Row): React.ReactNode {
  switch (row.kind) {
    case 'day': return <div className="day" role="separator" aria-label={dayName(row.at)}><span>{dayName(row.at)}</span></div>;
    case 'new': return <div className="new-line" role="separator" aria-label="New messages"><span>New</span></div>;
    case 'message': return <Message message={row.message} compact={row.compact} outgoing={row.outgoing} />;
    default: return <TurnMessage turn={row.turn} compact={row.compact} />;
  }
}

/** Arrow keys walk over the messages; the one that has the focus stays in the order of Tab. */
function useWalking(box: React.RefObject<HTMLDivElement | null>): { onKeyDown: (event: React.KeyboardEvent) => void; onFocus: (event: React.FocusEvent) => void } {
  useEffect(() => {
    const all = box.current?.querySelectorAll<HTMLElement>('article.message') ?? [];
    if (![...all].some((each) => each.tabIndex === 0)) (all[all.length - 1] as HTMLElement | undefined)?.setAttribute('tabindex', '0');
  });
  return {
    onFocus: ({ target }) => {
      if (!target.matches('article.message')) return;
      for (const each of box.current?.querySelectorAll('article.message[tabindex="0"]') ?? []) each.setAttribute('tabindex', '-1');
      target.setAttribute('tabindex', '0');
    },
    onKeyDown: (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by || !(event.target as Element).matches('article.message')) return;
      const all = [...(box.current as HTMLElement).querySelectorAll<HTMLElement>('article.message')];
      const next = all[all.indexOf(event.target as HTMLElement) + by];
      event.preventDefault();
      next?.focus();
      next?.scrollIntoView({ block: 'nearest' });
    },
  };
}

/** Gives a message the focus as soon as it is drawn. */
function focusDrawn(box: React.RefObject<HTMLDivElement | null>, messageId: string, frames = 60): void {
  requestAnimationFrame(() => {
    const drawn = box.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(messageId)}"]`);
    if (drawn) drawn.focus({ preventScroll: true });
    else if (frames > 0) focusDrawn(box, messageId, frames - 1);
  });
}

export function MessageList({ timeline, path, label, newAfter, target = null, focusTarget = true, head, ref }: MessageListProps) {
  const { channelId, parentId } = timeline;
  const user = useUser();
  const { phase, messages, older, newer, error, kept } = useStore(timeline.store, (state) => state);
  const outgoing = useStore(outbox, (list) => list);
  const live = useStore(turns, (map) => map);
  const [editing, setEditing] = useState<string | null>(null);
  const [ended, setEnded] = useState(true);
  const scroller = useRef<ScrollerHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const walking = useWalking(box);

  const base = useMemo(() => messageRows(messages, newAfter, user.id), [messages, newAfter, user.id]);
  const last = messages[messages.length - 1];
  const waiting = useMemo(
    () => notAmong(base, outgoing.filter((each) => each.channelId === channelId && each.parentId === parentId)), [base, outgoing, channelId, parentId],
  );
  const tail = useMemo(() => (newer === null ? tailRows(
    last, waiting, [...live.values()].filter((each) => each.channelId === channelId && each.parentId === parentId),
    (turn) => orchestratorUser(turn.orchestratorId)?.id ?? null,
  ) : []), [last, waiting, live, channelId, parentId, newer]);
  const rows = useMemo(() => (tail.length > 0 ? [...base, ...tail] : base), [base, tail]);

  useEffect(() => {
    void timeline.open();
  }, [timeline]);

  // A message that somebody linked to or searched for.
  const online = useConnection((state) => state.phase === 'online');
  const times = useStore(asked, (count) => count);
  const jumped = useRef('');
  useEffect(() => {
    if (!target || !online || jumped.current === `${target} ${times}`) return undefined;
    let gone = false;
    void timeline.loadAround(target).then((found) => {
      if (gone || !found) return;
      jumped.current = `${target} ${times}`;
      requestAnimationFrame(() => {
        const message = timeline.find(target);
        if (message) scroller.current?.show(messageKey(message, user.id), 'third');
        if (focusTarget) focusDrawn(box, target);
      });
    });
    return () => {
      gone = true;
    };
  }, [target, focusTarget, times, timeline, online, user.id]);

  // Read is what was on the screen of a page in front.
  const lastId = last?.id;
  const read = useCallback((): void => {
    if (!kept && ended && newer === null && lastId && !parentId && pageIsSeen()) markRead(channelId, lastId);
  }, [kept, ended, newer, lastId, parentId, channelId]);
  useEffect(() => {
    read();
    window.addEventListener('focus', read);
    document.addEventListener('visibilitychange', read);
    return () => {
      window.removeEventListener('focus', read);
      document.removeEventListener('visibilitychange', read);
    };
  }, [read]);
  useEffect(() => {
    setAtEnd(channelId, parentId, ended);
    return () => setAtEnd(channelId, parentId, false);
  }, [channelId, parentId, ended]);

  const toEnd = (): void => {
    if (target) navigate(location.pathname, { replace: true }); // it is not asked for any more
    if (newer !== null) void timeline.load().then(() => scroller.current?.toEnd());
    else scroller.current?.toEnd();
  };
  useImperativeHandle(ref, () => ({
    toEnd,
    editLast() {
      const mine = [...messages].reverse().find((each) => each.authorId === user.id && !each.deleted);
      if (mine) setEditing(mine.id);
      return mine !== undefined;
    },
    focusMessages() {
      box.current?.querySelector<HTMLElement>('article.message[tabindex="0"]')?.focus();
    },
  }));

  const place = useMemo((): MessagePlace => {
    const stop = (): void => {
      setEditing(null);
      box.current?.closest('[data-conversation]')?.querySelector('textarea')?.focus();
    };
    return {
      path, target, inThread: parentId !== null, editing, edit: (message) => setEditing(message.id),
      editor: (message: WireMessage) => (
        <MessageEditor message={message} onCancel={stop} onSave={async (content) => {
          await call('message.edit', { messageId: message.id, content }).then(stop, (failure: unknown) => toastError(failure, 'It was not changed'));
        }} />
      ),
    };
  }, [path, parentId, target, editing]);

  if (phase === 'failed' && rows.length === 0) { // what waits to be sent is shown all the same
    return (
      <Empty icon="offline" title="The messages could not be read" actions={<Button icon="retry" onClick={() => void timeline.load()}>Try again</Button>}>{error}</Empty>
    );
  }
  if (phase !== 'ready' && rows.length === 0) return <MessageSkeleton />;
  const startAt = newAfter !== null && rows.some((row) => row.kind === 'new') ? 'new' : undefined;
  const missed = newer !== null ? -1 : 0;
  return (
    <div className="messages" ref={box} {...walking} data-region="messages">
      <Place value={place}>
        <Scroller ref={scroller} rows={rows} draw={draw} head={head} older={older !== null} newer={newer !== null} onOlder={() => void timeline.loadOlder()}
          onNewer={() => void timeline.loadNewer()} onEnd={setEnded} startAt={startAt} label={label} />
      </Place>
      {!ended && (
        <div className="to-end">
          <IconButton kind="plain" icon="arrowDown" label="To the newest message" onClick={toEnd} />
          {missed < 0 && <Badge kind="accent">older messages</Badge>}
        </div>
      )}
    </div>
  );
}

function MessageSkeleton() {
  return (
    <div className="messages messages--waiting" role="status" aria-busy="true" aria-label="Loading messages">
      {[62, 84, 41, 73, 55, 68].map((width) => (
        <div key={width} className="skeleton-row">
          <span className="skeleton skeleton-row__avatar" />
          <div><span className="skeleton skeleton-row__name" /><span className="skeleton skeleton-row__text" style={{ width: `${width}%` }} /></div>
        </div>
      ))}
    </div>
  );
}
