/** Reading a charter. Every field is optional; what is there must be right, and an error names its path. */
import type { OrchestratorCharter, OrchestratorWithUser } from './types.js';

const TEXT_MAX = 32768;
const FIELD_MAX = 4096;
const LIST_MAX = 32;
const RULES_MAX = 256;

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

const encoder = new TextEncoder();

function refuse(path: string, value: unknown, allowed: string): never {
  const shown = value === undefined ? 'missing' : JSON.stringify(value)?.slice(0, 60) ?? String(value);
  throw new TypeError(`charter: ${path} is ${shown}; ${allowed} is allowed`);
}

function given(fields: Fields, key: string): unknown {
  return fields[key] === null ? undefined : fields[key];
}

function text(path: string, value: unknown, max = FIELD_MAX): void {
  if (value === undefined) return;
  if (typeof value !== 'string') refuse(path, value, 'a text');
  const bytes = value.length * 3 <= max ? 0 : encoder.encode(value).length;
  if (bytes > max) throw new TypeError(`charter: ${path} has ${bytes} bytes; at most ${max} are allowed`);
}

function list(path: string, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) refuse(path, value, 'a list of texts');
  if (value.length > LIST_MAX) throw new TypeError(`charter: ${path} has ${value.length} entries; at most ${LIST_MAX} are allowed`);
  value.forEach((item, index) => {
    if (typeof item !== 'string') refuse(`${path}[${index}]`, item, 'a text');
    text(`${path}[${index}]`, item);
  });
}

function word(path: string, value: unknown, words: readonly string[]): void {
  if (value !== undefined && !(words as readonly unknown[]).includes(value)) {
    refuse(path, value, `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`);
  }
}

function flag(path: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') refuse(path, value, 'true or false');
}

function whole(path: string, value: unknown, max: number): void {
  if (value !== undefined && !(Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max)) {
    refuse(path, value, `a whole number from 1 to ${max}`);
  }
}

function enter(path: string, value: unknown): Fields {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, value, 'an object');
  return value as Fields;
}

function minute(path: string, value: unknown, end: boolean): number {
  const match = typeof value === 'string' ? /^(\d\d):(\d\d)$/.exec(value) : null;
  const hours = Number(match?.[1]);
  const minutes = Number(match?.[2]);
  if (match && minutes < 60 && (hours < 24 || (end && hours === 24 && minutes === 0))) return hours * 60 + minutes;
  return refuse(path, value, end ? 'a time from 00:00 to 24:00' : 'a time from 00:00 to 23:59');
}

function timezone(path: string, value: unknown): string {
  if (value === undefined) return 'UTC';
  if (typeof value === 'string') {
    try {
      new Intl.DateTimeFormat('en', { timeZone: value });
      return value;
    } catch {
      // told below
    }
  }
  return refuse(path, value, 'the name of a time zone like Europe/Berlin');
}

function readHours(work: Fields): WorkHours | null {
  const path = 'operational.workHours';
  const zone = timezone(`${path}.timezone`, given(work, 'timezone'));
  const schedule = given(work, 'schedule');
  const days: Array<{ start: number; end: number } | null> = [null, null, null, null, null, null, null];
  for (const [day, value] of Object.entries(enter(`${path}.schedule`, schedule))) {
    const at = `${path}.schedule.${day}`;
    if (!/^[0-6]$/.test(day)) throw new TypeError(`charter: ${at} is no day; 0 (Sunday) to 6 (Saturday) are allowed`);
    if (value === null) continue;
    const { start, end } = enter(at, value);
    days[Number(day)] = { start: minute(`${at}.start`, start, false), end: minute(`${at}.end`, end, true) };
  }
  const always = given(work, 'always24x7');
  flag(`${path}.always24x7`, always);
  return schedule === undefined || always === true ? null : { timezone: zone, days };
}

function checkPersonality(charter: Fields): void {
  const at = enter('personality', given(charter, 'personality'));
  for (const key of ['tone', 'decisionStyle', 'background', 'interactionStyle']) text(`personality.${key}`, given(at, key));
  list('personality.traits', given(at, 'traits'));
}

function checkCommunication(charter: Fields): void {
  const at = enter('communication', given(charter, 'communication'));
  word('communication.responseLength', given(at, 'responseLength'), RESPONSE_LENGTHS);
  word('communication.technicalLevel', given(at, 'technicalLevel'), TECHNICAL_LEVELS);
  word('communication.formality', given(at, 'formality'), FORMALITIES);
  list('communication.languages', given(at, 'languages'));
  list('communication.preferredChannels', given(at, 'preferredChannels'));
}

function checkOperational(at: Fields): void {
  whole('operational.targetResponseTimeSeconds', given(at, 'targetResponseTimeSeconds'), 86400);
  whole('operational.maxConcurrentConversations', given(at, 'maxConcurrentConversations'), 100000);
  text('operational.offlineMessage', given(at, 'offlineMessage'));
  const escalation = enter('operational.escalation', given(at, 'escalation'));
  flag('operational.escalation.enabled', given(escalation, 'enabled'));
  list('operational.escalation.escalateTo', given(escalation, 'escalateTo'));
  list('operational.escalation.triggers', given(escalation, 'triggers'));
}

function checkRules(value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) refuse('rules', value, 'a list of {match, reply, actions?}');
  if (value.length > RULES_MAX) throw new TypeError(`charter: rules has ${value.length} entries; at most ${RULES_MAX} are allowed`);
  value.forEach((rule: unknown, index) => {
    const { match, reply, actions } = enter(`rules[${index}]`, rule);
    if (typeof match !== 'string' || match === '') refuse(`rules[${index}].match`, match, 'words or a /regex/');
    if (typeof reply !== 'string' || reply === '') refuse(`rules[${index}].reply`, reply, 'a text');
    if (actions !== undefined && actions !== null && !Array.isArray(actions)) refuse(`rules[${index}].actions`, actions, 'a list of actions');
  });
}

/** The allowed words, in the order of the core's enumerations (which begin at 1). */
export const RESPONSE_LENGTHS = ['concise', 'moderate', 'detailed'] as const;
export const TECHNICAL_LEVELS = ['basic', 'intermediate', 'advanced', 'expert'] as const;
export const FORMALITIES = ['casual', 'professional', 'formal'] as const;

/** The charter at `orchestratorConfig.charter`; `orchestratorConfig` may also be JSON text. Throws a TypeError with the path. */
export function readCharter(orchestrator: OrchestratorWithUser): CharterDocument {
  let config: unknown = orchestrator.user.orchestratorConfig ?? undefined;
  if (typeof config === 'string') config = config === '' ? undefined : (JSON.parse(config) as unknown);
  const charter = enter('', given(enter('orchestratorConfig', config), 'charter'));
  text('systemPrompt', given(charter, 'systemPrompt'), TEXT_MAX);
  checkPersonality(charter);
  list('expertise', given(charter, 'expertise'));
  checkCommunication(charter);
  const operational = enter('operational', given(charter, 'operational'));
  checkOperational(operational);
  checkRules(given(charter, 'rules'));
  return {
    charter: charter as OrchestratorCharter,
    hours: readHours(enter('operational.workHours', given(operational, 'workHours'))),
    maxConcurrentConversations: given(operational, 'maxConcurrentConversations') as number | undefined,
  };
}

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
  if (Array.isArray(value)) return value.filter((name): name is string => typeof name === 'string').slice(0, LIST_MAX);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).filter(([, has]) => has === true).map(([name]) => name).slice(0, LIST_MAX);
}
