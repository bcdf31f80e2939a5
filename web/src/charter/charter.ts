/** A charter as the editor holds it: the very JSON that the server keeps.
 *
 * The editor changes fields by their path ("communication.responseLength") and leaves everything else as it was, so that fields which
 * this page does not know survive an edit. The same paths name problems, the server's and ours.
 */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Charter = { [key: string]: Json };
export type Path = string;

/** The server's limits (include/orchd/prompt.h, src/model/rules.c). */
export const LIMITS = {
  systemPrompt: 32_768,
  text: 4096,
  list: 32,
  rules: 256,
  match: 1024,
  reply: 16_384,
  responseSeconds: 86_400,
  conversations: 100_000,
} as const;

export interface Rule {
  match: string;
  reply: string;
  [key: string]: Json;
}

export interface Day {
  start: string;
  end: string;
}

export interface Problem {
  field: Path;
  message: string;
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value);

/** "rules[2].match" → ["rules", 2, "match"] */
export function stepsOf(path: Path): Array<string | number> {
  return path.split(/[.[\]]+/).filter(Boolean).map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

export function getAt(charter: Charter, path: Path): Json | undefined {
  let at: Json | undefined = charter;
  for (const step of stepsOf(path)) {
    if (Array.isArray(at)) at = at[Number(step)];
    else if (isObject(at)) at = at[String(step)];
    else return undefined;
  }
  return at;
}

/** A copy with the value at the path; undefined takes the field away. Objects on the way are made. */
export function setAt(charter: Charter, path: Path, value: Json | undefined): Charter {
  return put(charter, stepsOf(path), value) as Charter;
}

function put(at: Json | undefined, steps: Array<string | number>, value: Json | undefined): Json | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (Array.isArray(at)) {
    const copy = [...at];
    const made = put(copy[Number(step)], rest, value);
    if (made === undefined) copy.splice(Number(step), 1);
    else copy[Number(step)] = made;
    return copy;
  }
  const copy: { [key: string]: Json } = isObject(at) ? { ...at } : {};
  const made = put(copy[String(step)], rest, value);
  if (made === undefined) delete copy[String(step)];
  else copy[String(step)] = made;
  return copy;
}

export function textAt(charter: Charter, path: Path): string {
  const value = getAt(charter, path);
  return typeof value === 'string' ? value : '';
}

export function listAt(charter: Charter, path: Path): string[] {
  const value = getAt(charter, path);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

export function flagAt(charter: Charter, path: Path): boolean {
  return getAt(charter, path) === true;
}

export function numberAt(charter: Charter, path: Path): number | null {
  const value = getAt(charter, path);
  return typeof value === 'number' ? value : null;
}

export function rulesOf(charter: Charter): Rule[] {
  const value = getAt(charter, 'rules');
  if (!Array.isArray(value)) return [];
  return value.map((rule) => (isObject(rule)
    ? { ...rule, match: typeof rule.match === 'string' ? rule.match : '', reply: typeof rule.reply === 'string' ? rule.reply : '' }
    : { match: '', reply: '' }));
}

/** The hours of a weekday, 0 is Sunday; null: closed. */
export function dayOf(charter: Charter, weekday: number): Day | null {
  const value = getAt(charter, `operational.workHours.schedule.${weekday}`);
  if (!isObject(value)) return null;
  return { start: typeof value.start === 'string' ? value.start : '', end: typeof value.end === 'string' ? value.end : '' };
}

/** What is stored: without empty texts, empty lists and objects that hold nothing. Lists keep their entries in order. */
export function tidy(charter: Charter): Charter {
  return (withoutEmpty(charter, '') ?? {}) as Charter;
}

function withoutEmpty(value: Json, path: Path): Json | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (Array.isArray(value)) {
    const kept = path === 'rules' ? value : value.filter((item) => typeof item !== 'string' || item.trim() !== '');
    return kept.length === 0 ? undefined : kept;
  }
  if (!isObject(value)) return value;
  // A schedule says by being there that there are work hours; a day that is null is closed.
  if (path === 'operational.workHours.schedule') return value;
  const kept = Object.entries(value)
    .map(([key, item]) => [key, withoutEmpty(item, path ? `${path}.${key}` : key)] as const)
    .filter((entry): entry is readonly [string, Json] => entry[1] !== undefined && entry[1] !== null);
  return kept.length === 0 && path !== '' ? undefined : Object.fromEntries(kept);
}

/** Whether two charters say the same; the order of their fields does not matter. */
export function same(one: Json, other: Json): boolean {
  return ordered(one) === ordered(other);
}

function ordered(value: Json): string {
  return JSON.stringify(value, (_key, item: Json) => (isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item));
}

/** "/pattern/flags": a regular expression; else words. */
export function isRegex(match: string): boolean {
  return match.length >= 3 && match.startsWith('/') && match.lastIndexOf('/') > 1;
}
