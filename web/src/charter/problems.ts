/** What can be told of a charter at once, while somebody types. The server's `charter.check` has the last word: it knows the
 * same limits, and the time zones and regular expressions that it can read. */
import { getAt, isRegex, LIMITS, rulesOf, stepsOf, type Charter, type Json, type Path, type Problem } from './charter.js';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

const TEXTS: { [path: Path]: number } = {
  systemPrompt: LIMITS.systemPrompt,
  'personality.tone': LIMITS.text,
  'personality.decisionStyle': LIMITS.text,
  'personality.background': LIMITS.text,
  'personality.interactionStyle': LIMITS.text,
  'operational.offlineMessage': LIMITS.text,
};

const LISTS: Path[] = [
  'personality.traits', 'expertise', 'communication.languages', 'communication.preferredChannels',
  'operational.escalation.escalateTo', 'operational.escalation.triggers',
];

const NUMBERS: { [path: Path]: number } = {
  'operational.targetResponseTimeSeconds': LIMITS.responseSeconds,
  'operational.maxConcurrentConversations': LIMITS.conversations,
};

export function problemsOf(charter: Charter): Problem[] {
  return [...textProblems(charter), ...listProblems(charter), ...numberProblems(charter), ...hourProblems(charter), ...ruleProblems(charter)];
}

function textProblems(charter: Charter): Problem[] {
  return Object.entries(TEXTS).flatMap(([field, max]) => {
    const value = getAt(charter, field);
    const size = typeof value === 'string' ? bytes(value) : 0;
    return size > max ? [{ field, message: `This has ${size.toLocaleString()} bytes; at most ${max.toLocaleString()} are allowed.` }] : [];
  });
}

function listProblems(charter: Charter): Problem[] {
  return LISTS.flatMap((field) => {
    const value = getAt(charter, field);
    const count = Array.isArray(value) ? value.length : 0;
    return count > LIMITS.list ? [{ field, message: `These are ${count} entries; at most ${LIMITS.list} are allowed.` }] : [];
  });
}

function numberProblems(charter: Charter): Problem[] {
  return Object.entries(NUMBERS).flatMap(([field, max]) => {
    const value = getAt(charter, field);
    if (value === undefined || value === null) return [];
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
    return fits ? [] : [{ field, message: `A whole number from 1 to ${max.toLocaleString()}, please.` }];
  });
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

function hourProblems(charter: Charter): Problem[] {
  const schedule = getAt(charter, 'operational.workHours.schedule');
  if (typeof schedule !== 'object' || schedule === null || Array.isArray(schedule)) return [];
  if (getAt(charter, 'operational.workHours.always24x7') === true) return [];
  const problems: Problem[] = [];
  for (const [weekday, day] of Object.entries(schedule)) {
    if (day === null) continue;
    const { start, end } = day as { start?: Json; end?: Json };
    const field = `operational.workHours.schedule.${weekday}`;
    if (!TIME.test(String(start))) problems.push({ field, message: 'When does the day begin? A time like 09:00.' });
    else if (!TIME.test(String(end)) && end !== '24:00') problems.push({ field, message: 'When does the day end? A time like 17:30, or 24:00.' });
    else if (start === end) problems.push({ field, message: 'The day begins and ends at the same time.' });
  }
  return problems;
}

function ruleProblems(charter: Charter): Problem[] {
  return rulesOf(charter).flatMap((rule, index) => {
    const found: Problem[] = [];
    if (rule.match.trim() === '') found.push({ field: `rules[${index}].match`, message: 'Words that a message must have, or a /regular expression/.' });
    else if (bytes(rule.match) > LIMITS.match) found.push({ field: `rules[${index}].match`, message: `At most ${LIMITS.match} bytes are allowed.` });
    else if (isRegex(rule.match)) found.push(...regexProblems(rule.match, `rules[${index}].match`));
    if (rule.reply.trim() === '') found.push({ field: `rules[${index}].reply`, message: 'What is to be answered?' });
    else if (bytes(rule.reply) > LIMITS.reply) found.push({ field: `rules[${index}].reply`, message: `At most ${LIMITS.reply.toLocaleString()} bytes are allowed.` });
    return found;
  });
}

function regexProblems(match: string, field: Path): Problem[] {
  const flags = match.slice(match.lastIndexOf('/') + 1);
  const wrong = [...flags].find((flag) => !'imsu'.includes(flag));
  return wrong ? [{ field, message: `The flag “${wrong}” is not known; i, m, s and u are.` }] : [];
}

/** The server's problems first; ours for fields that it did not name. It stops at its first, we do not. */
export function merged(server: Problem[], ours: Problem[]): Problem[] {
  const named = new Set(server.map(({ field }) => field));
  return [...server, ...ours.filter(({ field }) => !named.has(field))];
}

/** The problem of a field or of anything inside it. */
export function problemAt(problems: Problem[], path: Path): string | undefined {
  const steps = stepsOf(path);
  return problems.find(({ field }) => {
    const named = stepsOf(field);
    return steps.every((step, index) => String(named[index]) === String(step));
  })?.message;
}
