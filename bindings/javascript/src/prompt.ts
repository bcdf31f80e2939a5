/** A charter as the core words it: for a language model, outside the work hours, and without any model. */
import { FORMALITIES, readCapabilities, RESPONSE_LENGTHS, TECHNICAL_LEVELS } from './charter.js';
import type { Core } from './core/core.js';
import type { OrchestratorCharter, OrchestratorWithUser } from './types.js';

declare const ORCHD_BROWSER: boolean;

/** Where a question was asked. */
export interface Place {
  readonly channel: string;
  readonly direct: boolean;
  readonly thread: boolean;
}

const enum FIELD {
  NAME = 0, ROLE = 1, DISCIPLINE = 2, ORGANIZATION = 3, SYSTEM_PROMPT = 4, TONE = 5, DECISION_STYLE = 6, BACKGROUND = 7,
  INTERACTION_STYLE = 8, OFFLINE_MESSAGE = 9,
}
const enum LIST {
  CAPABILITIES = 0, TRAITS = 1, EXPERTISE = 2, LANGUAGES = 3, PREFERRED_CHANNELS = 4, ESCALATE_TO = 5, TRIGGERS = 6,
}

function check(core: Core, error: number): void {
  if (error < 0) throw new RangeError(core.errorText(error));
}

function text(core: Core, field: number, value: string | null | undefined): void {
  if (value) check(core, core.wasm.charter_text(field, core.putOne(value)));
}

function list(core: Core, field: number, values: readonly string[] | undefined): void {
  for (const value of values ?? []) check(core, core.wasm.charter_list_add(field, core.putOne(value)));
}

/** How people see it. */
export function shownName(orchestrator: OrchestratorWithUser): string {
  return orchestrator.user.displayName || orchestrator.user.name || orchestrator.user.email;
}

/** Hands the charter to the core; the next call words it. */
function load(core: Core, orchestrator: OrchestratorWithUser, charter: OrchestratorCharter): void {
  const { personality, communication, operational } = charter;
  core.wasm.charter_reset();
  text(core, FIELD.NAME, shownName(orchestrator));
  text(core, FIELD.ROLE, orchestrator.role);
  text(core, FIELD.DISCIPLINE, orchestrator.discipline);
  text(core, FIELD.ORGANIZATION, orchestrator.organization?.name);
  text(core, FIELD.SYSTEM_PROMPT, charter.systemPrompt);
  text(core, FIELD.TONE, personality?.tone);
  text(core, FIELD.DECISION_STYLE, personality?.decisionStyle);
  text(core, FIELD.BACKGROUND, personality?.background);
  text(core, FIELD.INTERACTION_STYLE, personality?.interactionStyle);
  text(core, FIELD.OFFLINE_MESSAGE, operational?.offlineMessage);
  list(core, LIST.CAPABILITIES, readCapabilities(orchestrator.capabilities));
  list(core, LIST.TRAITS, personality?.traits);
  list(core, LIST.EXPERTISE, charter.expertise);
  list(core, LIST.LANGUAGES, communication?.languages);
  list(core, LIST.PREFERRED_CHANNELS, communication?.preferredChannels);
  list(core, LIST.ESCALATE_TO, operational?.escalation?.escalateTo);
  list(core, LIST.TRIGGERS, operational?.escalation?.triggers);
  check(core, core.wasm.charter_style(
    position(RESPONSE_LENGTHS, communication?.responseLength),
    position(TECHNICAL_LEVELS, communication?.technicalLevel),
    position(FORMALITIES, communication?.formality),
    operational?.targetResponseTimeSeconds ?? 0,
    operational?.escalation?.enabled ? 1 : 0,
  ));
}

/** 0: not given. */
function position(words: readonly string[], value: string | null | undefined): number {
  return value ? words.indexOf(value) + 1 : 0;
}

export function systemPrompt(core: Core, orchestrator: OrchestratorWithUser, charter: OrchestratorCharter, place: Place): string {
  load(core, orchestrator, charter);
  return core.answer(core.wasm.prompt_system(core.putOne(place.direct ? '' : place.channel), place.direct ? 1 : 0, place.thread ? 1 : 0));
}

/** What is said outside the work hours. */
export function offlineText(core: Core, orchestrator: OrchestratorWithUser, charter: OrchestratorCharter): string {
  load(core, orchestrator, charter);
  return core.answer(core.wasm.prompt_offline());
}

/** What is said where no rule fits and no language model is configured. */
export function noModelText(core: Core, orchestrator: OrchestratorWithUser, charter: OrchestratorCharter): string {
  load(core, orchestrator, charter);
  return `${core.answer(core.wasm.prompt_no_model())} To give me a model, pass generateResponse${
    ORCHD_BROWSER ? '' : ', or set ORCHD_URL, or ANTHROPIC_API_KEY where @anthropic-ai/sdk is installed'}.`;
}
