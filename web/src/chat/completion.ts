/** Who is offered behind an @: the server is asked as one types, one question at a time; those in the channel come first. */
import { useEffect, useMemo } from 'react';
import { call, onConnected } from '../app/connection.js';
import { Store, useStore } from '../app/store.js';
import type { WireUser } from '../app/wire.js';
import { everybodyKnown, meet, people } from './known.js';
import { beginningWith, EVERYBODY } from './mentions.js';
import { useOrchestratorsHere } from './members.js';

const SHOWN_MAX = 8;
const ANSWERS_MAX = 60;

export interface Suggestion {
  user: WireUser | null;
  name: string;
  /** What is put behind the @. */
  text: string;
}

/** By channel and what was typed; undefined while the server is asked. */
const answers = new Store<ReadonlyMap<string, readonly WireUser[] | undefined>>(new Map());
let busy = false;
let next: { key: string; channelId: string; query: string } | null = null;

onConnected(async () => answers.set(new Map()));

function keyOf(channelId: string, typed: string): string {
  return `${channelId} ${typed.toLocaleLowerCase()}`;
}

function put(key: string, users: readonly WireUser[]): void {
  answers.set((map) => {
    const all = [...map, [key, users] as const];
    return new Map(all.slice(-ANSWERS_MAX));
  });
}

/** What is typed while an answer is on its way is asked for after it; what was passed over is not. */
async function ask(): Promise<void> {
  if (busy) return;
  busy = true;
  while (next) {
    const { key, channelId, query } = next;
    next = null;
    try {
      const { users } = await call<{ users: WireUser[] }>('user.list', { channelId, query, limit: SHOWN_MAX });
      meet(users);
      put(key, users);
    } catch {
      break; // without the server there are those who are known
    }
  }
  busy = false;
}

/** Nobody begins so: nobody begins so and goes on. */
function hopeless(channelId: string, typed: string): boolean {
  for (let len = typed.length; len >= 0; len--) if (answers.get().get(keyOf(channelId, typed.slice(0, len)))?.length === 0) return true;
  return false;
}

/** Until the answer is there: of what was offered a moment ago, what still fits; and who is known. */
function guess(channelId: string, typed: string): readonly WireUser[] {
  for (let len = typed.length - 1; len >= 0; len--) {
    const before = answers.get().get(keyOf(channelId, typed.slice(0, len)));
    if (before) return beginningWith(typed, before);
  }
  return everybodyKnown.get() ? beginningWith(typed, [...people.get().values()]) : [];
}

export function useSuggestions(typed: string | null, channelId: string | null): readonly Suggestion[] {
  const found = useStore(answers, (map) => (typed === null || channelId === null ? undefined : map.get(keyOf(channelId, typed))));
  const { total } = useOrchestratorsHere(channelId);
  useEffect(() => {
    if (typed === null || channelId === null) return;
    const key = keyOf(channelId, typed);
    if (answers.get().has(key) || hopeless(channelId, typed)) return;
    next = { key, channelId, query: typed };
    void ask();
  }, [typed, channelId]);
  return useMemo(() => {
    if (typed === null || channelId === null) return [];
    const list = (found ?? guess(channelId, typed)).slice(0, SHOWN_MAX).map((user): Suggestion => ({ user, name: user.shownName, text: user.shownName }));
    if (EVERYBODY.startsWith(typed.toLocaleLowerCase()) && total > 1) list.push({ user: null, name: 'All orchestrators', text: EVERYBODY });
    return list;
  }, [typed, channelId, found, total]);
}
