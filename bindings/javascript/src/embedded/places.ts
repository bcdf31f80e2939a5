/** The daemons of this process by the core's numbers, which are given again when a daemon is gone.
 *
 * A manager's daemon is here until the manager gives it up. One without a manager belongs to who made it: its place does not keep it,
 * so that one that was dropped without stop() goes with the garbage, and the core is told.
 */
import type { OrchestratorDaemon } from '../daemon.js';
import { handleOf } from './handle.js';

declare const ORCHD_BROWSER: boolean;

const enum AUTHORS { MAX = 1024 }

/** A user, as what the core knows of who wrote a message. */
export interface Author {
  readonly handle: number;
  /** The number of the user's daemon; 0: none. */
  readonly daemon: number;
}

interface Dropped {
  readonly handle: number;
  readonly user: string;
}

export class Places {
  readonly #daemons: Array<OrchestratorDaemon | WeakRef<OrchestratorDaemon> | null> = [null];
  readonly #free: number[] = [];
  /** The number of a user's daemon. */
  readonly #users = new Map<string, number>();
  /** Those who wrote lately. */
  readonly #authors = new Map<string, Author>();
  /** Without a manager, but somebody waits for them. */
  readonly #held = new Set<OrchestratorDaemon>();
  readonly #registry = new FinalizationRegistry<Dropped>(({ handle, user }) => {
    this.dropped(handle);
    this.#give(handle, user);
  });

  constructor(private readonly dropped: (handle: number) => void) {}

  take(daemon: OrchestratorDaemon): void {
    const handle = this.#free.pop() ?? this.#daemons.length;
    const user = daemon.orchestrator.user.id;
    daemon.handle = handle;
    if (daemon.manager) {
      this.#daemons[handle] = daemon;
    } else {
      this.#daemons[handle] = new WeakRef(daemon);
      this.#registry.register(daemon, { handle, user }, daemon);
    }
    if (!this.#users.has(user)) this.#users.set(user, handle);
    this.#authors.delete(user);
  }

  leave(daemon: OrchestratorDaemon): void {
    this.#registry.unregister(daemon);
    this.loosen(daemon);
    this.#give(daemon.handle, daemon.orchestrator.user.id);
    daemon.handle = 0;
  }

  #give(handle: number, user: string): void {
    this.#daemons[handle] = null;
    this.#free.push(handle);
    if (this.#users.get(user) === handle) this.#users.delete(user);
    this.#authors.delete(user);
  }

  at(handle: number): OrchestratorDaemon | null {
    const place = this.#daemons[handle] ?? null;
    return place instanceof WeakRef ? place.deref() ?? null : place;
  }

  /** How many there are. */
  get count(): number {
    return this.#daemons.length - 1 - this.#free.length;
  }

  /** 0: there is none. */
  ofUser(user: string): number {
    return this.#users.get(user) ?? 0;
  }

  author(user: string): Author {
    if (ORCHD_BROWSER) return { handle: handleOf(user), daemon: this.ofUser(user) };
    let author = this.#authors.get(user);
    if (author === undefined) {
      if (this.#authors.size === AUTHORS.MAX) this.#authors.clear();
      author = { handle: handleOf(user), daemon: this.ofUser(user) };
      this.#authors.set(user, author);
    }
    return author;
  }

  /** Somebody waits for the daemon. */
  hold(daemon: OrchestratorDaemon): void {
    if (!daemon.manager) this.#held.add(daemon);
  }

  loosen(daemon: OrchestratorDaemon): void {
    if (this.#held.size > 0) this.#held.delete(daemon);
  }
}
