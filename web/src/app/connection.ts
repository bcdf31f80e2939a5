/** The one connection to the server: calls, notices, and how it is.
 *
 *     starting ──▶ online ⇄ offline          signed-out: nobody is logged in; nothing is tried
 */
import { Connection, OrchestratorError } from '@neolith/core/remote';
import { Store, useStore } from './store.js';
import type { WireUser } from './wire.js';

export type Phase = 'starting' | 'online' | 'offline' | 'signed-out';

export interface ConnectionState {
  phase: Phase;
  /** While offline: when the next attempt is (Date.now()). */
  retryAt: number;
  /** While offline: the server answers requests, but no WebSocket comes about. */
  blocked: boolean;
}

export { OrchestratorError };

type Handler = (params: never, method: string) => void;

export const connectionState = new Store<ConnectionState>({ phase: 'starting', retryAt: 0, blocked: false });

let connection: Connection | null = null;
const handlers = new Map<string, Set<Handler>>();
/** A connection stands; the loaders may still read. */
let stands = false;
const loaders = new Set<(fresh: boolean) => Promise<void>>();
const signedOut = new Set<() => void>();

export function useConnection<Part>(select: (state: ConnectionState) => Part): Part {
  return useStore(connectionState, select);
}

/** A call over the WebSocket. Rejects with an OrchestratorError: code `connection` while there is none, `timeout` after 30 s or
 * what is given. */
export function call<Result = unknown>(method: string, params: object = {}, timeoutMs?: number): Promise<Result> {
  if (!connection) return Promise.reject(new OrchestratorError('connection', 'The server is not connected'));
  return connection.call<Result>(method, params, timeoutMs);
}

/** A request over HTTP, also without a connection or a login. Rejects with an OrchestratorError; its `details.field` names a wrong
 * input. Without network the code is `connection`. */
export async function request<Result = unknown>(method: string, path: string, body?: object): Promise<Result> {
  return readAnswer(await fetch(path, {
    method, credentials: 'same-origin', cache: 'no-store',
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  }).catch(() => null));
}

/** As request() does; null: none came. */
export async function readAnswer<Result>(response: Response | null | undefined): Promise<Result> {
  if (!response) throw new OrchestratorError('connection', 'The server cannot be reached');
  if (response.status === 204) return undefined as Result;
  const json = await response.json().catch(() => null) as { error?: { code: string; message: string } } | null;
  if (!response.ok || !json) {
    throw new OrchestratorError(json?.error?.code ?? 'protocol', json?.error?.message ?? `The server answered with ${response.status}`,
      { ...json?.error, status: response.status });
  }
  return json as Result;
}

/** Called for each notice of that method ('daemon.*': of all that begin so); returns what ends it. */
export function onNotice<Params>(method: string, handler: (params: Params, method: string) => void): () => void {
  const set = handlers.get(method) ?? new Set();
  handlers.set(method, set);
  set.add(handler as Handler);
  return () => void set.delete(handler as Handler);
}

/** Called whenever a connection stands; `fresh`: what notices told before has to be read anew. While it rejects, the page is not
 * online and the connection is tried again. Called at once where a connection stands already, also while others still read. */
export function onConnected(load: (fresh: boolean) => Promise<void>): () => void {
  loaders.add(load);
  if (stands) void load(true).catch(() => connection?.retry());
  return () => void loaders.delete(load);
}

/** Called when the login has ended, here or elsewhere. */
export function onSignedOut(handler: () => void): () => void {
  signedOut.add(handler);
  return () => void signedOut.delete(handler);
}

function tell(method: string, params: Record<string, unknown>): void {
  for (const key of [method, `${method.split('.')[0]}.*`]) {
    for (const handler of handlers.get(key) ?? []) handler(params as never, method);
  }
}

/** null: the server does not answer. */
async function stillLoggedIn(): Promise<boolean | null> {
  try {
    const { user } = await request<{ user: WireUser | null }>('GET', '/api/auth/me');
    return user !== null;
  } catch (error) {
    return (error as OrchestratorError).details.status === 401 ? false : null;
  }
}

/** Attempts in a row that failed although the server answered a request. */
let refused = 0;
const BLOCKED_FROM = 2;

async function wasCut(cut: Connection, stood: boolean, retryAt: number): Promise<void> {
  connectionState.set((state) => ({ ...state, phase: 'offline', retryAt }));
  const loggedIn = navigator.onLine ? await stillLoggedIn() : null;
  if (connection !== cut) return;
  if (loggedIn === false) endConnection();
  refused = loggedIn && !stood ? refused + 1 : 0;
  connectionState.set((state) => (state.phase === 'offline' ? { ...state, blocked: refused >= BLOCKED_FROM } : state));
}

/** Opens it for who is logged in; nothing when it is open. Daemons' notices are asked for by who shows daemons. */
export function openConnection(): void {
  if (connection) return;
  connectionState.set((state) => ({ ...state, phase: 'starting' }));
  const opened = new Connection(location.origin);
  connection = opened;
  void opened.subscribe(subscription()).catch(() => {});
  opened.listen({
    connected: async (fresh) => {
      stands = true;
      await Promise.all([...loaders].map((load) => load(fresh)));
      if (connection === opened) connectionState.set({ phase: 'online', retryAt: 0, blocked: false });
    },
    notified: tell,
    disconnected: (_error, retryAt) => {
      const stood = stands;
      stands = false;
      if (connection === opened) void wasCut(opened, stood, retryAt);
    },
  });
}

/** The connection itself, for the manager of @neolith/core that shares it. */
export function sharedConnection(): Connection | null {
  return connection;
}

/** Closes it: nobody is logged in any more. */
export function endConnection(): void {
  connection?.close();
  connection = null;
  stands = false;
  connectionState.set({ phase: 'signed-out', retryAt: 0, blocked: false });
  for (const handler of signedOut) handler();
}

export function retryNow(): void {
  connection?.retry();
}

/* ---- of whom notices come ---- */

const CHOSEN_MAX = 500;

/** Whom those who show them want to be told of. */
class Chosen {
  private readonly wanted = new Map<object, readonly string[] | 'all'>();

  told(): 'all' | 'none' | string[] {
    const all = [...this.wanted.values()];
    if (all.includes('all')) return 'all';
    const ids = [...new Set((all as string[][]).flat())].slice(0, CHOSEN_MAX);
    return ids.length > 0 ? ids : 'none';
  }

  watch(ids: readonly string[] | 'all'): () => void {
    const key = {};
    this.wanted.set(key, ids);
    tellChosen();
    return () => {
      this.wanted.delete(key);
      tellChosen();
    };
  }
}

const daemons = new Chosen();
const presence = new Chosen();

function subscription(): { daemons: 'all' | 'none' | string[]; presence: 'all' | 'none' | string[] } {
  return { daemons: daemons.told(), presence: presence.told() };
}

let telling: Promise<void> | null = null;
let stale = false;

/** One subscription at a time, and of many changes at once only the last: the server refuses a second one while one is under way. */
function tellChosen(): void {
  stale = true;
  telling ??= (async () => {
    await Promise.resolve();
    while (stale) {
      stale = false;
      await connection?.subscribe(subscription()).catch(() => {});
    }
    telling = null;
  })();
}

/** Asks for the notices of these daemons (at most 500 together) until the returned function is called. */
export function watchDaemons(ids: readonly string[] | 'all'): () => void {
  return daemons.watch(ids);
}

/** The same for the presence of users. */
export function watchPresence(ids: readonly string[]): () => void {
  return presence.watch(ids);
}

/** Ends when the server knows of whom notices are wanted. */
export function chosenTold(): Promise<void> {
  return telling ?? Promise.resolve();
}

window.addEventListener('online', retryNow);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') retryNow();
});
