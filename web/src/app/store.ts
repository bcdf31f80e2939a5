/** A value outside of React that components can watch. */
import { useSyncExternalStore } from 'react';

export class Store<State> {
  private readonly watchers = new Set<() => void>();

  constructor(private state: State) {}

  get(): State {
    return this.state;
  }

  /** The new value, or what makes it of the old one. Nobody is told of the same value. */
  set(next: State | ((state: State) => State)): void {
    const state = typeof next === 'function' ? (next as (state: State) => State)(this.state) : next;
    if (Object.is(state, this.state)) return;
    this.state = state;
    for (const watcher of [...this.watchers]) watcher();
  }

  /** Some fields of an object. */
  merge(fields: Partial<State>): void {
    this.set((state) => ({ ...state, ...fields }));
  }

  get watched(): boolean {
    return this.watchers.size > 0;
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }
}

/** What `select` takes of it; renders again when that changes (by Object.is, so select no new objects). */
export function useStore<State, Part>(store: Store<State>, select: (state: State) => Part): Part {
  return useSyncExternalStore((watcher) => store.watch(watcher), () => select(store.get()));
}
