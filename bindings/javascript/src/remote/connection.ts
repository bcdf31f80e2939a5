/** The connection to an orchd: JSON-RPC calls, notifications, and coming back after it was cut.
 *
 *     connecting ──▶ open ──▶ subscribed ──▶ (cut) ──▶ waiting (0.5 s doubling to 15 s, with jitter) ──▶ connecting
 *
 * The highest cursor seen is kept: after a cut the server first tells what was missed, each event once; where it cannot any more
 * (`gap`) the owner of the connection reads everything anew.
 */
import { closedError, OrchestratorError, type ErrorDetails } from '../errors.js';
import { reasonOf } from '../thrown.js';
import { checkToken, onReturn, openSocket, unref, type Socket } from './socket.js';

const enum MS {
  RETRY_FIRST = 500,
  RETRY_MAX = 15_000,
  CALL_TIMEOUT = 30_000,
  OPEN_TIMEOUT = 15_000, // what is between may take the request and never answer
  PING = 25_000,
}

/** Who wants to know of a connection. */
export interface ConnectionEvents {
  /** A new connection stands: read everything, `fresh` also what events told before. */
  connected(fresh: boolean): Promise<void>;
  notified(method: string, params: Record<string, unknown>): void;
  /** It was cut, or an attempt failed. The error's code is `unauthorized` where the server said that the login is none (any more), else
   * `connection`. The next attempt is at `retryAt` (Date.now()). */
  disconnected(error: OrchestratorError, retryAt: number): void;
}

interface Call {
  resolve(result: unknown): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

interface Frame {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { code: number; message: string; data?: ErrorDetails & { code?: string } };
}

/** The WebSocket's end: nobody is logged in with these credentials. */
const CLOSE_UNAUTHORIZED = 4401;

export class Connection {
  #socket: Socket | null = null;
  readonly #calls = new Map<number, Call>();
  #lastId = 0;
  #cursor: unknown;
  #attempts = 0;
  #closed = false;
  #told = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** When the timer ends. */
  #retryAt = 0;
  #pinging: ReturnType<typeof setInterval> | null = null;
  #waiters: Waiter[] = [];
  #up = false;
  /** Why the last attempt failed, where that was found here and not told by the socket. */
  #problem: Error | null = null;
  /** Why the last attempt failed. */
  #failed: Error | null = null;
  readonly #listeners = new Set<ConnectionEvents>();
  #subscription: object = {};
  readonly #forgetReturn: () => void;
  readonly url: string;

  constructor(
    url: string,
    private readonly token?: string | undefined,
    listener?: ConnectionEvents,
  ) {
    checkToken(token);
    this.url = url.replace(/\/+$/, '');
    if (listener) this.#listeners.add(listener);
    this.#forgetReturn = onReturn(() => this.retry());
    void this.#connect();
  }

  /** A further listener; when the connection stands already, it is told at once. Returns what ends it. */
  listen(listener: ConnectionEvents): () => void {
    this.#listeners.add(listener);
    if (this.#up) void listener.connected(true).catch((error: Error) => this.#complain(error));
    return () => void this.#listeners.delete(listener);
  }

  /** Nobody listens. */
  get unheard(): boolean {
    return this.#listeners.size === 0;
  }

  /** What is told from now on, also after a cut: the parameters of `subscribe` beside `since`. */
  async subscribe(subscription: object): Promise<void> {
    this.#subscription = subscription;
    if (this.#up) await this.call('subscribe', { ...subscription, since: this.#cursor });
  }

  /** Tries at once, where it would wait for the next attempt. */
  retry(): void {
    if (!this.#timer || this.#closed) return;
    clearTimeout(this.#timer);
    this.#attempts = 0;
    void this.#connect();
  }

  /** Resolves when the connection stands and all was read; rejects with `unauthorized` when the server refuses who asks, with
   * `connection` when it does not stand in 30 s. */
  ready(): Promise<void> {
    if (this.#up) return Promise.resolve();
    if (this.#closed) return Promise.reject(closedError());
    this.#hurry(MS.RETRY_FIRST);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((each) => each.timer !== timer);
        reject(this.#failed ?? this.#failure('cannot be reached'));
      }, MS.CALL_TIMEOUT);
      this.#waiters.push({ resolve, reject, timer });
    });
  }

  /** A call of the server; rejects with its code and words, `connection` when it is cut, `timeout` after 30 s or what is given. */
  call<Result>(method: string, params: object, timeoutMs = MS.CALL_TIMEOUT): Promise<Result> {
    const socket = this.#socket;
    if (!socket) return Promise.reject(this.#failure('is not connected'));
    const id = ++this.#lastId;
    let frame: string;
    try {
      frame = JSON.stringify({ jsonrpc: '2.0', id, method, params }, checkText);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return new Promise<Result>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#calls.delete(id);
        reject(new OrchestratorError('timeout', `orchd did not answer ${method} in ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#calls.set(id, { resolve: resolve as (result: unknown) => void, reject, timer });
      socket.send(frame);
    });
  }

  /** A request over HTTP; its JSON, undefined for 204. */
  async request<Result>(method: string, path: string, body?: object): Promise<Result> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(new Error(`no answer in ${MS.CALL_TIMEOUT / 1000} s`)), MS.CALL_TIMEOUT);
    try {
      return await this.#fetch<Result>(method, path, body, abort.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch<Result>(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<Result> {
    const response = await fetch(this.url + path, {
      method,
      signal,
      credentials: 'include',
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }).catch((error: Error) => {
      throw this.#failure(`cannot be reached: ${reasonOf(error)}`);
    });
    if (response.status === 204) return undefined as Result;
    const json = await response.json().catch(() => null) as (Result & { error?: ErrorDetails & { code?: string; message?: string } }) | null;
    if (!response.ok || !json) {
      throw new OrchestratorError(json?.error?.code ?? 'protocol', json?.error?.message ?? `orchd at ${this.url} answered ${method} ${path} with ${response.status}${json ? '' : ' and no JSON'}`,
        { ...json?.error, status: response.status });
    }
    return json;
  }

  close(): void {
    this.#closed = true;
    this.#forgetReturn();
    if (this.#timer) clearTimeout(this.#timer);
    this.#socket?.close();
    this.#fell(closedError());
    this.#rejectWaiters(closedError());
  }

  async #connect(): Promise<void> {
    this.#timer = null;
    let socket: Socket | null = null;
    let opening: ReturnType<typeof setTimeout> | undefined;
    const mine = (): boolean => socket !== null && this.#socket === socket;
    try {
      socket = await openSocket(`${this.url.replace(/^http/, 'ws')}/ws`, this.token, {
        opened: () => {
          clearTimeout(opening);
          this.#socket = socket;
          void this.#opened(mine);
        },
        received: (text) => mine() && this.#receive(text),
        closed: (code, why) => {
          clearTimeout(opening);
          this.#cut(socket, code, why);
        },
      });
      if (this.#closed) socket.close();
      opening = setTimeout(() => socket?.close(), MS.OPEN_TIMEOUT);
      unref(opening);
    } catch (error) {
      this.#cut(null, 0, (error as Error).message);
    }
  }

  /** `stands`: it was not cut meanwhile. */
  async #opened(stands: () => boolean): Promise<void> {
    try {
      const since = this.#cursor;
      const { gap } = await this.call<{ gap?: boolean }>('subscribe', since === undefined ? this.#subscription : { ...this.#subscription, since });
      await this.#tellConnected(since === undefined || gap === true);
    } catch (error) {
      if (stands()) this.#giveUp(error as Error);
      return;
    }
    if (!stands()) return;
    this.#attempts = 0;
    this.#problem = null;
    this.#told = false;
    this.#up = true;
    this.#pinging = setInterval(() => this.#ping(), MS.PING);
    unref(this.#pinging);
    for (const { resolve, timer } of this.#waiters.splice(0)) {
      clearTimeout(timer);
      resolve();
    }
  }

  /** It stands but is of no use: the next attempt may be. */
  #giveUp(problem: Error): void {
    this.#problem = problem;
    this.#socket?.close();
  }

  async #tellConnected(fresh: boolean): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.connected(fresh)));
  }

  #ping(): void {
    const socket = this.#socket;
    this.call('ping', {}).catch(() => socket?.close());
  }

  #receive(text: string): void {
    try {
      this.#take(JSON.parse(text) as Frame);
    } catch (error) {
      this.#giveUp(this.#failure(`sent what cannot be read: ${(error as Error).message}`));
    }
  }

  #take(frame: Frame): void {
    if (frame.method !== undefined) {
      this.#notified(frame.method, frame.params ?? {});
      return;
    }
    const call = this.#calls.get(frame.id ?? 0);
    if (!call) return;
    this.#calls.delete(frame.id as number);
    clearTimeout(call.timer);
    if (frame.error) call.reject(new OrchestratorError(frame.error.data?.code ?? 'protocol', frame.error.message, frame.error.data));
    else {
      this.#keepCursor(frame.result as { cursor?: unknown } | null);
      call.resolve(frame.result);
    }
  }

  #notified(method: string, params: Record<string, unknown>): void {
    this.#keepCursor(params);
    if (method === 'resync') {
      this.call<{ gap?: boolean }>('subscribe', { ...this.#subscription, since: this.#cursor })
        .then(({ gap }) => this.#tellConnected(gap === true))
        .catch((error: Error) => this.#giveUp(error));
      return;
    }
    for (const listener of this.#listeners) listener.notified(method, params);
  }

  #keepCursor(from: { cursor?: unknown } | null): void {
    if (from && 'cursor' in from && from.cursor !== undefined) this.#cursor = from.cursor;
  }

  #fell(error: Error): void {
    this.#up = false;
    this.#socket = null;
    if (this.#pinging) clearInterval(this.#pinging);
    this.#pinging = null;
    for (const call of this.#calls.values()) {
      clearTimeout(call.timer);
      call.reject(error);
    }
    this.#calls.clear();
  }

  #cut(socket: Socket | null, code: number, why: string): void {
    if (socket !== null && this.#socket !== null && this.#socket !== socket) return;
    let error = new OrchestratorError('connection', `the connection to orchd at ${this.url} was cut`);
    if (code === CLOSE_UNAUTHORIZED) {
      error = this.#failure(this.token === undefined ? 'knows no login of who asks' : 'does not know the token, or no longer', 'unauthorized');
      this.#rejectWaiters(error);
      this.#problem = error;
    } else if (!this.#up) {
      this.#problem ??= this.#failure(`cannot be reached${why && `: ${why}`}`);
    }
    this.#fell(error);
    if (this.#closed || this.#timer) return;
    this.#failed = this.#problem ?? error;
    this.#problem = null;
    this.#complain(this.#failed);
    const longest = this.#waiters.length > 0 ? MS.RETRY_FIRST : MS.RETRY_MAX;
    const pause = Math.min(MS.RETRY_FIRST * 2 ** this.#attempts++, longest) * (0.75 + Math.random() / 2);
    this.#retryIn(pause);
    for (const listener of this.#listeners) listener.disconnected(error, this.#retryAt);
  }

  #rejectWaiters(error: Error): void {
    for (const { reject, timer } of this.#waiters.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
  }

  #failure(what: string, code = 'connection'): OrchestratorError {
    return new OrchestratorError(code, `orchd at ${this.url} ${what}`);
  }

  #retryIn(pause: number): void {
    this.#retryAt = Date.now() + pause;
    this.#timer = setTimeout(() => void this.#connect(), pause);
    unref(this.#timer); // who waits in ready() holds the process
  }

  /** Somebody waits: a pause before the next try is cut short. */
  #hurry(pause: number): void {
    if (!this.#timer || this.#closed || this.#retryAt <= Date.now() + pause) return;
    clearTimeout(this.#timer);
    this.#retryIn(pause);
  }

  /** Once until it stands again. */
  #complain({ message }: Error): void {
    if (this.#told || this.#closed) return;
    this.#told = true;
    console.warn(`${message.includes(this.url) ? '' : `orchd at ${this.url}: `}${message}; trying again`);
  }
}

/** As JSON.stringify() calls it. orchd reads no frame that has such a text, and so could not say which call it was. */
function checkText(name: string, value: unknown): unknown {
  if (typeof value === 'string' && /[\0\p{Surrogate}]/u.test(value)) {
    throw new OrchestratorError('invalid', `${name} has a NUL or half a character, which no text may have`);
  }
  return value;
}
