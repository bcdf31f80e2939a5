// How both APIs put an answer on the wire: the same answer as the events of Anthropic's Messages API and as the chunks of
// OpenAI's Chat Completions.
//
// An answer is {pieces: [text], stop, usage: {input, output, cacheRead, cacheWrite}}, with stop one of the keys of STOPS.

export const STOPS = {
  end: { anthropic: 'end_turn', openai: 'stop' },
  sequence: { anthropic: 'stop_sequence', openai: 'stop' },
  length: { anthropic: 'max_tokens', openai: 'length' },
  window: { anthropic: 'model_context_window_exceeded' },
  tool: { anthropic: 'tool_use', openai: 'tool_calls' },
  pause: { anthropic: 'pause_turn' },
  refusal: { anthropic: 'refusal', openai: 'content_filter' },
};

const event = (data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

export const ping = 'event: ping\ndata: {"type": "ping"}\n\n';

function anthropicUsage({ input, output, cacheRead, cacheWrite }) {
  return { input_tokens: input, output_tokens: output, cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWrite };
}

function anthropicMessage(answer, content, stop) {
  return {
    id: 'msg_1', type: 'message', role: 'assistant', model: 'test-model', content,
    stop_reason: stop, stop_sequence: null, usage: anthropicUsage({ ...answer.usage, output: stop ? answer.usage.output : 1 }),
  };
}

export const anthropic = {
  path: '/v1/messages',

  events(answer) {
    const text = (piece) => event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } });
    return [
      event({ type: 'message_start', message: anthropicMessage(answer, [], null) }),
      event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      ping,
      ...answer.pieces.map(text),
      event({ type: 'content_block_stop', index: 0 }),
      event({
        type: 'message_delta',
        delta: { stop_reason: STOPS[answer.stop].anthropic, stop_sequence: null },
        usage: { output_tokens: answer.usage.output },
      }),
      event({ type: 'message_stop' }),
    ];
  },

  document(answer) {
    return anthropicMessage(answer, [{ type: 'text', text: answer.pieces.join('') }], STOPS[answer.stop].anthropic);
  },

  error(type, message, details) {
    return { type: 'error', error: { type, message, ...(details && { details }) }, request_id: 'req_1' };
  },

  errorEvent(type, message) {
    return event(this.error(type, message));
  },

  event,
};

const chunk = (delta, finish = null) => ({
  id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'test-model',
  choices: [{ index: 0, delta, finish_reason: finish }], usage: null,
});
const data = (value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;

function openaiUsage({ input, output, cacheRead }) {
  return {
    prompt_tokens: input + cacheRead, completion_tokens: output, total_tokens: input + cacheRead + output,
    prompt_tokens_details: { cached_tokens: cacheRead },
  };
}

export const openai = {
  path: '/v1/chat/completions',

  events(answer) {
    return [
      data(chunk({ role: 'assistant', content: '' })),
      ...answer.pieces.map((piece) => data(chunk({ content: piece }))),
      data(chunk({}, STOPS[answer.stop].openai)),
      data({ ...chunk({}), choices: [], usage: openaiUsage(answer.usage) }),
      data('[DONE]'),
    ];
  },

  document(answer) {
    return {
      id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'test-model',
      choices: [{ index: 0, message: { role: 'assistant', content: answer.pieces.join('') }, finish_reason: STOPS[answer.stop].openai }],
      usage: openaiUsage(answer.usage),
    };
  },

  error(type, message, details) {
    return { error: { message, type, param: null, code: details?.error_code ?? null } };
  },

  errorEvent(type, message) {
    return data(this.error(type, message));
  },

  data,
  chunk,
};

export const apis = { anthropic, openai };
