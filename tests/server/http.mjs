// Requests as such: paths, methods, bodies, limits, headers, origins.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from '../harness/check.mjs';
import { World } from './world.mjs';

// Sends bytes as they are; resolves with all that comes until the server closes, or until `enough` says so.
function raw(address, bytes, enough = () => false) {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    const timer = setTimeout(() => (socket.destroy(), reject(new Error(`no end; so far: ${text}`))), 15000);
    const done = () => (clearTimeout(timer), socket.destroy(), resolve(text));
    socket.on('data', (data) => ((text += data), enough(text) && done()));
    socket.on('close', done);
    socket.on('error', () => {});
    socket.write(bytes);
  });
}

const count = (text, part) => text.split(part).length - 1;

export default async function () {
  const world = await World.make();
  const { address } = world;
  const { alice } = world.people;
  const post = (headers, body) => fetch(`${address}/api/tokens`, { method: 'POST', headers: { authorization: `Bearer ${alice.token}`, ...headers }, body });
  const json = { 'content-type': 'application/json' };

  await test('health, readiness and metrics need no login from this machine', async () => {
    const health = await world.get('/healthz');
    assert.equal(health.status, 200);
    assert.equal(health.body.status, 'ok');
    assert.equal((await world.get('/readyz')).status, 200);
    const metrics = await fetch(`${address}/metrics`);
    assert.match(metrics.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
    const text = await metrics.text();
    assert.match(text, /^orchd_http_requests_total\{status="2xx"\} [1-9]\d*$/m);
    assert.match(text, /^process_resident_memory_bytes [1-9]\d+$/m);
  });

  await test('who comes by a proxy is not near: health wants a login then', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    assert.equal((await fetch(`${address}/metrics`, { headers })).status, 401);
    assert.equal((await fetch(`${address}/metrics`, { headers: { ...headers, authorization: `Bearer ${alice.token}` } })).status, 200);
    const owner = { ...headers, authorization: `Bearer ${world.ownerToken}` };
    assert.equal((await fetch(`${address}/api/users`, { headers: owner })).status, 401);
  });

  await test('unknown paths are 404, known paths with a wrong method 405 with Allow', async () => {
    const missing = await world.get('/api/nothing');
    assert.deepEqual([missing.status, missing.body.error.code], [404, 'not_found']);
    const wrong = await fetch(`${address}/api/channels`, { method: 'DELETE' });
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get('allow'), 'GET, POST');
    assert.equal((await wrong.json()).error.code, 'method_not_allowed');
    const put = await fetch(`${address}/api/channels`, { method: 'PUT', headers: json, body: '{}' });
    assert.equal(put.status, 405);
  });

  await test('headers that protect a browser', async () => {
    const { headers } = await fetch(`${address}/healthz`);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('content-security-policy'), /default-src 'none'/);
  });

  await test('HEAD is GET without the body', async () => {
    const head = await fetch(`${address}/healthz`, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.ok(Number(head.headers.get('content-length')) > 0);
    assert.equal(await head.text(), '');
  });

  await test('bodies: JSON objects only', async () => {
    for (const [body, headers, status, code] of [
      ['{"name":', json, 400, 'invalid_json'],
      ['[1]', json, 400, 'invalid_json'],
      ['"text"', json, 400, 'invalid_json'],
      ['{"name":"a","name":"b"}', json, 400, 'invalid_json'],
      ['{"name":"a"} x', json, 400, 'invalid_json'],
      ['{"name":"\ud800"}', json, 201, undefined], // fetch itself replaces the lone surrogate
      ['{"name":"\\ud800"}', json, 400, 'invalid_json'],
      ['{"name":"a\\u0000b"}', json, 400, 'invalid_json'],
      [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), json, 400, 'invalid_json'],
      ['['.repeat(100000), json, 400, 'invalid_json'],
      ['name=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
      ['{"name":"a"}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
      ['{"name":5}', json, 400, 'invalid'],
      ['{}', json, 400, 'invalid'],
    ]) {
      const response = await post(headers, body);
      const text = await response.text();
      assert.equal(response.status, status, `${String(body).slice(0, 40)}: ${text}`);
      assert.equal(JSON.parse(text).error?.code, code, text);
    }
  });

  await test('a wrong value names its field', async () => {
    const wrong = await world.post('/api/tokens', alice.token, { name: 'x', expiresAt: 'tomorrow' });
    assert.deepEqual([wrong.status, wrong.body.error.field], [400, 'expiresAt']);
    const past = await world.post('/api/tokens', alice.token, { name: 'x', expiresAt: '2020-01-01' });
    assert.deepEqual([past.status, past.body.error.field], [400, 'expiresAt']);
  });

  await test('a body has at most 1 MiB; the connection goes on', async () => {
    const fits = await post(json, JSON.stringify({ name: 'a', pad: 'x'.repeat(1024 * 1024 - 40) }));
    assert.equal(fits.status, 201);
    await fits.text();
    const tooLarge = await post(json, JSON.stringify({ name: 'a', pad: 'x'.repeat(1024 * 1024) }));
    assert.equal(tooLarge.status, 413);
    assert.equal((await tooLarge.json()).error.code, 'too_large');
    assert.equal((await world.get('/healthz')).status, 200);
  });

  await test('a body without a length is refused, a POST without a body is not', async () => {
    const chunked = await raw(address, 'POST /api/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n');
    assert.match(chunked, /^HTTP\/1\.1 411 /);
    assert.match(chunked, /\r\nConnection: close\r\n/);
    const none = await raw(address, `POST /api/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`);
    assert.match(none, /^HTTP\/1\.1 400 [\s\S]*"field":"name"/);
    const zero = await raw(address, `POST /api/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    assert.match(zero, /^HTTP\/1\.1 400 [\s\S]*"field":"name"/);
    for (const length of ['-5', '1x', '99999999999999999999999'])
      assert.doesNotMatch(await raw(address, `POST /api/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n{}`), /^HTTP\/1\.1 2/);
  });

  await test('what is no HTTP ends the connection, not the server', async () => {
    for (const bytes of ['\x16\x03\x01\x02\x00\x01\x00', 'GET\r\n\r\n', 'GET nowhere HTTP/1.1\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\r\n\r\n\r\n', 'GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nHost: x\r\n\r\n'])
      await raw(address, bytes, (text) => text.includes('\r\n\r\n')).catch(() => {});
    const long = await raw(address, `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(100000)}\r\nConnection: close\r\n\r\n`);
    assert.doesNotMatch(long, /^HTTP\/1\.1 5/);
    assert.equal((await world.get('/healthz')).status, 200);
  });

  await test('requests on one connection, one after the other and pipelined', async () => {
    const get = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const last = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    assert.equal(count(await raw(address, get.repeat(20) + last), 'HTTP/1.1 200 OK'), 21);
    const me = `GET /api/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`;
    assert.equal(count(await raw(address, me.repeat(5) + last), 'HTTP/1.1 200 OK'), 6);
  });

  await test('pipelined requests with bodies: the first is answered, none is done wrongly', async () => {
    const create = (name, extra = '') => {
      const body = JSON.stringify({ name });
      return `POST /api/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\nContent-Type: application/json\r\n${extra}Content-Length: ${body.length}\r\n\r\n${body}`;
    };
    const text = await raw(address, create('p1') + create('p2') + create('p3', 'Connection: close\r\n'));
    assert.match(text, /^HTTP\/1\.1 201 Created[\s\S]*"name":"p1"/);
    assert.equal(count(text, 'HTTP/1.1 201'), count(text, 'HTTP/1.1'));
    const delayed = await raw(address, create('d1', 'Connection: close\r\n') + 'x'.repeat(400000));
    assert.match(delayed, /^HTTP\/1\.1 201 /);
    assert.equal((await world.get('/healthz')).status, 200);
  });

  await test('a request in single bytes is read all the same', async () => {
    const { hostname, port } = new URL(address);
    const body = '{"name":"slowly"}';
    const text = `POST /api/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
    const answer = await new Promise((resolve) => {
      const socket = connect({ port: Number(port), host: hostname, noDelay: true });
      let received = '';
      socket.on('data', (data) => (received += data));
      socket.on('close', () => resolve(received));
      const send = (at) => at < text.length && socket.write(text[at], () => setImmediate(send, at + 1));
      send(0);
    });
    assert.match(answer, /^HTTP\/1\.1 201 /);
  });

  await test('a page of another origin cannot act with a cookie', async () => {
    const login = await fetch(`${address}/api/auth/login`, { method: 'POST', headers: json, body: JSON.stringify({ email: alice.email, password: 'correct horse battery' }) });
    const cookie = login.headers.get('set-cookie').split(';')[0];
    const act = (origin) => fetch(`${address}/api/tokens`, { method: 'POST', headers: { ...json, cookie, ...(origin && { origin }) }, body: '{"name":"x"}' });
    assert.equal((await act()).status, 201);
    assert.equal((await act(address)).status, 201);
    for (const origin of ['https://evil.example', 'null', address + '.evil.example', 'http://127.0.0.1:1'])
      assert.deepEqual([(await act(origin)).status, origin], [403, origin]);
    const guessing = await fetch(`${address}/api/auth/login`, { method: 'POST', headers: { ...json, origin: 'https://evil.example' }, body: '{}' });
    assert.equal(guessing.status, 403);
    const read = await fetch(`${address}/api/auth/me`, { headers: { cookie, origin: 'https://evil.example' } });
    assert.equal(read.headers.get('access-control-allow-origin'), null);
    const preflight = await fetch(`${address}/api/tokens`, { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } });
    assert.equal(preflight.status, 403);
  });

  await test('a query that is too long and a path that is no UTF-8 are refused', async () => {
    const query = await fetch(`${address}/api/channels/${world.general.id}/messages?limit=${'1'.repeat(600)}`, { headers: { authorization: `Bearer ${alice.token}` } });
    assert.equal(query.status, 400);
    const bad = await fetch(`${address}/api/channels/%ff%fe/messages`, { headers: { authorization: `Bearer ${alice.token}` } });
    assert.equal(bad.status, 400);
  });

  assert.equal(await world.end(), 0);

  await test('an origin of the list may use the API from a browser', async () => {
    const allowed = await World.make({ args: ['--origin', 'https://chat.example.com'] });
    const headers = { origin: 'https://chat.example.com' };
    const preflight = await fetch(`${allowed.address}/api/tokens`, { method: 'OPTIONS', headers });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://chat.example.com');
    const login = await fetch(`${allowed.address}/api/auth/login`, { method: 'POST', headers: { ...headers, ...json }, body: JSON.stringify({ email: 'alice@test.example', password: 'correct horse battery' }) });
    assert.equal(login.status, 200);
    assert.equal(login.headers.get('access-control-allow-credentials'), 'true');
    assert.match(login.headers.get('set-cookie'), /; Secure/);
    assert.equal(await allowed.end(), 0);
  });
}
