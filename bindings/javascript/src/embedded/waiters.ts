/** Who waits for a start, a stop or a restart of a daemon. */

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

export class Waiters {
  private list: Waiter[] = [];

  get size(): number {
    return this.list.length;
  }

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.list.push({ resolve, reject }));
  }

  /** Ends the waiting of all; how many there were. */
  end(error: Error | null): number {
    const ended = this.list;
    if (ended.length === 0) return 0;
    this.list = [];
    for (const waiter of ended) {
      if (error) waiter.reject(error);
      else waiter.resolve();
    }
    return ended.length;
  }
}
