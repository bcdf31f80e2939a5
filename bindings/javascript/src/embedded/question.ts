/** A message that a daemon was given, from the core's taking it to its end.
 *
 *     ask                 TURN_START, TURN_OFFLINE            TURN_DONE, TURN_ERROR            MESSAGE_PROCESSED
 *    ────────▶ waiting ───────────────────────────▶ answering ────────────────────▶ ended ──────────────────────▶ (removed)
 *                 ▲        TURN_CANCEL, TURN_ERROR      │
 *                 └─────────────────────────────────────┘
 */
import type { OrchestratorDaemon } from '../daemon.js';
import type { OutgoingMessage } from '../types.js';
import type { Heard } from './heard.js';

export class Question {
  /** Where the core has its turn; 0: it has none. */
  place = 0;
  /** Of the attempt under way; 0: none. A late end of another attempt is known by it. */
  generation = 0;
  /** It was told. */
  ended = false;
  /** What the attempt yielded. */
  outgoing: OutgoingMessage | null = null;
  /** Of the last attempt. */
  error: Error | null = null;
  abort: AbortController | null = null;
  /** See Questions. */
  behind: Question | null = null;
  /** Of the same daemon, see Work. */
  next: Question | null = null;
  previous: Question | null = null;
  /** It waits for the core's next attempt, and the process stays for it. */
  held = false;
  #waiting: (() => void) | Array<() => void> | null = null;

  constructor(
    readonly daemon: OrchestratorDaemon,
    readonly heard: Heard,
  ) {}

  /** Resolves when it is dealt with. */
  wait(): Promise<void> {
    const promise = new Promise<void>(keepResolve);
    this.#waiting = this.#waiting === null ? kept : [this.#waiting, kept].flat();
    return promise;
  }

  /** It is dealt with, or nobody shall wait for it. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (typeof waiting === 'function') waiting();
    else waiting?.forEach((resolve) => resolve());
  }
}

/** The executor of every promise above: none of them needs one of its own. */
let kept: () => void;
const keepResolve = (resolve: () => void): void => {
  kept = resolve;
};
