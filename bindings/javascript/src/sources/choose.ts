/** Where built-in replies come from: a server (ORCHD_URL), else the official Anthropic SDK where it is installed and a key is set,
 * else the charter's rules. */
import { VERDICT } from '../core/exports.js';
import type { AnswerContext } from '../embedded/context.js';
import { read } from '../environment.js';
import type { OrchestratorAction } from '../types.js';
import { answerByAnthropic } from './anthropic.js';
import { answerByRules } from './rules.js';
import { answerByServer } from './server.js';

/** Of the build: a browser can neither find an optional package nor keep a key. */
declare const ORCHD_BROWSER: boolean;

export interface Answer {
  readonly content: string;
  readonly metadata?: Record<string, unknown>;
  readonly actions?: readonly OrchestratorAction[];
}

export type Source = (context: AnswerContext) => Answer | Promise<Answer>;

/** A failure that says how to go on. */
export class SourceError extends Error {
  constructor(
    message: string,
    /** An orch_error. */
    readonly number: number,
    readonly verdict: number = VERDICT.RETRY,
    /** Milliseconds; 0: no hint. */
    readonly retryAfter = 0,
  ) {
    super(message);
    this.name = 'SourceError';
  }
}

export function chooseSource(): Source {
  const server = read(() => process.env.ORCHD_URL) ?? read(() => process.env.NEXT_PUBLIC_ORCHD_URL);
  if (server) return (context) => answerByServer(context, server);
  if (!ORCHD_BROWSER && read(() => process.env.ANTHROPIC_API_KEY)) return answerByAnthropic;
  return answerByRules;
}
