/** The connection to an orchd: JSON-RPC calls, notifications, and coming back after it was cut.
 *
 *     connecting ──▶ open ──▶ subscribed ──▶ (cut) ──▶ waiting (0.5 s doubling to 15 s, with jitter) ──▶ connecting
 *
 * The highest cursor seen is kept: after a cut the server first tells what was missed, each event once; where it cannot any more
 * (`gap`) the owner of the connection reads everything anew.
 */
import { OrchestratorError, type ErrorDetails } from '../errors.js';
import { onReturn, openSocket, unref, type Socket } from './socket.js';

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;
const CALL_TIMEOUT_MS = 30_000;
const PING_MS = 25_000;

/** Who wants to know of a connection. */
export interface ConnectionEvents {
  /** A new connection stands: read everything, `fresh` also what events told before. */
  connected(fresh: boolean): Promise<void>;
  notified(method: string, params: Record<string, unknown>): void;
  /** It was cut, or an attempt failed. `code` is that of the WebSocket's end: 4401 says that the login has ended. The next attempt
   * is at `retryAt` (Date.now()). */
  disconnected(code: number, retryAt: number): void;
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

export class Connection {
  private socket: Socket | null = null;
  private readonly calls = new Map<number, Call>();
  private lastId = 0;
  private cursor: unknown;
  private attempts = 0;
  private closed = false;
  private told = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** When the timer ends. */
  private retryAt = 0;
  private pinging: ReturnType<typeof setInterval> | null = null;
  private waiters: Waiter[] = [];
  private up = false;
  private readonly listeners = new Set<ConnectionEvents>();
  private subscription: object = {};
  private readonly forgetReturn: () => void;

  constructor(
    readonly url: string,
    private readonly token?: string | undefined,
    listener?: ConnectionEvents,
  ) {
    if (listener) this.listeners.add(listener);
    this.forgetReturn = onReturn(() => this.retry());
    void this.connect();
  }

  /** A further listener; when the connection stands already, it is told at once. Returns what ends it. */
  listen(listener: ConnectionEvents): () => void {
    this.listeners.add(listener);
    if (this.up) void listener.connected(true).catch((error: Error) => this.complain(error.message));
    return () => void this.listeners.delete(listener);
  }

  /** Nobody listens. */
  get unheard(): boolean {
    return this.listeners.size === 0;
  }

  /** What is told from now on, also after a cut: the parameters of `subscribe` beside `since`. */
  async subscribe(subscription: object): Promise<void> {
    this.subscription = subscription;
    if (this.up) await this.call('subscribe', { ...subscription, since: this.cursor });
  }

  /** Tries at once, where it would wait for the next attempt. */
  retry(): void {
    if (!this.timer || this.closed) return;
    clearTimeout(this.timer);
    this.attempts = 0;
    void this.connect();
  }

  /** Resolves when the connection stands and all was read; rejects with `connection` when it does not in 30 s. */
  ready(): Promise<void> {
    if (this.up) return Promise.resolve();
    if (this.closed) return Promise.reject(closedError());
    this.hurry(RETRY_FIRST_MS);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters = this.waiters.filter((each) => each.timer !== timer);
        reject(new OrchestratorError('connection', `orchd at ${this.url} cannot be reached`));
      }, CALL_TIMEOUT_MS);
      this.waiters.push({ resolve, reject, timer });
    });
  }

  /** A call of the server; rejects with its code and words, `connection` when it is cut, `timeout` after 30 s or what is given. */
  call<Result>(method: string, params: object, timeoutMs = CALL_TIMEOUT_MS): Promise<Result> {
    const { socket } = this;
    if (!socket) return Promise.reject(new OrchestratorError('connection', `orchd at ${this.url} is not connected`));
    const id = ++this.lastId;
    return new Promise<Result>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.calls.delete(id);
        reject(new OrchestratorError('timeout', `orchd did not answer ${method} in ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.calls.set(id, { resolve: resolve as (result: unknown) => void, reject, timer });
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** A request over HTTP; its JSON, undefined for 204. */
  async request<Result>(method: string, path: string, body?: object): Promise<Result> {
    const response = await fetch(new URL(path, this.url), {
      method,
      credentials: 'include',
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }).catch((error: Error) => {
      throw new OrchestratorError('connection', `orchd at ${this.url} cannot be reached: ${error.message}`);
    });
    if (response.status === 204) return undefined as Result;
    const json = await response.json().catch(() => null) as (Result & { error?: ErrorDetails & { code?: string; message?: string } }) | null;
    if (!response.ok || !json) {
      throw new OrchestratorError(json?.error?.code ?? 'protocol', json?.error?.message ?? `orchd answered ${method} ${path} with ${response.status}`,
        { ...json?.error, status: response.status });
    }
    return json;
  }

  close(): void {
    this.closed = true;
    this.forgetReturn();
    if (this.timer) clearTimeout(this.timer);
    this.socket?.close();
    this.fell();
    for (const { reject, timer } of this.waiters.splice(0)) {
      clearTimeout(timer);
      reject(closedError());
    }
  }

  private async connect(): Promise<void> {
    this.timer = null;
    const url = this.url.replace(/^http/, 'ws').replace(/\/$/, '');
    let socket: Socket | null = null;
    const mine = (): boolean => socket !== null && this.socket === socket;
    try {
      socket = await openSocket(`${url}/ws`, this.token, {
        opened: () => {
          this.socket = socket;
          void this.opened();
        },
        received: (text) => mine() && this.receive(text),
        closed: (code) => this.cut(socket, code),
      });
      if (this.closed) socket.close();
    } catch (error) {
      this.complain((error as Error).message);
      this.cut(null, 0);
    }
  }

  private async opened(): Promise<void> {
    try {
      const since = this.cursor;
      const { gap } = await this.call<{ gap?: boolean }>('subscribe', since === undefined ? this.subscription : { ...this.subscription, since });
      await this.tellConnected(since === undefined || gap === true);
    } catch (error) {
      this.complain((error as Error).message);
      this.socket?.close();
      return;
    }
    this.attempts = 0;
    this.told = false;
    this.up = true;
    this.pinging = setInterval(() => this.ping(), PING_MS);
    unref(this.pinging);
    for (const { resolve, timer } of this.waiters.splice(0)) {
      clearTimeout(timer);
      resolve();
    }
  }

  private async tellConnected(fresh: boolean): Promise<void> {
    await Promise.all([...this.listeners].map((listener) => listener.connected(fresh)));
  }

  private ping(): void {
    this.call('ping', {}).catch(() => this.socket?.close());
  }

  private receive(text: string): void {
    const frame = JSON.parse(text) as Frame;
    if (frame.method !== undefined) {
      this.notified(frame.method, frame.params ?? {});
      return;
    }
    const call = this.calls.get(frame.id ?? 0);
    if (!call) return;
    this.calls.delete(frame.id as number);
    clearTimeout(call.timer);
    if (frame.error) call.reject(new OrchestratorError(frame.error.data?.code ?? 'protocol', frame.error.message, frame.error.data));
    else {
      this.keepCursor(frame.result as { cursor?: unknown } | null);
      call.resolve(frame.result);
    }
  }

  private notified(method: string, params: Record<string, unknown>): void {
    this.keepCursor(params);
    if (method === 'resync') {
      this.call<{ gap?: boolean }>('subscribe', { ...this.subscription, since: this.cursor })
        .then(({ gap }) => this.tellConnected(gap === true))
        .catch(() => this.socket?.close());
      return;
    }
    for (const listener of this.listeners) listener.notified(method, params);
  }

  private keepCursor(from: { cursor?: unknown } | null): void {
    if (from && 'cursor' in from && from.cursor !== undefined) this.cursor = from.cursor;
  }

  private fell(): void {
    this.up = false;
    this.socket = null;
    if (this.pinging) clearInterval(this.pinging);
    this.pinging = null;
    for (const call of this.calls.values()) {
      clearTimeout(call.timer);
      call.reject(new OrchestratorError('connection', `the connection to orchd at ${this.url} was cut`));
    }
    this.calls.clear();
  }

  private cut(socket: Socket | null, code: number): void {
    if (socket !== null && this.socket !== null && this.socket !== socket) return;
    this.fell();
    if (this.closed || this.timer) return;
    this.complain('it cannot be reached');
    const longest = this.waiters.length > 0 ? RETRY_FIRST_MS : RETRY_MAX_MS;
    const pause = Math.min(RETRY_FIRST_MS * 2 ** this.attempts++, longest) * (0.75 + Math.random() / 2);
    this.retryIn(pause);
    for (const listener of this.listeners) listener.disconnected(code, this.retryAt);
  }

  private retryIn(pause: number): void {
    this.retryAt = Date.now() + pause;
    this.timer = setTimeout(() => void this.connect(), pause);
    unref(this.timer); // who waits in ready() holds the process
  }

  /** Somebody waits: a pause before the next try is cut short. */
  private hurry(pause: number): void {
    if (!this.timer || this.closed || this.retryAt <= Date.now() + pause) return;
    clearTimeout(this.timer);
    this.retryIn(pause);
  }

  /** Once until it stands again. */
  private complain(why: string): void {
    if (this.told || this.closed) return;
    this.told = true;
    console.warn(`orchd at ${this.url}: ${why}; trying again`);
  }
}

function closedError(): OrchestratorError {
  return new OrchestratorError('closed', 'the daemon manager was reset');
}
