/** Who is shown and not known is asked for, everybody of a moment at once; whose presence is shown is followed, and nobody else's. */
import { useEffect } from 'react';
import { call, chosenTold, onConnected, onNotice, watchPresence } from '../app/connection.js';
import { currentUser, session } from '../app/session.js';
import { useStore } from '../app/store.js';
import type { Presence, WireMessage, WireUser } from '../app/wire.js';
import { keptPeople } from '../offline/cache.js';
import { everybodyKnown, forgetPeople, known, meet, nameOf, people } from './known.js';
import { unknownMentions } from './mentions.js';

/** Of one call: docs/reference/websocket.md, user.lookup. */
const IDS_A_CALL = 200;
const TEXTS_A_CALL = 20;
const TEXTS_ASKED_MAX = 5000;
/** A workspace with no more people is known as a whole. */
const EVERYBODY_MAX = 100;
const REACTIONS_NAMED = 20;

/** By the id of a user, or of an orchestrator. */
export function usePerson(id: string | null | undefined): WireUser | undefined {
  const person = useStore(people, () => (id ? known(id) : undefined));
  useEffect(() => {
    if (id && !person) lookUp(id);
  }, [id, person]);
  return person;
}

/** Several names in a row. */
export function useNames(ids: readonly string[]): string[] {
  useStore(people, () => ids.map(nameOf).join());
  const joined = ids.join();
  useEffect(() => joined.split(',').forEach((id) => lookUp(id)), [joined]);
  return ids.map(nameOf);
}

/* ---- who is not yet known ---- */

const wanted = new Set<string>();
/** Nobody has these ids. */
const nobody = new Set<string>();
const texts = new Set<string>();
const textsAsked = new Set<string>();
let asking: Promise<void> | null = null;

async function ask(): Promise<void> {
  await Promise.resolve(); // what else is wanted at this moment
  while (wanted.size > 0 || texts.size > 0) {
    const ids = [...wanted].slice(0, IDS_A_CALL);
    const mentions = [...texts].slice(0, TEXTS_A_CALL);
    for (const id of ids) wanted.delete(id);
    for (const text of mentions) texts.delete(text);
    const { users } = await call<{ users: WireUser[] }>('user.lookup', { ids, mentions });
    meet(users, (id) => watched.has(id));
    for (const id of ids) if (!known(id)) nobody.add(id);
  }
}

/** Asks for those that are wanted; the rest is asked for with the next connection. */
function askAll(): Promise<void> {
  if (wanted.size === 0 && texts.size === 0) return Promise.resolve();
  asking ??= ask().catch(() => {}).finally(() => {
    asking = null;
  });
  return asking;
}

function want(id: string | null | undefined): void {
  if (id && !known(id) && !nobody.has(id)) wanted.add(id);
}

export function lookUp(id: string | null): void {
  want(id);
  void askAll();
}

/** Whoever wrote these messages, answers or reacts to them, or is named by them. Ends when they are known, or cannot be. */
export function lookUpAll(messages: readonly WireMessage[]): Promise<void> {
  for (const { authorId, content, turns, reactions } of messages) {
    want(authorId);
    for (const { orchestratorId } of turns ?? []) want(orchestratorId);
    for (const { userIds } of reactions ?? []) userIds.slice(0, REACTIONS_NAMED).forEach(want);
    for (const text of everybodyKnown.get() ? [] : unknownMentions(content)) {
      if (textsAsked.has(text) || textsAsked.size >= TEXTS_ASKED_MAX) continue;
      textsAsked.add(text);
      texts.add(text);
    }
  }
  return askAll();
}

/* ---- who is here ---- */

/** Whose presence is shown, and how often. */
const watched = new Map<string, number>();
/** Those of them that nobody watched a moment ago. */
const unseen = new Set<string>();
let unwatch: (() => void) | null = null;
let rewatching = false;

function rewatch(): void {
  if (rewatching) return;
  rewatching = true;
  queueMicrotask(() => {
    rewatching = false;
    const before = unwatch;
    unwatch = watchPresence([...watched.keys()]);
    before?.();
    void chosenTold().then(refresh);
  });
}

/** What is known of whom nobody watched until now may be old. */
function refresh(): void {
  for (const id of unseen) if (watched.has(id)) wanted.add(id);
  unseen.clear();
  void askAll();
}

/** Somebody whose presence is shown and followed. */
export function usePresent(id: string | null | undefined): WireUser | undefined {
  const person = usePerson(id);
  const userId = person?.id;
  useEffect(() => {
    if (!userId) return undefined;
    if (!watched.has(userId)) unseen.add(userId);
    watched.set(userId, (watched.get(userId) ?? 0) + 1);
    rewatch();
    return () => {
      const left = (watched.get(userId) ?? 1) - 1;
      if (left > 0) watched.set(userId, left);
      else watched.delete(userId);
      rewatch();
    };
  }, [userId]);
  return person;
}

function setPresence({ userId, presence }: { userId: string; presence: Presence }): void {
  people.set((map) => {
    const user = map.get(userId);
    return !user || user.presence === presence ? map : new Map(map).set(userId, { ...user, presence });
  });
}

/* ---- start ---- */

async function meetEverybody(): Promise<void> {
  const { users, next } = await call<{ users: WireUser[]; next?: string }>('user.list', { limit: EVERYBODY_MAX });
  if (next === undefined || !everybodyKnown.get()) meet(users);
  everybodyKnown.set(next === undefined);
}

export function startPeople(): void {
  session.watch(() => {
    const user = currentUser();
    if (!user) {
      forgetPeople();
      for (const each of [wanted, nobody, texts, textsAsked]) each.clear();
    } else if (!people.get().has(user.id)) {
      meet([user]);
      void keptPeople(user.id).then((kept) => meet(kept.filter(({ id }) => !people.get().has(id))));
    }
  });
  onConnected(async () => {
    nobody.clear();
    for (const id of [...people.get().keys()].slice(-IDS_A_CALL).concat([...watched.keys()])) wanted.add(id); // they may be others by now
    await Promise.all([meetEverybody(), askAll()]);
  });
  onNotice('presence.changed', setPresence);
}
