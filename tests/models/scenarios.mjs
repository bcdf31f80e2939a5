// What the model server can be asked to do by name: each scenario answers in both APIs, unless it says `only`.
// `answer(api, attempt, name)` gives {status, headers, steps}; see play() in server.mjs for the steps.
//
// For the judge: `expect` holds what the SDK cannot tell (the pause that the server asks for), `whole` that the server does not
// stream, `retries` that the call is repeated as the API asks, `timeout` the milliseconds that a client waits.
import { ping, STOPS } from './wire.mjs';

const usage = { input: 12, output: 34, cacheRead: 5, cacheWrite: 6 };
const plain = { pieces: ['Hello', ', ', 'world', '!'], stop: 'end', usage };
const exotic = { pieces: ['Grüße ', '漢字 ', '👩‍👩‍👧 ', 'e\u0301 ', '"quoted" \\ \n\t ', '\u2028'], stop: 'end', usage };
const long = { pieces: Array.from({ length: 2000 }, (_, i) => `${i} ${'x'.repeat(1000)}\n`), stop: 'end', usage };

const stream = (steps) => ({ status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' }, steps });
const status = (code, headers = {}) => (api) => ({
  status: code,
  headers: { 'content-type': 'application/json', ...headers },
  steps: [JSON.stringify(api.error('some_error', `Status ${code}`))],
});
const bytesOf = (api, answer) => Buffer.from(api.events(answer).join(''));

// Buffers of `size` bytes, each sent on its own.
function cut(bytes, size, wait) {
  const steps = [];
  for (let at = 0; at < bytes.length; at += size) steps.push(bytes.subarray(at, at + size), ...(wait ? [{ wait }] : []));
  return steps;
}

const newlines = (text) => (api) => stream([api.events(exotic).join('').replaceAll('\n', text)]);
const errorInTheMiddle = (type) => (api) => stream([...api.events(plain).slice(0, 4), api.errorEvent(type, 'Something broke')]);
const date = (ms) => new Date(ms).toUTCString();

const stops = Object.fromEntries(
  Object.entries(STOPS).map(([stop, names]) => [
    `stop-${stop}`,
    {
      only: names.openai ? undefined : 'anthropic',
      answer: (api) => stream(api.events({ ...plain, stop })),
    },
  ]),
);

export const scenarios = {
  normal: { answer: (api) => stream(api.events(plain)) },
  exotic: { answer: (api) => stream(api.events(exotic)) },
  'in-one-piece': { answer: (api) => stream([bytesOf(api, exotic)]) },
  'byte-by-byte': { answer: (api) => stream(cut(bytesOf(api, exotic), 1)) },
  'characters-split': { answer: (api) => stream(cut(bytesOf(api, exotic), 7)) },
  'slow-drip': { answer: (api) => stream(cut(bytesOf(api, exotic), 40, 4)) },
  huge: { answer: (api) => stream(api.events(long)) },
  crlf: { answer: newlines('\r\n') },
  cr: { answer: newlines('\r') },
  'byte-order-mark': { only: 'anthropic', answer: (api) => stream(['\ufeff', ...api.events(plain)]) },
  comments: { answer: (api) => stream(api.events(plain).flatMap((piece) => [': keep-alive\n\n', piece])) },
  'multi-line-data': {
    answer: (api) => stream(api.events(plain).map((piece) => piece.replace('{"', '{\ndata: "'))),
  },
  ...stops,

  'unknown-events': {
    only: 'anthropic',
    answer: (api) => {
      const events = api.events(plain);
      const odd = [
        api.event({ type: 'telemetry', text: 'no' }),
        api.event({ type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: { type: 'x' } } }),
        ping,
      ];
      return stream([...events.slice(0, 3), ...odd, ...events.slice(3, 5), ...odd, ...events.slice(5)]);
    },
  },
  thinking: {
    only: 'anthropic',
    answer: (api) => {
      const [start, , , ...rest] = api.events(plain);
      const move = (piece) => piece.replace('"index":0', '"index":1');
      return stream([
        start,
        api.event({ type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
        api.event({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hmm.' } }),
        api.event({ type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } }),
        api.event({ type: 'content_block_stop', index: 0 }),
        api.event({ type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } }),
        ...rest.map(move),
      ]);
    },
  },
  'tool-call': {
    only: 'anthropic',
    answer: (api) => {
      const events = api.events({ ...plain, stop: 'tool' });
      return stream([
        ...events.slice(0, -2),
        api.event({ type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} } }),
        api.event({ type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"a":' } }),
        api.event({ type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '1}' } }),
        api.event({ type: 'content_block_stop', index: 1 }),
        ...events.slice(-2),
      ]);
    },
  },
  'usage-at-the-end': {
    only: 'anthropic',
    answer: (api) => {
      const events = api.events(plain);
      const delta = { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { input_tokens: 99, cache_read_input_tokens: 98, cache_creation_input_tokens: 97, output_tokens: 96 } };
      return stream([...events.slice(0, -2), api.event(delta), events.at(-1)]);
    },
  },
  'no-usage': { only: 'openai', answer: (api) => stream(api.events(plain).filter((piece) => !piece.includes('prompt_tokens'))) },
  'no-done': { only: 'openai', answer: (api) => stream(api.events(plain).slice(0, -1)) },
  'other-choices': {
    only: 'openai',
    answer: (api) => {
      const second = { ...api.chunk({}), choices: [{ index: 1, delta: { content: 'no' }, finish_reason: null }] };
      return stream(api.events(plain).flatMap((piece, i) => (i > 0 && i < 4 ? [api.data(second), piece] : [piece])));
    },
  },
  'refusal-in-words': {
    only: 'openai',
    answer: (api) => stream([api.data(api.chunk({ refusal: 'I will not.' })), ...api.events({ ...plain, pieces: [] })]),
  },

  'not-streamed': {
    whole: true,
    answer: (api) => ({ status: 200, headers: { 'content-type': 'application/json' }, steps: [JSON.stringify(api.document(exotic))] }),
  },

  'error-overloaded': { answer: errorInTheMiddle('overloaded_error'), expect: { code: 'overloaded', verdict: 'retry' } },
  'error-rate-limit': { answer: errorInTheMiddle('rate_limit_error'), expect: { code: 'rate_limited', verdict: 'retry' } },
  'error-api': { answer: errorInTheMiddle('api_error'), expect: { code: 'model_error', verdict: 'retry' } },
  'error-invalid': { answer: errorInTheMiddle('invalid_request_error'), expect: { code: 'model_error', verdict: 'next_model' } },
  'broken-json': {
    answer: (api) => stream([...api.events(plain).slice(0, 4), 'event: content_block_delta\ndata: {"type":\n\n']),
    expect: { code: 'protocol', verdict: 'retry' },
  },

  'cut-reset': { answer: (api) => stream([...api.events(plain).slice(0, 5), { wait: 20 }, { cut: true }]) },
  'cut-clean': { answer: (api) => stream(api.events(plain).slice(0, 5)) },
  'cut-in-an-event': { answer: (api) => stream([bytesOf(api, plain).subarray(0, -90)]), only: 'anthropic' },
  'cut-before-anything': { answer: () => stream([]) },
  'cut-at-once': { answer: () => ({ steps: [{ cut: true }] }) },
  'hang-before': { answer: () => ({ steps: [{ hang: true }] }), timeout: 1000 },
  'hang-in-the-middle': { answer: (api) => stream([...api.events(plain).slice(0, 4), { hang: true }]), timeout: 1000 },

  ...Object.fromEntries([400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529].map((code) => [`status-${code}`, { answer: status(code) }])),
  'retry-after-seconds': { answer: status(429, { 'retry-after': '2' }), expect: { retryAfterMs: 2000 } },
  'retry-after-ms': { answer: status(529, { 'retry-after': '9', 'retry-after-ms': '40' }), expect: { retryAfterMs: 40 } },
  'retry-after-date': {
    answer: (api) => status(503, { date: date(1790000000000), 'retry-after': date(1790000003000) })(api),
    expect: { retryAfterMs: 3000 },
  },
  'should-retry-no': { answer: status(429, { 'x-should-retry': 'false', 'retry-after-ms': '40' }), expect: { verdict: 'next_model' } },
  'should-retry-yes': { answer: status(400, { 'x-should-retry': 'true', 'retry-after-ms': '40' }), expect: { retryAfterMs: 40 } },
  'spend-limit': {
    answer: (api) => ({
      status: 429,
      headers: { 'content-type': 'application/json', 'x-should-retry': 'false' },
      steps: [JSON.stringify(api.error('rate_limit_error', 'Limit', { error_code: 'enforced_spend_limit_reached' }))],
    }),
    expect: { code: 'rate_limited', verdict: 'next_model' },
  },
  '429-then-answer': {
    retries: true,
    answer: (api, attempt) => (attempt === 1 ? status(429, { 'retry-after-ms': '30' })(api) : stream(api.events(plain))),
  },
  '529-twice-then-answer': {
    retries: true,
    answer: (api, attempt) => (attempt < 3 ? status(529, { 'retry-after-ms': '30' })(api) : stream(api.events(exotic))),
  },
};
