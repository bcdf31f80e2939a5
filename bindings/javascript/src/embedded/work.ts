/** What of a daemon is under way in this process. Daemons that idle have none. */
import type { Rules } from '../rules.js';
import type { Question } from './question.js';
import type { Windows } from './windows.js';

const enum FAULTS {
  MAX = 20,
  /** Characters of one: somebody's error may hold a whole page. */
  TEXT = 1000,
}

/** What somebody waits for. */
export const enum UNTIL { STARTED = 1, STOPPED = 2, RESTARTED = 4 }

interface Waiter {
  readonly until: UNTIL;
  resolve(): void;
  reject(error: Error): void;
}

export class Work {
  /** Not dealt with yet; the newest, linked to the others. */
  questions: Question | null = null;
  /** null: nobody waits. */
  waiters: Waiter[] | null = null;
  /** Oldest first. */
  faults: string[] | null = null;
  /** Of the daemon, not of a message. */
  lastError: string | null = null;
  /** Why the last opening failed. */
  openingFault: string | null = null;
  /** Of a daemon without a manager. */
  windows: Windows | null = null;
  rules: Rules | null = null;

  wait(until: UNTIL): Promise<void> {
    return new Promise((resolve, reject) => (this.waiters ??= []).push({ until, resolve, reject }));
  }

  /** Ends the waiting of all who wait for one of these; how many there were. */
  endWaiting(until: number, error: Error | null): number {
    const waiters = this.waiters ?? [];
    const rest = waiters.filter((waiter) => !(waiter.until & until));
    this.waiters = rest.length > 0 ? rest : null;
    for (const waiter of waiters) {
      if (!(waiter.until & until)) continue;
      if (error) waiter.reject(error);
      else waiter.resolve();
    }
    return waiters.length - rest.length;
  }

  addFault(text: string): void {
    this.faults = [...(this.faults ?? []), text.slice(0, FAULTS.TEXT)].slice(-FAULTS.MAX);
  }

  addQuestion(question: Question): void {
    question.next = this.questions;
    if (question.next) question.next.previous = question;
    this.questions = question;
  }

  removeQuestion({ next, previous }: Question): void {
    if (next) next.previous = previous;
    if (previous) previous.next = next;
    else this.questions = next;
  }

  /** Nothing that would be missed. */
  get idle(): boolean {
    return this.questions === null && this.waiters === null && this.faults === null && this.windows === null && this.rules === null;
  }
}
