/** Names after an @: whom a text addresses, and what completes what is being typed. */
import type { WireMessage, WireUser } from '../app/wire.js';
import { known, namesChanged, people } from './known.js';

const WORDS_MAX = 4;
const NAME_MAX = 120;
const WORD = /[\p{L}\p{N}_.'’-]+/gu;
export const EVERYBODY = 'orchestrator';

/** By each lower-case name that follows an @; made when it is needed. */
let names: ReadonlyMap<string, string> = new Map();
let namesAt = -1;

function slug(name: string): string {
  return name.toLocaleLowerCase().normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
}

function namesOf(user: WireUser): string[] {
  const all = [user.shownName, user.name ?? '', user.displayName ?? '', user.email.split('@')[0] ?? '', slug(user.shownName)];
  const firsts = [user.shownName.split(/\s+/)[0] ?? '', user.name?.split(/\s+/)[0] ?? ''];
  return [...all, ...firsts].filter(Boolean).map((each) => each.toLocaleLowerCase());
}

function userNamed(name: string): string | undefined {
  if (namesAt !== namesChanged.get()) {
    const next = new Map<string, string>();
    for (const user of people.get().values()) for (const each of namesOf(user)) if (!next.has(each)) next.set(each, user.id);
    names = next;
    namesAt = namesChanged.get();
  }
  return names.get(name);
}

export interface Piece {
  text: string;
  /** It names this user; '' names all orchestrators; undefined: plain text. */
  userId?: string;
}

/** Where an @ may stand before a name. */
function* marks(text: string): Generator<number> {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}_.@/-]/u.test(text[at - 1] as string)) yield at;
  }
}

/** Cuts a text at the names that it mentions; the longest name wins. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const at of marks(text)) {
    const named = at < from ? null : longestName(text.slice(at + 1, at + 1 + NAME_MAX));
    if (!named) continue;
    if (at > from) found.push({ text: text.slice(from, at) });
    found.push({ text: text.slice(at, at + 1 + named.length), userId: named.userId });
    from = at + 1 + named.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** What stands behind each @ that may name somebody who is not known, as far as a name may go. */
export function unknownMentions(text: string): string[] {
  const found: string[] = [];
  for (const at of marks(text)) {
    const rest = text.slice(at + 1, at + 1 + NAME_MAX);
    const words = [...rest.matchAll(WORD)].slice(0, WORDS_MAX);
    const last = words[words.length - 1];
    if (!last || words[0]?.index !== 0) continue;
    const named = longestName(rest);
    const whole = named && known(named.userId)?.shownName.length === named.length; // and not the first name of somebody else
    if (!whole && named?.userId !== '') found.push(rest.slice(0, (last.index as number) + last[0].length));
  }
  return found;
}

function longestName(rest: string): { length: number; userId: string } | null {
  const words = [...rest.matchAll(WORD)].slice(0, WORDS_MAX);
  for (let count = words.length; count > 0; count--) {
    const last = words[count - 1] as RegExpMatchArray;
    const name = rest.slice(0, (last.index as number) + last[0].length);
    for (const tried of [name, name.replace(/[.'’-]+$/, '')]) {
      const lower = tried.toLocaleLowerCase();
      if (lower === EVERYBODY) return { length: tried.length, userId: '' };
      const userId = userNamed(lower);
      if (userId && words[0]?.index === 0) return { length: tried.length, userId };
    }
  }
  return null;
}

/** Whether it names this user. */
export function addresses({ content }: Pick<WireMessage, 'content'>, user: WireUser | null): boolean {
  return user !== null && content.includes('@') && pieces(content).some((piece) => piece.userId === user.id);
}

/** Those of whom a name begins so, orchestrators first. */
export function beginningWith(typed: string, users: readonly WireUser[]): WireUser[] {
  const wanted = typed.toLocaleLowerCase();
  const rank = (user: WireUser): number => {
    const name = user.shownName.toLocaleLowerCase();
    if (name.startsWith(wanted)) return 0;
    if (name.split(/\s+/).some((word) => word.startsWith(wanted))) return 1;
    return namesOf(user).some((each) => each.startsWith(wanted)) ? 2 : -1;
  };
  return users.map((user) => ({ user, at: rank(user) })).filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || Number(b.user.isOrchestrator) - Number(a.user.isOrchestrator) || a.user.shownName.localeCompare(b.user.shownName))
    .map(({ user }) => user);
}
