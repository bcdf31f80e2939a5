/** Answers that are being made: what streams in, a frame at a time.
 *
 * Text is not stored by the server until it is whole. It is collected here and shown once a frame; when the message comes, or the turn
 * fails, the turn is gone.
 */
import { call } from '../app/connection.js';
import { Store } from '../app/store.js';
import type { WireMessage } from '../app/wire.js';

export interface LiveTurn {
  turnId: number;
  channelId: string;
  parentId: string | null;
  orchestratorId: string;
  /** The message that is answered. */
  messageId: string;
  text: string;
  /** The beginning was not seen: the page came later. */
  cut: boolean;
  /** Somebody asked to stop it. */
  stopping: boolean;
}

export const turns = new Store<ReadonlyMap<number, LiveTurn>>(new Map());

interface TurnNotice {
  turnId: number;
  channelId: string;
  orchestratorId: string;
  messageId: string;
  parentId?: string;
}

/** What came since the last frame. */
const arrived = new Map<number, string>();
let frame = 0;

function show(): void {
  frame = 0;
  turns.set((map) => {
    const next = new Map(map);
    for (const [turnId, text] of arrived) {
      const turn = next.get(turnId);
      if (turn) next.set(turnId, { ...turn, text: turn.text + text });
    }
    arrived.clear();
    return next;
  });
}

function begun(notice: TurnNotice, cut: boolean): LiveTurn {
  const { turnId, channelId, orchestratorId, messageId, parentId } = notice;
  return { turnId, channelId, orchestratorId, messageId, parentId: parentId ?? null, text: '', cut, stopping: false };
}

function put(turn: LiveTurn): void {
  turns.set((map) => new Map(map).set(turn.turnId, turn));
}

/** It begins, or begins again: what an earlier attempt said is dropped. */
export function turnStarted(notice: TurnNotice): void {
  arrived.delete(notice.turnId);
  put(begun(notice, false));
}

/** One that was under way when the page came. */
export function turnSeen(notice: TurnNotice): void {
  if (!turns.get().has(notice.turnId)) put(begun(notice, true));
}

/** The same, as a page of history tells them. */
export function seeTurns(messages: readonly WireMessage[]): void {
  for (const { id: messageId, channelId, parentId, turns: waiting } of messages) {
    for (const { turnId, orchestratorId, state } of waiting ?? []) {
      if (state === 'running') turnSeen({ turnId, channelId, orchestratorId, messageId, ...(parentId ? { parentId } : {}) });
    }
  }
}

export function turnDelta({ text, ...notice }: TurnNotice & { text: string }): void {
  turnSeen(notice);
  arrived.set(notice.turnId, (arrived.get(notice.turnId) ?? '') + text);
  frame ||= requestAnimationFrame(show);
  if (document.visibilityState === 'hidden') show(); // no frames come
}

export function turnEnded(turnId: number): void {
  arrived.delete(turnId);
  turns.set((map) => {
    if (!map.has(turnId)) return map;
    const next = new Map(map);
    next.delete(turnId);
    return next;
  });
}

/** The answer is here. */
export function turnAnswered({ metadata: { orchestratorId, replyToId } }: WireMessage): void {
  for (const turn of turns.get().values()) if (turn.orchestratorId === orchestratorId && turn.messageId === replyToId) turnEnded(turn.turnId);
}

/** What streamed is lost with the connection; what is under way is told by the history. */
export function forgetTurns(): void {
  arrived.clear();
  turns.set(new Map());
}

export async function stopTurn(turnId: number): Promise<void> {
  const turn = turns.get().get(turnId);
  if (turn) put({ ...turn, stopping: true });
  try {
    await call('turn.cancel', { turnId });
  } catch (error) {
    const now = turns.get().get(turnId);
    if (now) put({ ...now, stopping: false });
    throw error;
  }
}
