/** What a list of messages shows, in order: days, the line above what is new, messages, what is on its way, answers being made.
 * The same message gives the same row object, so that a list draws only what changed. */
import { sameDay } from '../app/time.js';
import type { WireMessage } from '../app/wire.js';
import type { Outgoing } from '../offline/outbox.js';
import type { LiveTurn } from './turns.js';

export type Row =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'new'; key: string }
  | { kind: 'message'; key: string; message: WireMessage; compact: boolean; outgoing?: Outgoing }
  | { kind: 'turn'; key: string; turn: LiveTurn; compact: boolean };

const TOGETHER_MS = 5 * 60_000;
const rows = new WeakMap<object, Row>();

function cached(of: object, make: (compact: boolean) => Row, compact: boolean): Row {
  const known = rows.get(of);
  if (known && 'compact' in known && known.compact === compact) return known;
  const row = make(compact);
  rows.set(of, row);
  return row;
}

interface Said {
  authorId: string | null;
  createdAt: string;
}

function together(before: Said | null, next: Said): boolean {
  return before !== null && before.authorId === next.authorId && Date.parse(next.createdAt) - Date.parse(before.createdAt) < TOGETHER_MS;
}

/** One's own message keeps the key that it had on its way, so that its element stays, and the focus in it. */
export function messageKey({ id, authorId, clientId }: WireMessage, userId: string): string {
  return clientId && authorId === userId ? clientId : id;
}

/** `newAfter`: the last message that was read; null: no line. */
export function messageRows(messages: readonly WireMessage[], newAfter: string | null, userId: string): Row[] {
  const list: Row[] = [];
  let before: WireMessage | null = null;
  let lined = newAfter === null;
  for (const message of messages) {
    if (message.deleted && !message.replyCount) continue;
    const newDay = !before || !sameDay(before.createdAt, message.createdAt);
    if (newDay) list.push({ kind: 'day', key: `day ${message.createdAt.slice(0, 10)} ${message.id}`, at: message.createdAt });
    let isNew = false;
    if (!lined && message.id > (newAfter as string) && message.authorId !== userId) {
      list.push({ kind: 'new', key: 'new' });
      lined = isNew = true;
    }
    const compact = !newDay && !isNew && !before?.deleted && together(before, message);
    list.push(cached(message, (value) => ({ kind: 'message', key: messageKey(message, userId), message, compact: value }), compact));
    before = message;
  }
  return list;
}

/** What is not among these rows yet: its answer may come later than the history that has it. */
export function notAmong(rows: readonly Row[], outgoing: readonly Outgoing[]): Outgoing[] {
  if (outgoing.length === 0) return [];
  const keys = new Set(rows.map((row) => row.key));
  return outgoing.filter((each) => !keys.has(each.clientId));
}

function asMessage({ clientId, channelId, parentId, userId, content, createdAt }: Outgoing): WireMessage {
  return { id: clientId, clientId, channelId, parentId, authorId: userId, content, createdAt, updatedAt: createdAt, type: 'TEXT', metadata: {}, edited: false, deleted: false };
}

/** What stands behind the last message. */
export function tailRows(last: WireMessage | undefined, outgoing: readonly Outgoing[], live: readonly LiveTurn[], authorOf: (turn: LiveTurn) => string | null): Row[] {
  const list: Row[] = [];
  let before: Said | null = last ?? null;
  for (const each of outgoing) {
    const said = { authorId: each.userId, createdAt: each.createdAt };
    list.push(cached(each, (compact) => ({ kind: 'message', key: each.clientId, message: asMessage(each), compact, outgoing: each }), together(before, said)));
    before = said;
  }
  for (const turn of live) {
    const said = { authorId: authorOf(turn), createdAt: new Date().toISOString() };
    list.push(cached(turn, (compact) => ({ kind: 'turn', key: `turn ${turn.turnId}`, turn, compact }), together(before, said)));
    before = said;
  }
  return list;
}
