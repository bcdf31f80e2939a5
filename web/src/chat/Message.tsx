/** One message: who, when, what, and what can be done with it. */
import { createContext, memo, useContext, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react';
import { call } from '../app/connection.js';
import { Link, navigate } from '../app/router.js';
import { isAdmin, useUser } from '../app/session.js';
import { ago, shortTime, timeOfDay, wholeTime } from '../app/time.js';
import type { WireMessage, WireTurn } from '../app/wire.js';
import { Avatar } from '../ui/Avatar.js';
import { Button, IconButton } from '../ui/Button.js';
import { copyText } from '../ui/clipboard.js';
import { ConfirmDialog } from '../ui/Dialog.js';
import { Icon } from '../ui/Icon.js';
import { Menu, type MenuEntry } from '../ui/Menu.js';
import { Spinner } from '../ui/Spinner.js';
import { toast, toastError } from '../ui/Toast.js';
import { discard, sendAgain, type Outgoing } from '../offline/outbox.js';
import { QUICK } from './emoji.js';
import { EmojiPicker } from './EmojiPicker.js';
import { Markdown } from './Markdown.js';
import { showPerson } from './person.js';
import { stopTurn, type LiveTurn } from './turns.js';
import { useSmooth } from './smooth.js';
import { nameOf } from './known.js';
import { useNames, usePerson, usePresent } from './people.js';

/** What messages need to know of the list that they stand in. */
export interface MessagePlace {
  /** `/c/kitchen` */
  path: string;
  /** The message that was asked for. */
  target: string | null;
  /** Inside a thread there is no way into the thread. */
  inThread: boolean;
  edit: (message: WireMessage) => void;
  /** The message that is being edited, and what edits it. */
  editing: string | null;
  editor: (message: WireMessage) => ReactNode;
}

export const Place = createContext<MessagePlace>({ path: '', target: null, inThread: false, edit: () => {}, editing: null, editor: () => null });

export async function react(message: WireMessage, emoji: string, userId: string): Promise<void> {
  const mine = message.reactions?.some((each) => each.emoji === emoji && each.userIds.includes(userId));
  await call(mine ? 'reaction.remove' : 'reaction.add', { messageId: message.id, emoji }).catch((error: unknown) => toastError(error));
}

/** Their card; the name is in the order of Tab where the message is. */
function Head({ userId, name, orchestrator, at, active = false }: { userId: string; name: string; orchestrator: boolean; at: string | null; active?: boolean }) {
  const title = usePerson(userId)?.title;
  return (
    <div className="message__head">
      <button type="button" className="message__author" tabIndex={active ? 0 : -1} aria-haspopup="dialog" onClick={(event) => showPerson(userId, event.currentTarget)}>{name}</button>
      {orchestrator && <span className="message__kind" title="An orchestrator"><Icon name="spark" size={13} label="orchestrator" /></span>}
      {title && <span className="message__title ellipsis">{title}</span>}
      {at && <time className="message__time" dateTime={at} title={wholeTime(at)}>{timeOfDay(at)}</time>}
    </div>
  );
}

/** The same by the mouse. */
function Face({ userId, name, orchestrator }: { userId: string; name: string; orchestrator: boolean }) {
  return (
    <button type="button" className="message__face" tabIndex={-1} aria-label={`About ${name}`} onClick={(event) => showPerson(userId, event.currentTarget)}>
      <Avatar id={userId} name={name} orchestrator={orchestrator} />
    </button>
  );
}

const NAMED_MAX = 20;

function Reaction({ message, emoji, userIds }: { message: WireMessage; emoji: string; userIds: readonly string[] }) {
  const user = useUser();
  const shown = userIds.slice(0, NAMED_MAX);
  const names = useNames(shown);
  const mine = userIds.includes(user.id);
  const who = shown.map((id, index) => (id === user.id ? 'you' : names[index])).join(', ') + (userIds.length > NAMED_MAX ? ` and ${userIds.length - NAMED_MAX} more` : '');
  return (
    <button type="button" className="reaction" aria-pressed={mine} title={`${who} reacted with ${emoji}`}
      aria-label={`${emoji}, ${userIds.length}: ${who}`} onClick={() => void react(message, emoji, user.id)}>
      <span>{emoji}</span><span className="numbers">{userIds.length}</span>
    </button>
  );
}

function Reactions({ message }: { message: WireMessage }) {
  if (!message.reactions?.length) return null;
  return <div className="reactions">{message.reactions.map((each) => <Reaction key={each.emoji} message={message} {...each} />)}</div>;
}

function Replies({ message, path }: { message: WireMessage; path: string }) {
  if (!message.replyCount) return null;
  return (
    <Link className="replies" to={`${path}/t/${message.id}`}>
      <Icon name="thread" size={15} />
      <span>{message.replyCount === 1 ? '1 reply' : `${message.replyCount} replies`}</span>
      {message.lastReplyAt && <span className="replies__when">{ago(message.lastReplyAt)}</span>}
    </Link>
  );
}

const FAILURES: { [code: string]: string } = {
  stopped: 'The answer was stopped before it began.',
  busy: 'It has too much to do.',
};

function Failed({ turn, mayRetry }: { turn: WireTurn; mayRetry: boolean }) {
  const [busy, setBusy] = useState(false);
  const name = usePerson(turn.orchestratorId)?.shownName ?? 'An orchestrator';
  const retry = (): void => {
    setBusy(true);
    call('turn.retry', { turnId: turn.turnId }).catch((error: unknown) => toastError(error)).finally(() => setBusy(false));
  };
  return (
    <div className="turn-failed">
      <Icon name="warning" size={15} />
      <span><strong>{name}</strong> could not answer. {FAILURES[turn.error?.code ?? ''] ?? turn.error?.message}</span>
      {mayRetry && <Button small kind="quiet" icon="retry" busy={busy} onClick={retry}>Try again</Button>}
    </div>
  );
}

function Waiting({ turn }: { turn: WireTurn }) {
  const user = usePresent(turn.orchestratorId);
  const off = user?.presence === 'offline' || user?.presence === 'error';
  return (
    <div className="turn-waiting">
      <Icon name="clock" size={14} />
      <span>{off ? `${user.shownName} is not running; it answers when it is back.` : `${user?.shownName ?? 'An orchestrator'} answers soon.`}</span>
    </div>
  );
}

/** For when a message has gone: the focus that it had goes to its neighbour. */
function passFocus(messageId: string): () => void {
  const place = document.querySelector(`[data-message="${CSS.escape(messageId)}"]`);
  const all = [...place?.closest('.messages')?.querySelectorAll<HTMLElement>('article.message') ?? []];
  const at = all.findIndex((each) => each === place);
  const next = all[at + 1] ?? all[at - 1];
  return () => {
    const { activeElement: focused } = document;
    if (focused === document.body || place?.contains(focused)) next?.focus();
  };
}

function useActions(message: WireMessage, { path, inThread, edit }: MessagePlace): { mine: boolean; entries: MenuEntry[]; asked: ReactNode; ask: () => void } {
  const user = useUser();
  const [asking, setAsking] = useState(false);
  const mine = message.authorId === user.id;
  const copy = (text: string, what: string): void => void copyText(text).then(() => toast(what, { kind: 'good' }), toastError);
  const remove = (): void => {
    setAsking(false);
    call('message.delete', { messageId: message.id }).then(passFocus(message.id), (error: unknown) => toastError(error, 'It was not deleted'));
  };
  const { model, usage } = message.metadata;
  const tokens = usage ? usage.inputTokens + usage.outputTokens : 0; // none: the charter's rules answered
  const entries: MenuEntry[] = [
    ...(inThread ? [] : [{ label: 'Reply in thread', icon: 'thread', keys: 'T', onSelect: () => navigate(`${path}/t/${message.id}`) } as const]),
    { label: 'Copy text', icon: 'copy', keys: 'C', onSelect: () => copy(message.content, 'Copied') },
    { label: 'Copy link', icon: 'link', onSelect: () => copy(`${location.origin}${path}?m=${message.id}`, 'Link copied') },
    ...(mine ? [{ label: 'Edit', icon: 'edit', keys: 'E', onSelect: () => edit(message) } as const] : []),
    ...(mine || isAdmin(user) ? [{ line: true, label: '' }, { label: 'Delete', icon: 'trash', keys: 'Del', danger: true, onSelect: () => setAsking(true) } as const] : []),
    ...(model ? [{ line: true, label: '' }, { label: `Answered by ${model}`, note: tokens > 0 ? `${tokens} tokens` : '', disabled: true } as const] : []),
  ];
  const asked = asking && (
    <ConfirmDialog title="Delete this message?" confirm="Delete" danger onConfirm={remove} onClose={() => setAsking(false)}>
      It disappears for everybody. This cannot be undone.
    </ConfirmDialog>
  );
  return { mine, entries, asked, ask: () => setAsking(true) };
}

function Toolbar({ message, entries, pick }: { message: WireMessage; entries: readonly MenuEntry[]; pick: (anchor: HTMLElement) => void }) {
  const { path, inThread } = useContext(Place);
  const user = useUser();
  return (
    <div className="message__tools" role="toolbar" aria-label="Message">
      {QUICK.slice(0, 3).map((emoji) => (
        <button key={emoji} type="button" className="button button--quiet button--small button--icon message__quick" aria-label={`React with ${emoji}`}
          onClick={() => void react(message, emoji, user.id)}>{emoji}</button>
      ))}
      <IconButton small icon="smile" label="React" onClick={(event) => pick(event.currentTarget)} />
      {!inThread && <IconButton small icon="thread" label="Reply in thread" onClick={() => navigate(`${path}/t/${message.id}`)} />}
      <Menu label="Message" entries={entries} align="end">{(open) => <IconButton small icon="more" label="More" {...open} />}</Menu>
    </div>
  );
}

/** How it is with one's own message that the server does not have yet. Its buttons go when they are pressed, so they hand the focus on. */
function OnItsWay({ outgoing: { clientId, createdAt, state, error, unkept } }: { outgoing: Outgoing }) {
  if (state !== 'failed') {
    const waits = `Waits to be sent, written ${shortTime(createdAt)}${unkept ? '. This browser keeps nothing: leave the page open' : ''}`;
    return <span className="message__note message__note--late"><Icon name="clock" size={12} />{state === 'waiting' ? waits : 'Sending'}</span>;
  }
  const again = (event: MouseEvent<HTMLElement>): void => {
    event.currentTarget.closest('article')?.focus();
    void sendAgain(clientId);
  };
  const drop = (): void => {
    passFocus(clientId)();
    discard(clientId);
  };
  return (
    <div className="turn-failed" role="alert">
      <Icon name="warning" size={15} />
      <span><strong>Not sent.</strong> {error}</span>
      <Button small kind="quiet" icon="retry" onClick={again}>Try again</Button>
      <Button small kind="quiet" icon="trash" onClick={drop}>Drop it</Button>
    </div>
  );
}

function Content({ message }: { message: WireMessage }) {
  const place = useContext(Place);
  if (message.deleted) return <p className="message__gone">This message was deleted.</p>;
  if (place.editing === message.id) return place.editor(message);
  const notes = [message.edited && 'edited', message.metadata.stopped && 'stopped'].filter(Boolean).join(' · ');
  return (
    <>
      <Markdown text={message.content} />
      {notes && <span className="message__note">{notes}</span>}
    </>
  );
}

interface MessageProps {
  message: WireMessage;
  compact: boolean;
  /** It is one's own and on its way. */
  outgoing?: Outgoing | undefined;
}

export const Message = memo(function Message({ message, compact, outgoing }: MessageProps) {
  const place = useContext(Place);
  const author = usePerson(message.authorId);
  const user = useUser();
  const [active, setActive] = useState(false);
  const [picking, setPicking] = useState<HTMLElement | null>(null);
  const { mine, entries, asked, ask } = useActions(message, place);
  const editing = place.editing === message.id;

  const key = (event: KeyboardEvent<HTMLElement>): void => {
    if (outgoing || event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const run: { [key: string]: (() => void) | false } = {
      t: !place.inThread && (() => navigate(`${place.path}/t/${message.id}`)),
      r: () => setPicking(event.currentTarget),
      p: () => showPerson(message.authorId, event.currentTarget),
      e: mine && (() => place.edit(message)),
      c: () => entries.find((each) => each.icon === 'copy')?.onSelect?.(),
      delete: (mine || isAdmin(user)) && ask,
    };
    const action = run[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  };

  const name = author?.shownName ?? nameOf(message.authorId);
  const way = outgoing && (outgoing.state === 'failed' ? 'not sent' : 'being sent');
  const classes = ['message', compact && 'message--compact', mine && 'message--mine', outgoing && `message--${outgoing.state}`,
    (active || picking) && 'message--active', place.target === message.id && 'message--target'].filter(Boolean).join(' ');
  return (
    <article className={classes} tabIndex={-1} aria-label={`${name}, ${way ?? timeOfDay(message.createdAt)}`} data-message={message.id} onKeyDown={key}
      onPointerEnter={() => setActive(true)} onPointerLeave={(event) => setActive(event.currentTarget.contains(document.activeElement))}
      onFocus={() => setActive(true)} onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setActive(false);
      }}>
      <div className="message__side">
        {compact ? <time className="message__time message__time--side" dateTime={message.createdAt} title={wholeTime(message.createdAt)}>{timeOfDay(message.createdAt)}</time>
          : <Face userId={message.authorId ?? ''} name={name} orchestrator={author?.isOrchestrator ?? false} />}
      </div>
      <div className="message__body">
        {!compact && <Head userId={message.authorId ?? ''} name={name} orchestrator={author?.isOrchestrator ?? false} at={message.createdAt} active={active} />}
        <Content message={message} />
        {outgoing && <OnItsWay outgoing={outgoing} />}
        <Reactions message={message} />
        {message.turns?.map((turn) => (turn.state === 'failed' ? <Failed key={turn.turnId} turn={turn} mayRetry={mine || isAdmin(user)} />
          : turn.state === 'waiting' ? <Waiting key={turn.turnId} turn={turn} /> : null))}
        {!place.inThread && <Replies message={message} path={place.path} />}
      </div>
      {(active || picking) && !message.deleted && !editing && !outgoing && <Toolbar message={message} entries={entries} pick={setPicking} />}
      {picking && <EmojiPicker anchor={picking} onPick={(emoji) => void react(message, emoji, user.id)} onClose={() => setPicking(null)} />}
      {asked}
    </article>
  );
});

/** An answer that is being made. */
export const TurnMessage = memo(function TurnMessage({ turn, compact }: { turn: LiveTurn; compact: boolean }) {
  const user = usePerson(turn.orchestratorId);
  const text = useSmooth(turn.text);
  const name = user?.shownName ?? 'An orchestrator';
  const stop = (): void => void stopTurn(turn.turnId).catch((error: unknown) => toastError(error, 'It was not stopped'));
  return (
    <article className={`message message--live${compact ? ' message--compact' : ''}`} tabIndex={-1} aria-label={`${name} is answering`} aria-busy="true">
      <div className="message__side">{!compact && <Face userId={user?.id ?? ''} name={name} orchestrator />}</div>
      <div className="message__body">
        {!compact && <Head userId={user?.id ?? ''} name={name} orchestrator at={null} />}
        {text ? <Markdown text={turn.cut ? `… ${text}` : text} live /> : <p className="thinking" aria-hidden="true"><span /><span /><span /></p>}
        <div className="message__stop">
          <Button small icon="stop" busy={turn.stopping} onClick={stop}>Stop</Button>
          {turn.stopping && <span className="visually-hidden"><Spinner label="Stopping" /></span>}
        </div>
      </div>
    </article>
  );
});
