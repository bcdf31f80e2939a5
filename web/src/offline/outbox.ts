/** Messages on their way: kept on this device until the server has them, sent in order, each once.
 *
 *     waiting ──▶ sending ──▶ (gone: the server has it)
 *        ▲           │
 *        └─ no network, too fast      failed ◀── refused: shown with its reason, sent again or dropped by the reader
 *
 *  1. Everything written goes through here; what is offline differs from what is online only by how long it waits.
 *  2. A message keeps its clientId for ever, and the server stores one clientId once: sending again cannot double it.
 *  3. What the device keeps is the outbox of all tabs of its reader. One tab at a time sends (a lock of the browser, which goes on to the
 *     next when a tab is closed), after it has read what the others have written.
 *  4. Within a channel a message never overtakes an earlier one that waits.
 */
import { call, connectionState, type OrchestratorError } from '../app/connection.js';
import { currentUser, session } from '../app/session.js';
import { Store } from '../app/store.js';
import type { WireMessage } from '../app/wire.js';
import { forget, keep, readAll } from './database.js';

const LATER_MS = 1000; // after the server took too long

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
  /** The device did not take it: only this tab has it. */
  unkept?: boolean;
}

/** Those of who is logged in. */
export const outbox = new Store<readonly Outgoing[]>([]);

/** What the server's answer is handed to. */
let accepted: (message: WireMessage) => void = () => {};
/** Being put on the device, and being removed from it: what is read meanwhile does not know yet. */
const coming = new Set<string>();
const going = new Map<string, Promise<void>>();

function change(clientId: string, fields: Partial<Outgoing>): void {
  outbox.set((list) => list.map((each) => (each.clientId === clientId ? { ...each, ...fields } : each)));
}

let lastTime = 0;

/** Begins with the time, no two with the same: their order is that of writing. Not by randomUUID(), which only a secure context has. */
function newClientId(): string {
  lastTime = Math.max(Date.now(), lastTime + 1);
  const chance = [...crypto.getRandomValues(new Uint32Array(4))].map((each) => each.toString(36)).join('');
  return `${lastTime.toString(36).padStart(9, '0')}-${chance}`;
}

/* ---- with the other tabs ---- */

/** Says to the other tabs that what is kept has changed. */
const tabs = new BroadcastChannel('orchd.outbox');

async function put(message: Outgoing): Promise<void> {
  const { clientId } = message;
  coming.add(clientId);
  if (!(await keep('outbox', message))) change(clientId, { unkept: true });
  coming.delete(clientId);
  tabs.postMessage('changed');
}

function remove(clientId: string): Promise<void> {
  outbox.set((list) => list.filter((each) => each.clientId !== clientId));
  const gone = going.get(clientId) ?? forget('outbox', clientId).catch(() => {}).then(() => {
    going.delete(clientId);
    tabs.postMessage('changed');
  });
  going.set(clientId, gone);
  return gone;
}

/** What is kept, and what only this tab knows: what it is sending, what is not kept. */
async function takeKept(): Promise<void> {
  const kept = await readAll<Outgoing>('outbox').catch(() => null);
  const userId = currentUser()?.id;
  if (!kept) return;
  outbox.set((list) => {
    const all = new Map(kept.filter((each) => each.userId === userId && !going.has(each.clientId)).map((each) => [each.clientId, each]));
    for (const each of list) if (each.unkept || coming.has(each.clientId) || (each.state === 'sending' && all.has(each.clientId))) all.set(each.clientId, each);
    return [...all.values()].sort((a, b) => (a.clientId < b.clientId ? -1 : 1));
  });
}

/* ---- writing ---- */

export async function send(channelId: string, parentId: string | null, content: string): Promise<void> {
  const message: Outgoing = {
    clientId: newClientId(), userId: currentUser()?.id ?? '', channelId, parentId, content, createdAt: new Date().toISOString(), state: 'waiting',
  };
  outbox.set((list) => [...list, message]);
  await put(message);
  void flush();
}

/** The server has it, as an answer or a notice told. */
export function delivered(clientId: string): void {
  if (outbox.get().some((each) => each.clientId === clientId)) void remove(clientId);
}

export function discard(clientId: string): void {
  delivered(clientId);
}

export async function sendAgain(clientId: string): Promise<void> {
  change(clientId, { state: 'waiting' });
  const message = outbox.get().find((each) => each.clientId === clientId);
  if (message) await put(message);
  void flush();
}

/* ---- sending ---- */

let flushing = false;
let wanted = false;

/** Sends what waits, oldest first, until the network fails. */
export async function flush(): Promise<void> {
  wanted = true;
  if (flushing) return;
  flushing = true;
  try {
    while (wanted && connectionState.get().phase === 'online') {
      wanted = false;
      const locks = navigator.locks as LockManager | undefined; // only in a secure context
      if (locks) await locks.request('orchd.outbox', sendAll);
      else await sendAll();
    }
  } finally {
    flushing = false;
  }
}

async function sendAll(): Promise<void> {
  await takeKept();
  for (;;) {
    const next = outbox.get().find((each) => each.state === 'waiting');
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
    await remove(clientId);
    return true;
  } catch (thrown) {
    return refused(clientId, thrown as OrchestratorError);
  }
}

/** As sendOne() says. */
async function refused(clientId: string, { code, message, details }: OrchestratorError): Promise<boolean> {
  if (code === 'connection' || code === 'timeout' || code === 'closed' || code === 'closing' || code === 'rate_limited') {
    change(clientId, { state: 'waiting' });
    if (code === 'rate_limited' || code === 'timeout') setTimeout(() => void flush(), details.retryAfterMs ?? LATER_MS);
    return false;
  }
  change(clientId, { state: 'failed', error: message });
  const failed = outbox.get().find((each) => each.clientId === clientId);
  if (failed) await put(failed);
  return true;
}

/* ---- start ---- */

export function startOutbox(take: (message: WireMessage) => void): void {
  accepted = take;
  const look = (): void => void takeKept().then(flush);
  let reader: string | undefined;
  session.watch(() => {
    const now = currentUser()?.id;
    if (now === reader) return;
    reader = now;
    outbox.set([]);
    if (now) look();
  });
  tabs.onmessage = look;
  connectionState.watch(() => void flush());
  window.addEventListener('beforeunload', (event) => {
    if (outbox.get().some((each) => each.unkept && each.state !== 'failed')) event.preventDefault();
  });
}
