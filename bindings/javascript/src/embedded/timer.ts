/** The host's one timer. It keeps the process only while somebody waits: daemons that only idle let it end. */

const LONGEST_MS = 86_400_000;
/** Rings that are not due yet come this far apart: with many daemons each millisecond has its heartbeats, and waking up costs more
 * than a hundred of them. */
const GAP_MS = 10;

type Handle = ReturnType<typeof setTimeout> & { ref?(): void; unref?(): void };

export class Timer {
  #handle: Handle | null = null;
  #at = Infinity;
  #rang = -Infinity;
  /** Promises that somebody waits for. */
  #holds = 0;

  readonly #now: () => number;
  readonly #ring: () => void;

  constructor(now: () => number, ring: () => void) {
    this.#now = now;
    this.#ring = ring;
  }

  /** To ring at `deadline`, or up to GAP_MS later. A later deadline than the last one leaves the timer: it may ring early. */
  set(deadline: number): void {
    if (deadline >= this.#at && deadline !== Infinity) return;
    const now = this.#now();
    const at = deadline <= now ? now : Math.max(deadline, this.#rang + GAP_MS);
    if (at >= this.#at && at !== Infinity) return;
    if (this.#handle) clearTimeout(this.#handle);
    this.#handle = null;
    this.#at = at;
    if (at === Infinity) return;
    this.#handle = setTimeout(() => {
      this.#handle = null;
      this.#at = Infinity;
      this.#rang = this.#now();
      this.#ring();
    }, Math.min(at - now, LONGEST_MS)) as Handle;
    if (this.#holds === 0) this.#handle.unref?.();
  }

  hold(): void {
    if (this.#holds++ === 0) this.#handle?.ref?.();
  }

  letGo(count: number): void {
    if (count === 0) return;
    this.#holds -= count;
    if (this.#holds === 0) this.#handle?.unref?.();
  }
}
