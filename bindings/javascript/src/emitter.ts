/** An event emitter with the habits of Node's, for every place that runs JavaScript.
 *
 * A listener that throws does not break who emits: the error is logged and the next listener is called. An `error` without
 * listeners is logged, not thrown. Listeners that are added during an event are first called for the next one; one that is
 * removed during an event is not called any more.
 */

type Listener = (...args: never[]) => unknown;

interface Entry {
  /** What was added; `run` differs for once(). */
  readonly listener: Listener;
  readonly once: boolean;
  removed: boolean;
}

type Table = Map<string, readonly Entry[]>;

/** Events that anybody listened to, ever: what is told often and heard by nobody need not be told. */
export const everHeard = new Set<string>();

export class Emitter<Events extends { [K in keyof Events]: unknown[] }> {
  /** Made by the first listener: a hundred thousand daemons without listeners cost nothing. */
  #table: Table | null = null;

  /** Adds a listener. */
  on<Name extends keyof Events & string>(name: Name, listener: (...args: Events[Name]) => unknown): this {
    return this.#add(name, listener as Listener, false);
  }

  /** Adds a listener that is removed before its first call. */
  once<Name extends keyof Events & string>(name: Name, listener: (...args: Events[Name]) => unknown): this {
    return this.#add(name, listener as Listener, true);
  }

  /** Removes the newest of the same listener; nothing when there is none. */
  off<Name extends keyof Events & string>(name: Name, listener: (...args: Events[Name]) => unknown): this {
    const entries = this.#table?.get(name);
    if (!entries) return this;
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i] as Entry;
      if (entry.listener === (listener as Listener)) {
        this.#remove(name, entry);
        break;
      }
    }
    return this;
  }

  addListener<Name extends keyof Events & string>(name: Name, listener: (...args: Events[Name]) => unknown): this {
    return this.on(name, listener);
  }

  removeListener<Name extends keyof Events & string>(name: Name, listener: (...args: Events[Name]) => unknown): this {
    return this.off(name, listener);
  }

  /** Removes the listeners of one event, or of all. */
  removeAllListeners(name?: keyof Events & string): this {
    for (const each of name === undefined ? this.eventNames() : [name]) {
      for (const entry of this.#table?.get(each) ?? []) entry.removed = true;
      this.#table?.delete(each);
    }
    return this;
  }

  listenerCount(name: keyof Events & string): number {
    return this.#table?.get(name)?.length ?? 0;
  }

  listeners<Name extends keyof Events & string>(name: Name): Array<(...args: Events[Name]) => unknown> {
    return (this.#table?.get(name) ?? []).map((entry) => entry.listener as (...args: Events[Name]) => unknown);
  }

  eventNames(): string[] {
    return [...this.#table?.keys() ?? []];
  }

  /** Calls the listeners in the order of their adding; true when there was one. */
  emit<Name extends keyof Events & string>(name: Name, ...args: Events[Name]): boolean {
    // Nearly all events have one argument: where a compiler inlines this, no array is made for it.
    return args.length === 1 ? this.#tell(name, args[0], null) : this.#tell(name, null, args);
  }

  /** `args` null: `value` is the only one. */
  #tell(name: string, value: unknown, args: unknown[] | null): boolean {
    const entries = this.#table?.get(name);
    if (!entries) {
      if (name === 'error') console.error('Unhandled error event:', ...(args ?? [value]));
      return false;
    }
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as Entry;
      if (entry.removed) continue;
      if (entry.once) this.#remove(name, entry);
      try {
        const listener = entry.listener as (...args: unknown[]) => unknown;
        const result = args === null ? listener.call(this, value) : listener.apply(this, args);
        if (result instanceof Promise) result.catch((error: unknown) => report(name, error));
      } catch (error) {
        report(name, error);
      }
    }
    return true;
  }

  #add(name: string, listener: Listener, once: boolean): this {
    if (typeof listener !== 'function') throw new TypeError(`the listener of "${name}" is no function`);
    everHeard.add(name);
    const table = (this.#table ??= new Map());
    table.set(name, [...(table.get(name) ?? []), { listener, once, removed: false }]);
    return this;
  }

  #remove(name: string, entry: Entry): void {
    const table = this.#table as Table;
    entry.removed = true;
    const rest = (table.get(name) ?? []).filter((each) => each !== entry);
    if (rest.length > 0) table.set(name, rest);
    else table.delete(name);
  }
}

function report(name: string, error: unknown): void {
  console.error(`A listener of "${name}" threw:`, error);
}
