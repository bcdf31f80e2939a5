/** The host's one timer. It keeps the process only while somebody waits: daemons that only idle let it end. */

const LONGEST_MS = 86_400_000;

type Handle = ReturnType<typeof setTimeout> & { ref?(): void; unref?(): void };

export class Timer {
  private handle: Handle | null = null;
  private at = Infinity;
  /** Promises that somebody waits for. */
  private holds = 0;

  constructor(
    private readonly now: () => number,
    private readonly ring: () => void,
  ) {}

  /** To ring at `deadline`. A later deadline than the last one leaves the timer: it may ring early, not late. */
  set(deadline: number): void {
    if (deadline >= this.at && deadline !== Infinity) return;
    if (this.handle) clearTimeout(this.handle);
    this.handle = null;
    this.at = deadline;
    if (deadline === Infinity) return;
    this.handle = setTimeout(() => {
      this.handle = null;
      this.at = Infinity;
      this.ring();
    }, Math.min(Math.max(deadline - this.now(), 0), LONGEST_MS)) as Handle;
    if (this.holds === 0) this.handle.unref?.();
  }

  hold(): void {
    if (this.holds++ === 0) this.handle?.ref?.();
  }

  letGo(count: number): void {
    if (count === 0) return;
    this.holds -= count;
    if (this.holds === 0) this.handle?.unref?.();
  }
}
