/** Reading a charter. Every field is optional; what is there must be right, and an error names its path. */
import type { OrchestratorCharter, OrchestratorWithUser } from './types.js';

const enum MAX { TEXT = 32768, FIELD = 4096, LIST = 32, RULES = 256 }

/** A charter's work hours in the core's terms; null: always at work. */
export interface WorkHours {
  readonly timezone: string;
  /** Minutes; 0 is Sunday; null is closed. */
  readonly days: ReadonlyArray<{ start: number; end: number } | null>;
}

/** What the module reads of an orchestrator beside its names. */
export interface CharterDocument {
  readonly charter: OrchestratorCharter;
  readonly hours: WorkHours | null;
  /** undefined: the daemon's own setting holds. */
  readonly maxConcurrentConversations: number | undefined;
}

type Fields = { readonly [key: string]: unknown };

function refuse(path: string, value: unknown, allowed: string): never {
  const shown = value === undefined ? 'missing' : JSON.stringify(value)?.slice(0, 60) ?? String(value);
  throw new TypeError(`charter: ${path} is ${shown}; ${allowed} is allowed`);
}

function given(fields: Fields, key: string): unknown {
  return fields[key] === null ? undefined : fields[key];
}

/** What a field may be, if it is there; throws what is wrong. */
type Check = (path: string, value: unknown) => void;
interface Shape { readonly [key: string]: Check | Shape }

const textOf = (max: number): Check => (path, value) => {
  if (typeof value !== 'string') refuse(path, value, 'a text');
  const bytes = value.length * 3 <= max ? 0 : new TextEncoder().encode(value).length;
  if (bytes > max) throw new TypeError(`charter: ${path} has ${bytes} bytes; at most ${max} are allowed`);
};
const text = textOf(MAX.FIELD);

function array(path: string, value: unknown, max: number, what: string): unknown[] {
  if (!Array.isArray(value)) refuse(path, value, `a list of ${what}`);
  if (value.length > max) throw new TypeError(`charter: ${path} has ${value.length} entries; at most ${max} are allowed`);
  return value;
}

const list: Check = (path, value) => array(path, value, MAX.LIST, 'texts').forEach((item, index) => text(`${path}[${index}]`, item));

const word = (words: readonly string[]): Check => (path, value) => {
  if (!(words as readonly unknown[]).includes(value)) refuse(path, value, `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`);
};

const flag: Check = (path, value) => {
  if (typeof value !== 'boolean') refuse(path, value, 'true or false');
};

const whole = (max: number): Check => (path, value) => {
  if (!(Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max)) refuse(path, value, `a whole number from 1 to ${max}`);
};

const timezone: Check = (path, value) => {
  try {
    if (typeof value === 'string') {
      new Intl.DateTimeFormat('en', { timeZone: value });
      return;
    }
  } catch {
    // told below
  }
  refuse(path, value, 'the name of a time zone like Europe/Berlin');
};

const rules: Check = (path, value) => array(path, value, MAX.RULES, '{match, reply, actions?}').forEach((rule, index) => {
  const at = `${path}[${index}]`;
  const { match, reply, actions } = enter(at, rule);
  if (typeof match !== 'string' || match === '') refuse(`${at}.match`, match, 'words or a /regex/');
  if (typeof reply !== 'string' || reply === '') refuse(`${at}.reply`, reply, 'a text');
  if (actions !== undefined && actions !== null && !Array.isArray(actions)) refuse(`${at}.actions`, actions, 'a list of actions');
});

function enter(path: string, value: unknown): Fields {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, value, 'an object');
  return value as Fields;
}

/** The allowed words, in the order of the core's enumerations (which begin at 1). */
export const RESPONSE_LENGTHS = ['concise', 'moderate', 'detailed'] as const;
export const TECHNICAL_LEVELS = ['basic', 'intermediate', 'advanced', 'expert'] as const;
export const FORMALITIES = ['casual', 'professional', 'formal'] as const;

const CHARTER: Shape = {
  systemPrompt: textOf(MAX.TEXT),
  personality: { tone: text, decisionStyle: text, background: text, interactionStyle: text, traits: list },
  expertise: list,
  communication: {
    responseLength: word(RESPONSE_LENGTHS), technicalLevel: word(TECHNICAL_LEVELS), formality: word(FORMALITIES), languages: list,
    preferredChannels: list,
  },
  operational: {
    targetResponseTimeSeconds: whole(86400), maxConcurrentConversations: whole(100000), offlineMessage: text,
    escalation: { enabled: flag, escalateTo: list, triggers: list },
    workHours: { timezone, always24x7: flag },
  },
  rules,
};

function checkShape(shape: Shape, path: string, value: unknown): void {
  const fields = enter(path, value);
  for (const [key, check] of Object.entries(shape)) {
    const at = path ? `${path}.${key}` : key;
    const field = given(fields, key);
    if (typeof check !== 'function') checkShape(check, at, field);
    else if (field !== undefined) check(at, field);
  }
}

function minute(path: string, value: unknown, end: boolean): number {
  const match = typeof value === 'string' ? /^(\d\d):(\d\d)$/.exec(value) : null;
  const hours = Number(match?.[1]);
  const minutes = Number(match?.[2]);
  if (match && minutes < 60 && (hours < 24 || (end && hours === 24 && minutes === 0))) return hours * 60 + minutes;
  return refuse(path, value, end ? 'a time from 00:00 to 24:00' : 'a time from 00:00 to 23:59');
}

function readHours(work: Fields): WorkHours | null {
  const schedule = given(work, 'schedule');
  const days: Array<{ start: number; end: number } | null> = [null, null, null, null, null, null, null];
  for (const [day, value] of Object.entries(enter('operational.workHours.schedule', schedule))) {
    const at = `operational.workHours.schedule.${day}`;
    if (!/^[0-6]$/.test(day)) throw new TypeError(`charter: ${at} is no day; 0 (Sunday) to 6 (Saturday) are allowed`);
    if (value === null) continue;
    const { start, end } = enter(at, value);
    days[Number(day)] = { start: minute(`${at}.start`, start, false), end: minute(`${at}.end`, end, true) };
  }
  return schedule === undefined || work.always24x7 === true ? null : { timezone: given(work, 'timezone') as string ?? 'UTC', days };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return refuse('orchestratorConfig', text, 'JSON');
  }
}

/** The charter at `orchestratorConfig.charter`; `orchestratorConfig` may also be JSON text. Throws a TypeError with the path. */
export function readCharter(orchestrator: OrchestratorWithUser): CharterDocument {
  let config: unknown = orchestrator.user.orchestratorConfig ?? undefined;
  if (config === undefined) return PLAIN;
  if (typeof config === 'string') config = config === '' ? undefined : parse(config);
  const charter = enter('', given(enter('orchestratorConfig', config), 'charter'));
  checkShape(CHARTER, '', charter);
  const operational = enter('', given(charter, 'operational'));
  return {
    charter: charter as OrchestratorCharter,
    hours: readHours(enter('', given(operational, 'workHours'))),
    maxConcurrentConversations: given(operational, 'maxConcurrentConversations') as number | undefined,
  };
}

/** Of all who have no charter. */
const PLAIN: CharterDocument = Object.freeze({ charter: Object.freeze({}), hours: null, maxConcurrentConversations: undefined });

/** The names among `capabilities`: an array of names, or an object whose true members count; JSON text of either. */
export function readCapabilities(capabilities: unknown): string[] {
  let value = capabilities;
  if (typeof value === 'string') {
    try {
      value = JSON.parse(value) as unknown;
    } catch {
      return [];
    }
  }
  if (Array.isArray(value)) return value.filter((name): name is string => typeof name === 'string').slice(0, MAX.LIST);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).filter(([, has]) => has === true).map(([name]) => name).slice(0, MAX.LIST);
}
