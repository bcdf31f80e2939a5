/** A message that a daemon was given, from the core's taking it to its end.
 *
 *     MESSAGE             TURN_START, TURN_OFFLINE            end             TURN_REPLY, _FAIL, _SKIP
 *    ────────▶ waiting ───────────────────────────▶ answering ────▶ answered ──────────────────▶ (emitted, removed)
 *                 ▲        TURN_CANCEL, TURN_ERROR      │
 *                 └─────────────────────────────────────┘
 */
import type { OutgoingMessage } from '../types.js';
import type { Heard } from './heard.js';

export class Question {
  /** Of the attempt under way; 0, 0: none. A late end of another attempt is known by it. */
  turnLow = 0;
  turnHigh = 0;
  /** What the attempt yielded. */
  outgoing: OutgoingMessage | null = null;
  /** Of the last attempt. */
  error: Error | null = null;
  abort: AbortController | null = null;
  private resolvers: Array<() => void> | (() => void) | null = null;

  constructor(readonly heard: Heard) {}

  /** Called when it is dealt with. */
  whenDealtWith(resolve: () => void): void {
    if (this.resolvers === null) this.resolvers = resolve;
    else if (typeof this.resolvers === 'function') this.resolvers = [this.resolvers, resolve];
    else this.resolvers.push(resolve);
  }

  /** How many waited. */
  release(): number {
    const { resolvers } = this;
    this.resolvers = null;
    if (resolvers === null) return 0;
    if (typeof resolvers === 'function') {
      resolvers();
      return 1;
    }
    for (const resolve of resolvers) resolve();
    return resolvers.length;
  }
}
