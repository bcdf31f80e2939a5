// The official SDKs and orchd read the same streams to the same result.
//
//   node tests/models/judge.mjs [BUILD_DIRECTORY] [SCENARIO]     (or BUILD; default build/release)
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { finish, test } from '../harness/check.mjs';
import { checkRequest } from './request_check.mjs';
import { scenarios } from './scenarios.mjs';
import { sdk } from './sdk.mjs';
import { startModelServer } from './server.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.argv[2] ?? process.env.BUILD ?? 'build/release');
const only = process.argv[3];
const reader = path.join(build, 'tests/models/read_stream');
const AT_ONCE = 8;

const orchdKey = 'orchd-key-0123456789';
const sdkKey = 'sdk-key-0123456789';
const model = await startModelServer();

// `count` attempts of orchd at a scenario at once.
async function attempts(url, api, name, { timeout = 10000, count = 1, env = {} }) {
  const environment =
    api === 'anthropic'
      ? { ANTHROPIC_API_KEY: orchdKey, ANTHROPIC_BASE_URL: url }
      : { OPENAI_API_KEY: orchdKey, OPENAI_BASE_URL: `${url}/v1` };
  const { stdout } = await promisify(execFile)(reader, ['25000', String(timeout), String(count)], {
    env: { ...environment, ...env, ORCHD_MODEL: `${api}/${name}` },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60000,
  });
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

// With the pauses that the API asked for, where the scenario is about them.
async function orchd(api, name, scenario) {
  for (let left = 3; ; left--) {
    const [result] = await attempts(model.url, api, name, scenario);
    if (!scenario.retries || result.error?.verdict !== 'retry' || left === 0) return result;
    await new Promise((done) => setTimeout(done, result.error.retryAfterMs));
  }
}

// orchd's result in the judge's words.
function inWords({ text, stop, usage, error }) {
  if (!error) return { text, stop, usage };
  if (error.code === 'refused') return { text, stop: 'refusal' };
  if (error.status >= 400) return { text, failed: 'status', status: error.status };
  if (['connection', 'timeout', 'protocol'].includes(error.code)) return { text, failed: error.code };
  return { text, failed: 'reported' };
}

const requestsOf = (api, name, key) =>
  model.requests.filter(({ api: which, body, headers }) => which === api && body.model === name && [headers['x-api-key'], headers.authorization?.slice(7)].includes(key));

// A call that failed before its stream began is repeated by the SDK when the API says that it may be.
async function repeatedBySdk(api, params, name, scenario) {
  const key = 'sdk-key-that-repeats';
  await sdk[api]({ url: model.url, key, params, scenario, maxRetries: 1 });
  return requestsOf(api, name, key).length > 1;
}

async function judge(api, name, scenario) {
  const ours = await orchd(api, name, scenario);
  const [request] = requestsOf(api, name, orchdKey);
  checkRequest[api](request, orchdKey);

  const theirs = await sdk[api]({ url: model.url, key: sdkKey, params: request.body, scenario, maxRetries: scenario.retries ? 3 : 0 });
  const [official] = requestsOf(api, name, sdkKey);
  if (!scenario.whole) assert.deepEqual(request.body, official.body, 'the SDK sends the same body');
  for (const header of ['anthropic-version', 'content-type']) assert.equal(request.headers[header], official.headers[header]);
  assert.equal(request.headers.authorization.replace(orchdKey, sdkKey), official.headers.authorization, 'the key goes where the SDK puts it');

  const words = inWords(ours);
  assert.equal(words.failed, theirs.failed, `orchd: ${JSON.stringify(ours).slice(0, 500)}`);
  assert.equal(words.status, theirs.status);
  assert.equal(words.stop, theirs.stop);
  if (!words.failed) assert.equal(words.text, theirs.text);
  if (words.usage) assert.deepEqual(words.usage, theirs.usage);
  if (scenario.retries) assert.equal(requestsOf(api, name, orchdKey).length, requestsOf(api, name, sdkKey).length);
  if (ours.error) {
    assert.ok(!ours.error.message.includes(orchdKey));
    if (theirs.failed === 'status' || name === 'cut-at-once')
      assert.equal(ours.error.verdict === 'retry', await repeatedBySdk(api, request.body, name, scenario), 'tried again by both or by none');
    for (const [key, value] of Object.entries(scenario.expect ?? {})) assert.equal(ours.error[key], value, key);
  }
}

function cases() {
  const all = [];
  for (const [name, scenario] of Object.entries(scenarios))
    for (const api of ['anthropic', 'openai'])
      if ((!scenario.only || scenario.only === api) && (!only || name === only)) all.push({ api, name, scenario });
  return all;
}

// All at once would be slow drips on a busy machine; one by one would take a minute.
const running = [];
for (const [i, each] of cases().entries()) {
  const result = (running[i - AT_ONCE]?.catch(() => {}) ?? Promise.resolve()).then(() => judge(each.api, each.name, each.scenario));
  result.catch(() => {}); // it is awaited below
  running.push(result);
}
for (const [i, { api, name }] of cases().entries()) await test(`${api} ${name}`, () => running[i]);
await model.close();

const here = (file) => path.join(root, 'tests/models', file);
const tls = { key: readFileSync(here('localhost-key.pem')), cert: readFileSync(here('localhost-cert.pem')) };

// 100 calls at once over one connection: the first is waited for, HTTP/2 carries the rest.
async function overTls(api) {
  const secure = await startModelServer({ tls });
  try {
    const results = await attempts(secure.url, api, 'slow-drip', { count: 100, env: { SSL_CERT_FILE: here('localhost-cert.pem') } });
    assert.equal(results.length, 100);
    for (const result of results) assert.deepEqual(result, results[0]);
    assert.equal(results[0].stop, 'end');
    assert.equal(secure.connected(), 1);
    const [limited] = await attempts(secure.url, api, 'retry-after-ms', { env: { SSL_CERT_FILE: here('localhost-cert.pem') } });
    assert.equal(limited.error.retryAfterMs, 40);
  } finally {
    await secure.close();
  }
}

async function untrusted(api) {
  const secure = await startModelServer({ tls });
  try {
    const [{ error }] = await attempts(secure.url, api, 'normal', {});
    assert.equal(error.verdict, 'next_model');
    assert.match(error.message, /no safe connection to 127\.0\.0\.1:\d+ \(\w+_BASE_URL\): .*certificate/);
    assert.equal(secure.requests.length, 0);
  } finally {
    await secure.close();
  }
}

// A thousand streams that drip, on one thread.
async function crowd(api) {
  const dripping = await startModelServer({ behaviour: 'drip' });
  try {
    const results = await attempts(dripping.url, api, 'test-model', { count: 1000, timeout: 20000 });
    assert.deepEqual(results.filter(({ error }) => error), []);
    assert.equal(new Set(results.map(({ text }) => text)).size, 1000, 'each has its own answer');
  } finally {
    await dripping.close();
  }
}

for (const api of only ? [] : ['anthropic', 'openai']) {
  await test(`${api} over TLS, 100 calls on one connection`, () => overTls(api));
  await test(`${api} over TLS, a stranger's certificate`, () => untrusted(api));
  await test(`${api} 1000 calls at once`, () => crowd(api));
}
finish(`node tests/models/judge.mjs ${path.relative(process.cwd(), build)}`);
