/** The newest messages that orchd told of, so that later events can name them whole, and who waits for their end. */
import type { IncomingMessage } from '../types.js';

const KEPT_MAX = 1000;
const HOLD_MS = 2 ** 30;

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

function shift<Key>(of: Map<Key, unknown> | Set<Key>): void {
  if (of.size > KEPT_MAX) of.delete(of.keys().next().value as Key);
}

export class RecentMessages {
  readonly #kept = new Map<string, IncomingMessage>();
  /** Ends that came before somebody waited for them. */
  readonly #ended = new Set<string>();
  /** Who waits holds the process; an open connection does not. */
  #holding: ReturnType<typeof setInterval> | null = null;
  /** By orchestrator and message. */
  readonly #waiters = new Map<string, Waiter[]>();

  add(message: IncomingMessage): void {
    this.#kept.set(message.id, message);
    shift(this.#kept);
  }

  /** One that is not kept is known by its id alone. */
  get(id: string, channelId = ''): IncomingMessage {
    return this.#kept.get(id) ?? { id, content: '', channelId, authorId: '', timestamp: new Date(0) };
  }

  dealtWith(orchestratorId: string, id: string): void {
    const key = `${orchestratorId} ${id}`;
    for (const { resolve } of this.#waiters.get(key) ?? []) resolve();
    this.#waiters.delete(key);
    this.#letGo();
    this.#ended.add(key);
    shift(this.#ended);
  }

  untilDealtWith(orchestratorId: string, id: string): Promise<void> {
    const key = `${orchestratorId} ${id}`;
    if (this.#ended.has(key)) return Promise.resolve();
    this.#holding ??= setInterval(() => {}, HOLD_MS);
    return new Promise((resolve, reject) => this.#waiters.set(key, [...(this.#waiters.get(key) ?? []), { resolve, reject }]));
  }

  /** Nobody knows any more how they ended. */
  release(error: Error): void {
    for (const { reject } of [...this.#waiters.values()].flat()) reject(error);
    this.#waiters.clear();
    this.#letGo();
  }

  #letGo(): void {
    if (this.#waiters.size > 0 || this.#holding === null) return;
    clearInterval(this.#holding);
    this.#holding = null;
  }
}
