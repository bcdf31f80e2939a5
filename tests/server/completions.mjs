// Orchestrators for clients of OpenAI's API, judged by the official client.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import OpenAI, { AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError } from 'openai';
import { test, until } from '../harness/check.mjs';
import { openai } from '../models/wire.mjs';
import { within, World } from './world.mjs';

const said = (text) => ({ pieces: text, stop: 'end', usage: { input: 20, output: 9, cacheRead: 5, cacheWrite: 0 } });

// A model that does what the test says: `answer` gets the response, and whether its client is still there can be seen.
async function scriptedModel() {
  const model = { asked: [], answer: null };
  const server = createServer(async (request, response) => {
    const ended = once(response, 'close');
    const parts = [];
    try {
      for await (const part of request) parts.push(part);
    } catch {
      return; // cancelled before it was sent
    }
    model.asked.push({ ...JSON.parse(Buffer.concat(parts)), ended });
    await model.answer(response, model.asked.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  model.env = { OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: `http://127.0.0.1:${server.address().port}/v1`, ORCHD_MODEL: 'rules' };
  model.close = () => {
    server.closeAllConnections?.();
    server.close();
  };
  model.begin = (response) => response.writeHead(200, { 'content-type': 'text/event-stream' });
  model.says = (...pieces) => {
    model.answer = (response) => model.begin(response).end(openai.events(said(pieces)).join(''));
  };
  return model;
}

const refusal = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not refused');
};

export default async function () {
  const model = await scriptedModel();
  const world = await World.make({ env: model.env, args: ['--limit', 'completions=3'] });
  const { alice } = world.people;
  const charter = { systemPrompt: 'You know every tide table.', rules: [{ match: 'hello', reply: 'Hello yourself.' }] };
  await world.addOrchestrator('Ada Quill', charter);
  await world.addOrchestrator('Ben', charter, { model: 'openai/test-model' });
  const key = (await world.post('/api/tokens', alice.token, { name: 'for a client' })).body.token;
  const client = new OpenAI({ baseURL: `${world.address}/v1`, apiKey: key, maxRetries: 0 });
  const hello = [{ role: 'user', content: 'hello' }];
  const ask = (more = {}, options) => client.chat.completions.create({ model: 'ben', messages: hello, ...more }, options);
  const stored = async () => (await world.get(`/api/channels/${world.general.id}/messages`, world.admin)).body.messages.length;
  const before = await stored();

  await test('models: listed, one of them, and none', async () => {
    const models = (await client.models.list()).data;
    assert.deepEqual(models.map(({ id, object }) => [id, object]), [['ada-quill', 'model'], ['ben', 'model']]);
    assert.equal((await client.models.retrieve('ben')).id, 'ben');
    for (const wrong of [() => client.models.retrieve('nobody'), () => ask({ model: 'nobody' })]) {
      const error = await refusal(wrong());
      assert.ok(error instanceof NotFoundError, String(error));
      assert.deepEqual([error.code, error.param, error.type], ['model_not_found', 'model', 'invalid_request_error']);
      assert.match(error.message, /nobody/);
    }
  });

  await test('an answer by rules, whole and streamed', async () => {
    const whole = await ask({ model: 'ada-quill' });
    assert.equal(whole.choices[0].message.content, 'Hello yourself.');
    assert.deepEqual([whole.object, whole.model, whole.choices[0].finish_reason], ['chat.completion', 'ada-quill', 'stop']);
    const chunks = [];
    for await (const chunk of await ask({ model: 'ada-quill', stream: true })) chunks.push(chunk);
    assert.equal(chunks.map(({ choices }) => choices[0].delta.content ?? '').join(''), 'Hello yourself.');
    assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
  });

  await test('what the model is told: the charter, what the system adds, names, parts, limits', async () => {
    model.says('Yes.');
    const answer = await ask({
      messages: [
        { role: 'system', content: 'Speak like a sailor.' },
        { role: 'user', content: [{ type: 'text', text: 'first line' }, { type: 'text', text: 'second line' }] },
        { role: 'assistant', content: 'Aye.' },
        { role: 'developer', content: 'And briefly.' },
        { role: 'user', name: 'Zoe', content: 'Is it high?' },
      ],
      max_completion_tokens: 77,
      temperature: 0.25,
    });
    const { messages, max_tokens: most, temperature } = model.asked.at(-1);
    assert.match(messages[0].content, /You know every tide table\.[^]*Speak like a sailor\.\n\nAnd briefly\.$/);
    assert.deepEqual(messages.slice(1), [
      { role: 'user', content: '[alice] first line\nsecond line' },
      { role: 'assistant', content: 'Aye.' },
      { role: 'user', content: '[Zoe] Is it high?' },
    ]);
    assert.deepEqual([most, temperature], [77, 0.25]);
    assert.equal(answer.choices[0].message.content, 'Yes.');
    assert.deepEqual(
      [answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens, answer.usage.prompt_tokens_details.cached_tokens],
      [25, 9, 34, 5],
    );
    await until('its tokens are in the totals of who answered', async () => {
      const { daemons } = (await world.get('/api/daemons?sort=tokens&descending=true', world.admin)).body;
      const sum = daemons.map(({ inputTokens, outputTokens }) => inputTokens + outputTokens);
      return sum[0] > 0 && sum[0] === Math.max(...sum);
    });
    const { points } = (await world.get('/api/statistics', world.admin)).body;
    assert.ok(points.some(({ inputTokens, outputTokens }) => inputTokens >= 20 && outputTokens >= 9), JSON.stringify(points));
  });

  await test('streamed: a piece when it comes, the usage where it is wanted', async () => {
    let go;
    model.answer = async (response) => {
      const [first, ...rest] = openai.events(said(['The tide ', 'comes in \u{1F30A}.']));
      model.begin(response).write([first, rest[0]].join(''));
      await new Promise((done) => (go = done));
      response.end(rest.slice(1).join(''));
    };
    const stream = await ask({ stream: true, stream_options: { include_usage: true } });
    const chunks = [];
    for await (const chunk of stream) {
      chunks.push(chunk);
      if (chunk.choices[0]?.delta.content === 'The tide ') go(); // it is here while the model still speaks
    }
    assert.equal(chunks[0].choices[0].delta.role, 'assistant');
    assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), 'The tide comes in \u{1F30A}.');
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.equal(chunks.at(-1).usage.total_tokens, 34);
    assert.equal(new Set(chunks.map(({ id }) => id)).size, 1);
  });

  await test('a model that fails at first is asked again; one that fails for good is told', async () => {
    const asked = model.asked.length;
    model.answer = (response, number) => {
      if (number === asked + 1) response.writeHead(429, { 'retry-after-ms': '5' }).end('{"error":{"message":"Slow down"}}');
      else if (number === asked + 2) response.destroy();
      else model.begin(response).end(openai.events(said(['At last.'])).join(''));
    };
    assert.equal((await ask()).choices[0].message.content, 'At last.');
    assert.equal(model.asked.length, asked + 3);
    model.answer = (response) => response.writeHead(401).end('{"error":{"message":"no such key"}}');
    for (const stream of [false, true]) {
      const error = await refusal(ask({ stream }));
      assert.ok(error instanceof InternalServerError, String(error));
      assert.deepEqual([error.status, error.type, error.headers.get?.('x-should-retry') ?? error.headers['x-should-retry']], [503, 'server_error', 'false']);
      assert.match(error.message, /no such key/);
    }
    model.answer = (response) => {
      model.begin(response).write(openai.events(said(['The beginning ', 'of it'])).slice(0, 2).join(''));
      setImmediate(() => response.destroy());
    };
    const seen = [];
    const error = await refusal((async () => {
      for await (const chunk of await ask({ stream: true })) seen.push(chunk.choices[0].delta.content);
    })());
    assert.deepEqual(seen, ['The beginning ']);
    assert.match(error.message, /cut|ended/, String(error));
  });

  await test('refusals that its classes know', async () => {
    const nobody = new OpenAI({ baseURL: `${world.address}/v1`, apiKey: 'orch_wrong', maxRetries: 0 });
    const stranger = await refusal(nobody.models.list());
    assert.ok(stranger instanceof AuthenticationError, String(stranger));
    assert.equal(stranger.type, 'authentication_error');
    for (const [more, param] of [
      [{ messages: [] }, 'messages'],
      [{ messages: 'hello' }, 'messages'],
      [{ messages: undefined }, 'messages'],
      [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
      [{ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] }, 'messages[0].content'],
      [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content'],
      [{ messages: [{ role: 'user', content: 'x', name: 5 }] }, 'messages[0].name'],
      [{ messages: [...hello, { role: 'assistant', content: 'x' }] }, 'messages[1]'],
      [{ messages: [{ role: 'user', content: ' \n' }] }, 'messages[0]'],
      [{ messages: [5] }, 'messages[0]'],
      [{ messages: Array(257).fill(hello[0]) }, 'messages'],
      [{ n: 2 }, 'n'],
      [{ temperature: 2.5 }, 'temperature'],
      [{ temperature: 'warm' }, 'temperature'],
      [{ max_tokens: 0 }, 'max_tokens'],
      [{ tools: [{ type: 'function', function: { name: 'x' } }] }, 'tools'],
      [{ stop: ['x'] }, 'stop'],
      [{ response_format: { type: 'json_object' } }, 'response_format'],
    ]) {
      const error = await refusal(ask(more));
      assert.ok(error instanceof BadRequestError, `${JSON.stringify(more).slice(0, 80)}: ${error}`);
      assert.equal(error.param, param, JSON.stringify(more).slice(0, 80));
    }
    model.says('Yes.');
    assert.equal((await ask({ response_format: { type: 'text' }, tools: [], stop: null, user: 'somebody' })).choices[0].message.content, 'Yes.');
  });

  await test('a client that goes away ends its answer, before and in the middle of it', async () => {
    for (const stream of [false, true]) {
      const asked = model.asked.length;
      const leaving = new AbortController();
      model.answer = (response) => stream && model.begin(response).write(openai.events(said(['The beginning', '.'])).slice(0, 2).join(''));
      const answer = ask({ stream }, { signal: leaving.signal });
      if (stream) for await (const chunk of await answer) if (chunk.choices[0].delta.content) break;
      await until('the model is asked', () => model.asked.length > asked);
      leaving.abort();
      if (!stream) await refusal(answer);
      await within('the call of the model is cancelled', model.asked.at(-1).ended);
    }
  });

  await test('so many at once, and no more', async () => {
    const waiting = [];
    const asked = model.asked.length;
    model.answer = (response) => waiting.push(response);
    const three = [ask(), ask(), ask({ stream: true })];
    for (const one of three) one.catch(() => {}); // awaited below
    await until('three are being answered', () => model.asked.length === asked + 3);
    const error = await refusal(ask());
    assert.ok(error instanceof RateLimitError, String(error));
    assert.deepEqual([error.code, error.type], ['rate_limited', 'rate_limit_error']);
    for (const response of waiting.splice(0)) model.begin(response).end(openai.events(said(['Done.'])).join(''));
    assert.equal((await three[0]).choices[0].message.content, 'Done.');
    await three[1];
    for await (const chunk of await three[2]) void chunk;
    model.says('Again.');
    assert.equal((await ask()).choices[0].message.content, 'Again.');
  });

  await test('over one connection, one after the other; HTTP/1.0 to the end of the connection', async () => {
    model.says('Yes, ', 'indeed.');
    const body = JSON.stringify({ model: 'ben', messages: hello, stream: true });
    const head = (version) => `POST /v1/chat/completions HTTP/${version}\r\nHost: test\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const { hostname, port } = new URL(world.address);
    const talk = async (version, times) => {
      const socket = connect(Number(port), hostname);
      const ended = once(socket, 'close');
      let text = '';
      socket.setEncoding('utf8').on('data', (piece) => (text += piece));
      for (let i = 1; i <= times; i++) {
        socket.write(head(version));
        await until('the answer ended', () => text.split('data: [DONE]').length > i && (version === '1.0' || text.endsWith('0\r\n\r\n')));
      }
      if (version === '1.0') await within('the connection ends', ended);
      socket.destroy();
      return text;
    };
    const twice = await talk('1.1', 2);
    assert.equal(twice.match(/^HTTP\/1\.1 200/gm).length, 2);
    assert.match(twice, /Transfer-Encoding: chunked\r\n/);
    const old = await talk('1.0', 1);
    assert.doesNotMatch(old, /Transfer-Encoding|Content-Length/);
    assert.match(old, /Connection: close/);
    assert.match(old, /"content":"indeed\."/);
  });

  await test('nothing of it is stored', async () => assert.equal(await stored(), before));

  await test('the end of the server ends what is being answered', async () => {
    const asked = model.asked.length;
    model.answer = () => {};
    const answer = refusal(ask());
    await until('it is asked', () => model.asked.length > asked);
    await world.end();
    const error = await within('the answer ends', answer);
    assert.ok(error instanceof InternalServerError || /[Cc]onnection/.test(error.message), String(error));
  });
  model.close();
}
