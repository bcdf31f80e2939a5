/** The host's one timer. It keeps the process only while somebody waits: daemons that only idle let it end. */

const LONGEST_MS = 86_400_000;
type Handle = ReturnType<typeof setTimeout> & { ref?(): void; unref?(): void };

export class Timer {
  #handle: Handle | null = null;
  #at = Infinity;
  #rang = -Infinity;
  /** Promises that somebody waits for. */
  #holds = 0;

  readonly #now: () => number;
  readonly #ring: () => void;
  readonly #gap: () => number;

  /** `gap`: milliseconds between two rings that were not due yet. */
  constructor(now: () => number, ring: () => void, gap: () => number) {
    this.#now = now;
    this.#ring = ring;
    this.#gap = gap;
  }

  /** To ring at `deadline`, or up to a gap later. A later deadline than the last one leaves the timer: it may ring early. */
  set(deadline: number): void {
    if (deadline < this.#at || deadline === Infinity) this.#move(deadline);
  }

  #move(deadline: number): void {
    const now = this.#now();
    const at = deadline <= now ? now : Math.max(deadline, this.#rang + this.#gap());
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
