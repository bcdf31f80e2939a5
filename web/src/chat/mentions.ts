/** Names after an @: whom a text addresses, and what completes what is being typed. */
import type { WireMessage, WireUser } from '../app/wire.js';
import { Store } from '../app/store.js';
import { people } from './workspace.js';

const WORDS_MAX = 4;
export const EVERYBODY = 'orchestrator';

/** By each lower-case name that follows an @. */
let names: ReadonlyMap<string, string> = new Map();
export const namesChanged = new Store(0);

function slug(name: string): string {
  return name.toLocaleLowerCase().normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
}

function namesOf(user: WireUser): string[] {
  const all = [user.shownName, user.name ?? '', user.displayName ?? '', user.email.split('@')[0] ?? '', slug(user.shownName)];
  const firsts = [user.shownName.split(/\s+/)[0] ?? '', user.name?.split(/\s+/)[0] ?? ''];
  return [...all, ...firsts].filter(Boolean).map((each) => each.toLocaleLowerCase());
}

people.watch(() => {
  const next = new Map<string, string>();
  for (const user of people.get().values()) for (const name of namesOf(user)) if (!next.has(name)) next.set(name, user.id);
  names = next;
  namesChanged.set((count) => count + 1);
});

export interface Piece {
  text: string;
  /** It names this user; '' names all orchestrators; undefined: plain text. */
  userId?: string;
}

/** Cuts a text at the names that it mentions; the longest name wins. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at > 0 && /[\p{L}\p{N}_.@/-]/u.test(text[at - 1] as string)) continue;
    const named = longestName(text.slice(at + 1, at + 121));
    if (!named) continue;
    if (at > from) found.push({ text: text.slice(from, at) });
    found.push({ text: text.slice(at, at + 1 + named.length), userId: named.userId });
    from = at + 1 + named.length;
    at = from - 1;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

function longestName(rest: string): { length: number; userId: string } | null {
  const words = [...rest.matchAll(/[\p{L}\p{N}_.'’-]+/gu)].slice(0, WORDS_MAX);
  for (let count = words.length; count > 0; count--) {
    const last = words[count - 1] as RegExpMatchArray;
    const name = rest.slice(0, (last.index as number) + last[0].length);
    for (const tried of [name, name.replace(/[.'’-]+$/, '')]) {
      const lower = tried.toLocaleLowerCase();
      if (lower === EVERYBODY) return { length: tried.length, userId: '' };
      const userId = names.get(lower);
      if (userId && words[0]?.index === 0) return { length: tried.length, userId };
    }
  }
  return null;
}

/** Whether it names this user. */
export function addresses({ content }: Pick<WireMessage, 'content'>, user: WireUser | null): boolean {
  return user !== null && content.includes('@') && pieces(content).some((piece) => piece.userId === user.id);
}

export interface Suggestion {
  user: WireUser | null;
  name: string;
  /** What is put behind the @. */
  text: string;
}

/** The people that begin so, orchestrators first. */
export function suggestions(typed: string, members: readonly WireUser[], max = 8): Suggestion[] {
  const wanted = typed.toLocaleLowerCase();
  const rank = (user: WireUser): number => {
    const name = user.shownName.toLocaleLowerCase();
    if (name.startsWith(wanted)) return 0;
    if (name.split(/\s+/).some((word) => word.startsWith(wanted))) return 1;
    return namesOf(user).some((each) => each.startsWith(wanted)) ? 2 : -1;
  };
  const found = members.map((user) => ({ user, at: rank(user) })).filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || Number(b.user.isOrchestrator) - Number(a.user.isOrchestrator) || a.user.shownName.localeCompare(b.user.shownName))
    .slice(0, max).map(({ user }): Suggestion => ({ user, name: user.shownName, text: user.shownName }));
  if (EVERYBODY.startsWith(wanted) && members.filter((user) => user.isOrchestrator).length > 1) found.push({ user: null, name: 'All orchestrators', text: EVERYBODY });
  return found;
}
