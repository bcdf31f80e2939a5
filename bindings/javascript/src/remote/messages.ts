/** The newest messages that orchd told of, so that later events can name them whole, and who waits for their end. */
import type { IncomingMessage } from '../types.js';

const KEPT_MAX = 1000;

interface Waiter {
  readonly key: string;
  resolve(): void;
  reject(error: Error): void;
}

export class RecentMessages {
  private readonly kept = new Map<string, IncomingMessage>();
  /** Ends that came before somebody waited for them. */
  private readonly ended = new Set<string>();
  private waiters: Waiter[] = [];

  add(message: IncomingMessage): void {
    this.kept.set(message.id, message);
    if (this.kept.size > KEPT_MAX) this.kept.delete(this.kept.keys().next().value as string);
  }

  /** One that is not kept is known by its id alone. */
  get(id: string, channelId = ''): IncomingMessage {
    return this.kept.get(id) ?? { id, content: '', channelId, authorId: '', timestamp: new Date(0) };
  }

  dealtWith(orchestratorId: string, id: string): void {
    const key = `${orchestratorId} ${id}`;
    const mine = this.waiters.filter((waiter) => waiter.key === key);
    this.waiters = this.waiters.filter((waiter) => waiter.key !== key);
    for (const waiter of mine) waiter.resolve();
    this.ended.add(key);
    if (this.ended.size > KEPT_MAX) this.ended.delete(this.ended.keys().next().value as string);
  }

  untilDealtWith(orchestratorId: string, id: string): Promise<void> {
    const key = `${orchestratorId} ${id}`;
    if (this.ended.has(key)) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiters.push({ key, resolve, reject }));
  }

  /** Nobody knows any more how they ended. */
  release(error: Error): void {
    for (const waiter of this.waiters.splice(0)) waiter.reject(error);
  }
}
