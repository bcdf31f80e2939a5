/** Who is known to the page: authors, whom one writes to, who was found. A workspace has thousands of people; these are the ones that were
 * seen. What is not known is asked for by people.ts. */
import { currentUser } from '../app/session.js';
import { Store } from '../app/store.js';
import type { WireUser } from '../app/wire.js';
import { keepPeople } from '../offline/cache.js';

const KNOWN_MAX = 2000;
const FORGOTTEN_AT_ONCE = 500;

/** By the id of the user, who was told of last at the end. */
export const people = new Store<ReadonlyMap<string, WireUser>>(new Map());
/** Grows when somebody new is known, or is called otherwise. */
export const namesChanged = new Store(0);
/** Nobody else is in the workspace. */
export const everybodyKnown = new Store(false);

const byOrchestrator = new Map<string, string>();

/** The id of a user, or that of an orchestrator. */
export function known(id: string): WireUser | undefined {
  return people.get().get(id) ?? people.get().get(byOrchestrator.get(id) ?? '');
}

export function nameOf(id: string | null): string {
  if (id === null) return 'Somebody who left';
  return known(id)?.shownName ?? 'Somebody';
}

export function orchestratorUser(orchestratorId: string): WireUser | undefined {
  return known(orchestratorId);
}

function sameNames(a: WireUser | undefined, b: WireUser): boolean {
  return a !== undefined && a.shownName === b.shownName && a.name === b.name && a.displayName === b.displayName;
}

/** Of these the server told. `kept`: those that are in use stay whatever happens. */
export function meet(users: readonly WireUser[], inUse: (id: string) => boolean = () => false): void {
  if (users.length === 0) return;
  const own = currentUser()?.id;
  const before = people.get();
  const next = new Map(before);
  for (const user of users) {
    next.delete(user.id);
    next.set(user.id, user);
    if (user.orchestratorId) byOrchestrator.set(user.orchestratorId, user.id);
  }
  if (next.size > KNOWN_MAX) {
    for (const [id, { orchestratorId }] of [...next].slice(0, next.size - KNOWN_MAX + FORGOTTEN_AT_ONCE)) {
      if (id === own || inUse(id)) continue;
      next.delete(id);
      if (orchestratorId) byOrchestrator.delete(orchestratorId);
    }
  }
  people.set(next);
  if (users.some((user) => !sameNames(before.get(user.id), user))) namesChanged.set((count) => count + 1);
  if (own) keepPeople(own, () => [...people.get().values()]);
}

export function forgetPeople(): void {
  byOrchestrator.clear();
  people.set(new Map());
  everybodyKnown.set(false);
  namesChanged.set((count) => count + 1);
}
