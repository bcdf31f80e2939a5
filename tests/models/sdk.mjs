// What the official SDKs make of a stream, in the judge's words:
//   {text, stop, usage} · {text, failed: 'connection' | 'timeout' | 'protocol' | 'reported' | 'status', status?}
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { STOPS } from './wire.mjs';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

// 'sequence' and 'end' are one for orchd, as are 'window' and 'length'.
const merged = { sequence: 'end', window: 'length' };

function stopOf(api, reason) {
  const [stop] = Object.entries(STOPS).find(([, names]) => names[api] === reason) ?? [];
  return merged[stop] ?? stop;
}

function failureOf(error, sdk) {
  const cause = error.cause ?? error;
  if (error instanceof sdk.APIUserAbortError || error instanceof sdk.APIConnectionTimeoutError) return { failed: 'timeout' };
  if (error instanceof sdk.APIConnectionError) return { failed: 'connection' };
  if (error instanceof sdk.APIError && error.status) return { failed: 'status', status: error.status };
  if (error instanceof sdk.APIError) return { failed: 'reported' };
  if (cause instanceof SyntaxError) return { failed: 'protocol' };
  // fetch's word for a connection that broke; the SDK's words for a stream that ended early.
  if (/^terminated$|ended without (sending any chunks|producing a Message)/.test(error.message)) return { failed: 'connection' };
  throw error;
}

// Not AbortSignal.timeout(): nothing holds such a signal, and Node 18 may collect it before its time has come.
function options({ timeout }) {
  if (!timeout) return {};
  const controller = new AbortController();
  setTimeout(() => controller.abort(), timeout);
  return { signal: controller.signal };
}

// fetch(), which also ends when its signal says so: that of Node 18 may collect what it listens with, and then waits five minutes.
function fetchUntil(url, init) {
  return new Promise((done, failed) => {
    init.signal?.addEventListener('abort', () => failed(init.signal.reason));
    fetch(url, init).then(done, failed);
  });
}

async function anthropic({ url, key, params, scenario, maxRetries }) {
  const client = new Anthropic({ apiKey: key, baseURL: url, maxRetries, logger: silent, fetch: fetchUntil });
  let text = '';
  try {
    let message;
    if (scenario.whole) {
      message = await client.messages.create({ ...params, stream: false }, options(scenario));
    } else {
      const stream = client.messages.stream(params, options(scenario));
      message = await stream.finalMessage();
    }
    text = message.content.filter((block) => block.type === 'text').map((block) => block.text).join('');
    if (!message.stop_reason) return { text, failed: 'connection' }; // the stream ended before the message did
    const { input_tokens: input, output_tokens: output, cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWrite } = message.usage;
    return { text, stop: stopOf('anthropic', message.stop_reason), usage: { input, output, cacheRead: cacheRead ?? 0, cacheWrite: cacheWrite ?? 0 } };
  } catch (error) {
    return { text, ...failureOf(error, Anthropic) };
  }
}

async function openaiChunks(client, params, scenario) {
  if (!scenario.whole) return client.chat.completions.create(params, options(scenario));
  const { stream, stream_options, ...plain } = params;
  void stream, stream_options;
  const completion = await client.chat.completions.create(plain, options(scenario));
  return [{ ...completion, choices: completion.choices.map(({ message, ...choice }) => ({ ...choice, delta: message })) }];
}

async function openai({ url, key, params, scenario, maxRetries }) {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries, logger: silent, fetch: fetchUntil });
  const result = { text: '', usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } };
  try {
    for await (const chunk of await openaiChunks(client, params, scenario)) {
      for (const { index, delta, finish_reason: reason } of chunk.choices) {
        if (index !== 0) continue;
        result.text += delta.content ?? '';
        result.refused ||= Boolean(delta.refusal);
        if (reason) result.stop = stopOf('openai', reason);
      }
      if (chunk.usage) {
        const { prompt_tokens: prompt, completion_tokens: output, prompt_tokens_details: details } = chunk.usage;
        const cacheRead = details?.cached_tokens ?? 0;
        result.usage = { input: prompt - cacheRead, output, cacheRead, cacheWrite: 0 };
      }
    }
    const { text, stop, usage, refused } = result;
    if (scenario.timeout && !stop) return { text, failed: 'timeout' }; // an aborted stream just ends
    return stop ? { text, stop: refused ? 'refusal' : stop, usage } : { text, failed: 'connection' };
  } catch (error) {
    return { text: result.text, ...failureOf(error, OpenAI) };
  }
}

export const sdk = { anthropic, openai };
