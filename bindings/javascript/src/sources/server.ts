/** Replies from a server that speaks OpenAI's chat completions: orchd's own /v1, where a model is an orchestrator's slug. */
import { VERDICT } from '../core/exports.js';
import type { AnswerContext } from '../embedded/context.js';
import { read } from '../environment.js';
import { slugOf } from '../embedded/registration.js';
import { reasonOf } from '../thrown.js';
import type { ConversationMessage } from '../types.js';
import { SourceError, type Answer } from './choose.js';

const enum ERROR { CONNECTION = -17, RATE_LIMITED = -15, UNAUTHORIZED = -21, MODEL = -19 }

interface Completion {
  model?: string;
  choices?: Array<{ message?: { content?: string | null } }>;
  usage?: { prompt_tokens?: number; completion_tokens?: number };
}

/** Messages of others carry who said them. */
export function worded(message: ConversationMessage): { role: 'assistant' | 'user'; content: string } {
  return message.own
    ? { role: 'assistant', content: message.content }
    : { role: 'user', content: `[${message.author.replace(/[\]\n]/g, ' ')}] ${message.content}` };
}

const NAME_MAX = 60;

/** The same for orchd, which words who said it by itself. */
function named(message: ConversationMessage): { role: 'assistant' | 'user'; name?: string; content: string } {
  return message.own
    ? { role: 'assistant', content: message.content }
    : { role: 'user', name: message.author.slice(0, NAME_MAX), content: message.content };
}

/** Milliseconds that the server asks to wait. */
export function retryAfter(headers: Headers | undefined): number {
  const ms = Number(headers?.get('retry-after-ms') ?? NaN);
  const seconds = Number(headers?.get('retry-after') ?? NaN);
  const wait = ms >= 0 ? ms : seconds >= 0 ? seconds * 1000 : 0;
  return Math.min(Math.round(wait), 2 ** 31 - 1);
}

/** The core's error and verdict for a status of HTTP. */
export function statusError(status: number, message: string, headers?: Headers): SourceError {
  if (status === 401 || status === 403) return new SourceError(message, ERROR.UNAUTHORIZED, VERDICT.FINAL);
  if (status === 429) return new SourceError(message, ERROR.RATE_LIMITED, VERDICT.RETRY, retryAfter(headers));
  if (status === 408 || status === 409 || status >= 500) return new SourceError(message, ERROR.CONNECTION, VERDICT.RETRY, retryAfter(headers));
  return new SourceError(message, ERROR.MODEL, VERDICT.FINAL);
}

async function request(context: AnswerContext, url: string): Promise<Response> {
  const token = read(() => process.env.ORCHD_TOKEN);
  const { user } = context.orchestrator;
  try {
    return await fetch(new URL('/v1/chat/completions', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ model: slugOf(user.name || user.displayName || ''), messages: context.messages.map(named) }),
      signal: context.signal,
    });
  } catch (error) {
    throw new SourceError(`${url} cannot be reached: ${reasonOf(error as Error)}`, ERROR.CONNECTION);
  }
}

export async function answerByServer(context: AnswerContext, url: string): Promise<Answer> {
  const response = await request(context, url);
  const body = await response.json().catch(() => null) as (Completion & { error?: { message?: string } }) | null;
  if (!response.ok) {
    throw statusError(response.status, body?.error?.message ?? `${url} answered with ${response.status}`, response.headers);
  }
  const content = body?.choices?.[0]?.message?.content;
  if (!content) throw new SourceError(`${url} gave an empty answer`, ERROR.MODEL);
  return {
    content,
    metadata: {
      model: body?.model,
      usage: { inputTokens: body?.usage?.prompt_tokens ?? 0, outputTokens: body?.usage?.completion_tokens ?? 0 },
    },
  };
}
