/** Who is in a channel, as far as it is shown: its first orchestrators, and lists of people that are searched. */
import { useEffect, useState } from 'react';
import { call, useConnection } from '../app/connection.js';
import { Store, useStore } from '../app/store.js';
import type { WireUser } from '../app/wire.js';
import { meet, people } from './known.js';
import { beginningWith } from './mentions.js';
import { channels } from './workspace.js';

const ORCHESTRATORS_SHOWN = 3;
const FOUND_MAX = 60;
const WAIT_MS = 120;

export interface Found {
  users: readonly WireUser[];
  /** How many there are, shown or not. */
  total: number;
  /** What they were searched by. */
  query?: string;
}

const NOBODY: Found = { users: [], total: 0 };

/** By channel. */
const orchestrators = new Store<ReadonlyMap<string, Found>>(new Map());

export function useOrchestratorsHere(channelId: string | null): Found {
  const here = useStore(orchestrators, (map) => map.get(channelId ?? ''));
  const memberCount = useStore(channels, ({ list }) => list.find(({ id }) => id === channelId)?.memberCount);
  const online = useConnection((state) => state.phase === 'online');
  useEffect(() => {
    if (!online || channelId === null) return;
    call<{ members: WireUser[]; total: number }>('channel.members', { channelId, kind: 'orchestrator', limit: ORCHESTRATORS_SHOWN }).then(({ members, total }) => {
      meet(members);
      orchestrators.set((map) => new Map(map).set(channelId, { users: members, total }));
    }, () => {}); // asked again with the next connection
  }, [channelId, memberCount, online]);
  return here ?? NOBODY;
}

/** Those that fit what is typed, as the server lists them; without it, those of them that are known. null: not yet. Another `round` asks
 * anew. */
export function useFound(method: 'user.list' | 'channel.members', parameters: { [name: string]: string | number | boolean }, query: string, round = 0): Found | null {
  const [found, setFound] = useState<Found | null>(null);
  const online = useConnection((state) => state.phase === 'online');
  const asked = JSON.stringify({ limit: FOUND_MAX, ...parameters, query: query.trim() });
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(() => {
      call<{ users?: WireUser[]; members?: WireUser[]; total: number }>(method, JSON.parse(asked) as object).then(({ users, members, total }) => {
        const list = users ?? members ?? [];
        meet(list);
        if (!gone) setFound({ users: list, total, query });
      }, () => {
        const list = beginningWith(query.trim(), [...people.get().values()]);
        if (!gone) setFound({ users: list.slice(0, FOUND_MAX), total: list.length, query });
      });
    }, found ? WAIT_MS : 0);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [method, asked, round, online]);
  return found;
}
