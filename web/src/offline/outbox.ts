/** Messages on their way: kept on this device until the server has them, sent in order, each once.
 *
 *     waiting ──▶ sending ──▶ (gone: the server has it)
 *        ▲           │
 *        └─ no network, too fast      failed ◀── refused: shown with its reason, sent again or dropped by the reader
 *
 *  1. Everything written goes through here; what is offline differs from what is online only by how long it waits.
 *  2. A message keeps its clientId for ever, and the server stores one clientId once: sending again cannot double it.
 *  3. One tab sends (a lock of the browser); within a channel a message never overtakes an earlier one that waits.
 */
import { call, connectionState, type OrchestratorError } from '../app/connection.js';
import { currentUser } from '../app/session.js';
import { Store } from '../app/store.js';
import type { WireMessage } from '../app/wire.js';
import { forget, keep, readAll } from './database.js';

export interface Outgoing {
  clientId: string;
  userId: string;
  channelId: string;
  parentId: string | null;
  content: string;
  createdAt: string;
  state: 'waiting' | 'sending' | 'failed';
  /** Why it failed. */
  error?: string;
}

export const outbox = new Store<readonly Outgoing[]>([]);

/** What the server's answer is handed to. */
let accepted: (message: WireMessage) => void = () => {};

function change(clientId: string, fields: Partial<Outgoing>): void {
  outbox.set((list) => list.map((each) => (each.clientId === clientId ? { ...each, ...fields } : each)));
}

/** Begins with the time, as the server likes it. */
function newClientId(): string {
  return `${Date.now().toString(36).padStart(9, '0')}-${crypto.randomUUID()}`;
}

export async function send(channelId: string, parentId: string | null, content: string): Promise<void> {
  const message: Outgoing = {
    clientId: newClientId(), userId: currentUser()?.id ?? '', channelId, parentId, content, createdAt: new Date().toISOString(), state: 'waiting',
  };
  outbox.set((list) => [...list, message]);
  await keep('outbox', message).catch(() => {});
  void flush();
}

/** The server has it, as an answer or a notice told. */
export function delivered(clientId: string): void {
  if (!outbox.get().some((each) => each.clientId === clientId)) return;
  outbox.set((list) => list.filter((each) => each.clientId !== clientId));
  void forget('outbox', clientId).catch(() => {});
}

export function discard(clientId: string): void {
  delivered(clientId);
}

export function sendAgain(clientId: string): void {
  change(clientId, { state: 'waiting' });
  void flush();
}

let flushing = false;

/** Sends what waits, oldest first, until the network fails. */
export async function flush(): Promise<void> {
  if (flushing || connectionState.get().phase !== 'online') return;
  flushing = true;
  try {
    const locks = navigator.locks as LockManager | undefined; // only in a secure context
    if (locks) await locks.request('orchd.outbox', sendAll);
    else await sendAll();
  } finally {
    flushing = false;
  }
}

async function sendAll(): Promise<void> {
  for (;;) {
    const next = outbox.get().find((each) => each.state === 'waiting' && each.userId === currentUser()?.id);
    if (!next || connectionState.get().phase !== 'online') return;
    if (!(await sendOne(next))) return;
  }
}

/** False: no use to go on. */
async function sendOne({ clientId, channelId, parentId, content }: Outgoing): Promise<boolean> {
  change(clientId, { state: 'sending' });
  try {
    const { message } = await call<{ message: WireMessage }>('message.send', { channelId, content, clientId, ...(parentId ? { parentId } : {}) });
    accepted(message);
    delivered(clientId);
    return true;
  } catch (thrown) {
    const { code, message, details } = thrown as OrchestratorError;
    if (code === 'connection' || code === 'timeout' || code === 'closing') {
      change(clientId, { state: 'waiting' });
      return false;
    }
    if (code === 'rate_limited') {
      change(clientId, { state: 'waiting' });
      setTimeout(() => void flush(), details.retryAfterMs ?? 1000);
      return false;
    }
    change(clientId, { state: 'failed', error: message });
    const failed = outbox.get().find((each) => each.clientId === clientId);
    if (failed) await keep('outbox', failed).catch(() => {});
    return true;
  }
}

export function startOutbox(take: (message: WireMessage) => void): void {
  accepted = take;
  void readAll<Outgoing>('outbox').then((kept) => {
    const known = new Set(outbox.get().map((each) => each.clientId));
    const older = kept.filter((each) => !known.has(each.clientId)).map((each) => (each.state === 'sending' ? { ...each, state: 'waiting' as const } : each));
    outbox.set((list) => [...older, ...list].sort((a, b) => (a.clientId < b.clientId ? -1 : 1)));
    void flush();
  }).catch(() => {});
  connectionState.watch(() => void flush());
}
