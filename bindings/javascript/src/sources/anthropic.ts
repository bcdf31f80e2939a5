/** Replies by the official SDK, an optional peer: where it is not installed, the charter's rules answer. */
import { VERDICT } from '../core/exports.js';
import type { AnswerContext } from '../embedded/context.js';
import { read } from '../environment.js';
import { SourceError, type Answer } from './choose.js';
import { answerByRules } from './rules.js';
import { statusError, worded } from './server.js';

const DEFAULT_MODEL = 'claude-sonnet-5-5';
const TOKENS_MAX = 4096;
const CONNECTION = -17;
const REFUSED = -20;
const MODEL = -19;

/** As much of the SDK as is used. */
interface Sdk {
  messages: {
    create(body: object, options: object): Promise<{
      model: string;
      stop_reason: string | null;
      content: Array<{ type: string; text?: string }>;
      usage: { input_tokens: number; output_tokens: number };
    }>;
  };
}

/** undefined: not tried yet; null: not installed. */
let client: Sdk | null | undefined;

async function load(): Promise<Sdk | null> {
  try {
    // A variable keeps bundlers from resolving what may not be there.
    const name = '@anthropic-ai/sdk';
    const { default: Anthropic } = await import(/* webpackIgnore: true */ /* @vite-ignore */ name) as {
      default: new (options: object) => Sdk;
    };
    // Retries are the core's: it knows the turn's deadline.
    return new Anthropic({ maxRetries: 0 });
  } catch {
    return null;
  }
}

/** The first of the chain in ORCHD_MODEL that this API has; the others are for a server. */
function chosenModel(): string {
  const chain = (read(() => process.env.ORCHD_MODEL) ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
  const own = chain.find((name) => name.startsWith('anthropic/')) ?? chain.find((name) => !name.includes('/'));
  return own?.replace('anthropic/', '') ?? DEFAULT_MODEL;
}

/** Neighbours of one role are one message: the API wants them in turns. */
function turns(context: AnswerContext): Array<{ role: string; content: string }> {
  const merged: Array<{ role: string; content: string }> = [];
  for (const message of context.messages.map(worded)) {
    const last = merged[merged.length - 1];
    if (last?.role === message.role) last.content += `\n\n${message.content}`;
    else merged.push(message);
  }
  if (merged[0]?.role === 'assistant') merged.shift();
  return merged;
}

function translate(error: unknown): SourceError {
  const { status, message, headers } = error as { status?: number; message?: string; headers?: Headers };
  if (status === undefined) return new SourceError(message ?? String(error), CONNECTION);
  return statusError(status, message ?? `the API answered with ${status}`, headers);
}

export async function answerByAnthropic(context: AnswerContext): Promise<Answer> {
  client ??= await load();
  if (!client) return answerByRules(context);
  const reply = await client.messages.create({
    model: chosenModel(),
    max_tokens: TOKENS_MAX,
    system: [{ type: 'text', text: context.systemPrompt, cache_control: { type: 'ephemeral' } }],
    messages: turns(context),
  }, { signal: context.signal }).catch((error: unknown) => {
    throw translate(error);
  });
  if (reply.stop_reason === 'refusal') throw new SourceError('the model refused to answer', REFUSED, VERDICT.FINAL);
  const content = reply.content.map((block) => block.text ?? '').join('');
  if (content === '') throw new SourceError('the model gave an empty answer', MODEL);
  return { content, metadata: { model: `anthropic/${reply.model}`, usage: { inputTokens: reply.usage.input_tokens, outputTokens: reply.usage.output_tokens } } };
}
