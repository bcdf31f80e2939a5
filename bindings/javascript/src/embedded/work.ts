/** What of a daemon is under way in this process. Daemons that idle have none. */
import type { Rules } from '../rules.js';
import type { Question } from './question.js';
import { Waiters } from './waiters.js';
import type { Windows } from './windows.js';

const FAULTS_MAX = 20;

export class Work {
  /** Not dealt with yet, by the message's handle. */
  readonly questions = new Map<number, Question>();
  readonly starts = new Waiters();
  readonly stops = new Waiters();
  readonly restarts = new Waiters();
  /** Oldest first. */
  readonly faults: string[] = [];
  /** Of the daemon, not of a message. */
  lastError: string | null = null;
  /** Why the last opening failed. */
  openingFault: string | null = null;
  /** A restart is scheduled by the core. */
  restartDue = false;
  /** Of a daemon without a manager. */
  windows: Windows | null = null;
  rules: Rules | null = null;

  addFault(text: string): void {
    this.faults.push(text);
    if (this.faults.length > FAULTS_MAX) this.faults.shift();
  }

  /** Nothing that would be missed. */
  get idle(): boolean {
    return this.questions.size === 0 && this.starts.size === 0 && this.stops.size === 0 && this.restarts.size === 0 &&
      this.faults.length === 0 && !this.restartDue && this.windows === null && this.rules === null;
  }
}
