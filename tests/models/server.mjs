// A language model for tests that speaks both APIs: behaviours for the torture test, scenarios for the judge.
//
//   const model = await startModelServer({ behaviour: 'instant' | 'drip' | 'hang' | 'fail' | 'flaky', seed });
//   … ANTHROPIC_BASE_URL=model.url, OPENAI_BASE_URL=model.url/v1 …
//   await model.close();
//
// A request whose model is the name of a scenario (scenarios.mjs) gets that scenario, whatever the behaviour is. As a
// program (node server.mjs [BEHAVIOUR [SEED]]) it prints its address and serves until it is ended.
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { scenarios } from './scenarios.mjs';
import { apis } from './wire.mjs';

// A number in [0, 1) that depends on the seed and the request's number alone (mulberry32).
function random(seed, number) {
  let a = (seed + Math.imul(number + 1, 0x9e3779b9)) >>> 0;
  a = (a + 0x6d2b79f5) | 0;
  let t = Math.imul(a ^ (a >>> 15), 1 | a);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

function ordinary(number) {
  return {
    pieces: [`Answer ${number}: `, 'the tide comes in ', 'and the tide goes out. ', '🌊'],
    stop: 'end',
    usage: { input: 20, output: 9, cacheRead: 0, cacheWrite: 0 },
  };
}

const streamed = (steps) => ({ status: 200, headers: { 'content-type': 'text/event-stream' }, steps });
const refused = (status, headers, body) => ({ status, headers: { 'content-type': 'application/json', ...headers }, steps: [JSON.stringify(body)] });

const makers = {
  instant: (api, number) => streamed(api.events(ordinary(number))),
  drip: (api, number) => streamed(api.events(ordinary(number)).flatMap((piece) => [{ wait: 15 }, piece])),
  hang: () => ({ steps: [{ hang: true }] }),
  cut: (api, number) => streamed([...api.events(ordinary(number)).slice(0, 4), { wait: 5 }, { cut: true }]),
  broken: (api, number) => streamed([...api.events(ordinary(number)).slice(0, 4), api.errorEvent('api_error', 'Internal server error')]),
  limited: (api) => refused(429, { 'retry-after-ms': '20' }, api.error('rate_limit_error', 'Slow down')),
  overloaded: (api) => refused(529, { 'retry-after-ms': '20' }, api.error('overloaded_error', 'Overloaded')),
  internal: (api) => refused(500, {}, api.error('api_error', 'Internal server error')),
  dead: () => ({ steps: [{ wait: 300 }, { cut: true }] }),
};

const failures = ['internal', 'overloaded', 'limited', 'cut', 'broken'];

// Which maker a behaviour chooses for a request.
const behaviours = {
  instant: () => 'instant',
  drip: () => 'drip',
  hang: () => 'hang',
  fail: (dice) => failures[Math.floor(dice * failures.length)],
  flaky: (dice) => {
    if (dice < 0.6) return 'instant';
    if (dice < 0.75) return 'drip';
    if (dice < 0.8) return 'dead';
    return failures[Math.floor(((dice - 0.8) / 0.2) * failures.length)];
  },
};

async function readBody(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

// Resolves when there is room again, or nobody reads any more.
function drained(response) {
  return new Promise((done) => {
    const over = () => {
      response.off('drain', over).off('close', over);
      done();
    };
    response.on('drain', over).on('close', over);
  });
}

// Steps: text or bytes to send, {wait: ms}, {cut: true}, {hang: true}.
async function play({ status = 200, headers = {}, steps }, response) {
  const begin = () => {
    if (!response.headersSent) response.writeHead(status, headers);
  };
  for (const step of steps) {
    if (response.destroyed) return;
    if (step.hang) return;
    if (step.cut) {
      response.socket?.resetAndDestroy?.() ?? response.socket?.destroy();
      return;
    }
    if (step.wait) {
      await pause(step.wait);
      continue;
    }
    begin();
    if (!response.write(step)) await drained(response);
  }
  begin();
  response.end();
}

function apiOf(path) {
  return Object.keys(apis).find((name) => apis[name].path === path);
}

// `tls` {key, cert}: over TLS, in HTTP/2 where the client speaks it.
export async function startModelServer({ behaviour = 'instant', seed = 1, port = 0, tls } = {}) {
  if (!behaviours[behaviour]) throw new RangeError(`behaviour ${behaviour}: allowed are ${Object.keys(behaviours).join(', ')}`);
  const requests = []; // {api, headers, body, number}
  const attempts = new Map(); // API, scenario and key → how often it was asked

  function answerOf(api, body, headers) {
    const number = requests.length;
    requests.push({ api, headers, body, number });
    const scenario = scenarios[body.model];
    if (!scenario) return makers[behaviours[behaviour](random(seed, number))](apis[api], number);
    const key = `${api} ${body.model} ${headers.authorization ?? headers['x-api-key']}`;
    attempts.set(key, (attempts.get(key) ?? 0) + 1);
    return scenario.answer(apis[api], attempts.get(key), api);
  }

  const serve = async (request, response) => {
    response.on('error', () => {});
    try {
      const raw = await readBody(request);
      const api = apiOf(request.url);
      if (request.method === 'GET' && request.url === '/v1/models') {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ object: 'list', data: [{ id: 'test-model', object: 'model', created: 1, owned_by: 'tests' }] }));
        return;
      }
      if (request.method !== 'POST' || !api) {
        response.writeHead(404).end();
        return;
      }
      await play(answerOf(api, JSON.parse(raw), request.headers), response);
    } catch (error) {
      if (!response.headersSent) response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: String(error.message) } }));
    }
  };

  const server = tls ? createSecureServer({ ...tls, allowHTTP1: true }, serve) : createServer(serve);
  const connections = new Set();
  let connected = 0;
  server.on(tls ? 'secureConnection' : 'connection', (socket) => {
    connected++;
    connections.add(socket);
    socket.on('close', () => connections.delete(socket)).on('error', () => {});
  });
  server.keepAliveTimeout = 60000;
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`,
    requests,
    connected: () => connected,
    close: () =>
      new Promise((done) => {
        server.close(done);
        for (const socket of connections) socket.destroy();
      }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [behaviour = 'instant', seed = '1'] = process.argv.slice(2);
  const { url } = await startModelServer({ behaviour, seed: Number(seed) });
  console.log(url);
}
