// Logging in and out, sessions, tokens, and what becomes of them.
import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { join } from 'node:path';
import { test, until } from '../harness/check.mjs';
import { sql } from '../operations/workspace.mjs';
import { closed, password, World } from './world.mjs';

const json = { 'content-type': 'application/json' };

export default async function () {
  const world = await World.make({ args: ['--trusted-proxy', '127.0.0.1'] });
  const { alice, bob } = world.people;
  const login = (email, secret, headers = {}) =>
    fetch(`${world.address}/api/auth/login`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ email, password: secret }) });
  const withCookie = (cookie, method, path) => fetch(world.address + path, { method, headers: { cookie } });

  await test('a login gives the user and a cookie that scripts cannot read', async () => {
    const response = await login('alice@test.example', password);
    assert.equal(response.status, 200);
    const { user, orchestrator } = await response.json();
    assert.equal(user.email, 'alice@test.example');
    assert.equal(orchestrator, undefined);
    const cookie = response.headers.get('set-cookie');
    assert.match(cookie, /^orchd_session=[A-Za-z0-9_-]{20,}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/);
    const me = await withCookie(`other=1; ${cookie.split(';')[0]}`, 'GET', '/api/auth/me');
    assert.equal((await me.json()).user.id, user.id);
  });

  await test('the e-mail address in another case is the same account', async () => {
    assert.equal((await login('ALICE@Test.Example', password)).status, 200);
  });

  await test('a wrong password and an unknown account get the same answer', async () => {
    const wrong = await login('bob@test.example', 'not the password');
    const unknown = await login('nobody@test.example', 'not the password');
    assert.deepEqual([wrong.status, unknown.status], [401, 401]);
    assert.equal(await wrong.text(), await unknown.text());
    assert.equal(wrong.headers.get('set-cookie'), null);
  });

  await test('… and take about the same time', async () => {
    const time = async (email) => {
      const begin = process.hrtime.bigint();
      await (await login(email, 'not the password')).text();
      return Number(process.hrtime.bigint() - begin) / 1e6;
    };
    const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
    const known = [], unknown = [];
    for (let i = 0; i < 5; i++) {
      known.push(await time('carol@test.example'));
      unknown.push(await time(`ghost${i}@test.example`));
    }
    const [a, b] = [median(known), median(unknown)];
    assert.ok(a < 3 * b && b < 3 * a, `known ${a} ms, unknown ${b} ms`);
  });

  await test('after ten failures an account waits, others do not', async () => {
    await world.addUser('target');
    for (let i = 0; i < 10; i++) assert.equal((await login('target@test.example', 'wrong wrong wrong')).status, 401);
    const refused = await login('Target@test.example', password);
    assert.equal(refused.status, 429);
    assert.equal((await refused.json()).error.code, 'rate_limited');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal((await login('bob@test.example', password)).status, 200);
  });

  await test('behind a trusted proxy each client is counted for itself', async () => {
    await world.addUser('proxied');
    const from = (client, secret) => login('proxied@test.example', secret, { 'x-forwarded-for': `198.51.100.99, ${client}` });
    for (let i = 0; i < 10; i++) assert.equal((await from('203.0.113.1', 'wrong wrong wrong')).status, 401);
    assert.equal((await from('203.0.113.1', password)).status, 429);
    assert.equal((await from('203.0.113.2', password)).status, 200);
  });

  await test('a success clears the failures of before', async () => {
    await world.addUser('clumsy');
    for (let i = 0; i < 8; i++) await login('clumsy@test.example', 'wrong wrong wrong');
    assert.equal((await login('clumsy@test.example', password)).status, 200);
    for (let i = 0; i < 5; i++) assert.equal((await login('clumsy@test.example', 'wrong wrong wrong')).status, 401);
  });

  await test('inputs are checked', async () => {
    for (const [body, field] of [[{}, 'email'], [{ email: 5, password }, 'email'], [{ email: 'a@b.c' }, 'password'], [{ email: 'a@b.c', password: ['x'] }, 'password'], [{ email: 'x'.repeat(400), password }, 'email']]) {
      const answer = await world.post('/api/auth/login', null, body);
      assert.deepEqual([answer.status, answer.body.error.field], [400, field]);
    }
  });

  await test('a logout ends the session at once', async () => {
    const cookie = (await login('alice@test.example', password)).headers.get('set-cookie').split(';')[0];
    const out = await withCookie(cookie, 'POST', '/api/auth/logout');
    assert.equal(out.status, 204);
    assert.match(out.headers.get('set-cookie'), /^orchd_session=; Path=\/; Max-Age=0;/);
    assert.equal((await withCookie(cookie, 'GET', '/api/auth/me')).status, 401);
    assert.equal((await withCookie(cookie, 'POST', '/api/auth/logout')).status, 401);
  });

  await test('forged, cut and overlong tokens are nobody', async () => {
    const good = alice.token;
    const forged = good.slice(0, -1) + (good.endsWith('A') ? 'B' : 'A');
    for (const token of [forged, good.slice(0, -1), good + 'A', good + good, 'x', ' ', good.toUpperCase(), '../../etc/passwd', "' OR 1=1 --"])
      assert.equal((await world.get('/api/auth/me', token)).status, 401, token);
    for (const header of ['Basic YTpi', 'Bearer', `bearer${good}`, good])
      assert.equal((await fetch(`${world.address}/api/auth/me`, { headers: { authorization: header } })).status, 401, header);
    assert.equal((await withCookie(`orchd_session=${forged}`, 'GET', '/api/auth/me')).status, 401);
    assert.equal((await withCookie(`xorchd_session=${good}`, 'GET', '/api/auth/me')).status, 401);
    assert.equal((await world.get('/api/auth/me')).status, 401);
    assert.equal((await world.get('/api/auth/me', good)).status, 200);
  });

  await test('a stale cookie does not stand in the way of a new login', async () => {
    assert.equal((await login('alice@test.example', password, { cookie: 'orchd_session=stale' })).status, 200);
  });

  await test('an API token is shown once, works, and is revoked', async () => {
    const made = await world.post('/api/tokens', bob.token, { name: 'script', expiresAt: '2030-01-31T12:00:00Z' });
    assert.equal(made.status, 201);
    assert.equal(made.body.expiresAt, '2030-01-31T12:00:00.000Z');
    assert.equal((await world.get('/api/auth/me', made.body.token)).body.user.id, bob.id);
    const listed = await world.get('/api/tokens', bob.token);
    assert.deepEqual([listed.status, listed.body.tokens.map(({ id, name, expiresAt }) => [id, name, expiresAt])], [200, [[made.body.id, 'script', '2030-01-31T12:00:00.000Z']]]);
    assert.ok(!JSON.stringify(listed.body).includes(made.body.token.slice(8)), 'the list shows the secret');
    assert.deepEqual((await world.get('/api/tokens', alice.token)).body, { tokens: [] });
    assert.equal((await world.get('/api/tokens')).status, 401);
    assert.equal((await world.get('/api/tokens', world.ownerToken)).status, 403);
    assert.notEqual((await world.call('DELETE', `/api/tokens/${made.body.id}`, alice.token)).status, 204, 'somebody else revoked it');
    assert.equal((await world.get('/api/auth/me', made.body.token)).status, 200);
    assert.equal((await world.call('DELETE', `/api/tokens/${made.body.id}`, bob.token)).status, 204);
    assert.equal((await world.get('/api/auth/me', made.body.token)).status, 401);
    assert.deepEqual((await world.get('/api/tokens', bob.token)).body, { tokens: [] });
  });

  await test('an expired token is nobody, and its WebSocket ends', async () => {
    const expiresAt = new Date(Date.now() + 2500).toISOString();
    const { token } = (await world.post('/api/tokens', bob.token, { name: 'short', expiresAt })).body;
    const rpc = await world.rpc(token);
    const ended = closed(rpc, 25000);
    await rpc.call('ping');
    await until('the token has expired', async () => (await world.get('/api/auth/me', token)).status === 401);
    assert.equal(await ended, 4401);
  });

  await test('a logout closes the WebSockets of that session, not others', async () => {
    const mine = await world.sessionOf(alice.email), other = await world.sessionOf(alice.email);
    const [first, second] = [await world.rpc(mine), await world.rpc(other)];
    await first.call('ping');
    await second.call('ping');
    const ended = closed(first);
    assert.equal((await world.post('/api/auth/logout', mine)).status, 204);
    assert.equal(await ended, 4401);
    assert.equal((await second.call('ping')).pong, true);
    await second.close();
  });

  await test('many logins at once all get an answer', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => login('carol@test.example', password)));
    const statuses = answers.map((answer) => answer.status);
    assert.ok(statuses.every((status) => status === 200 || status === 429), String(statuses));
    assert.ok(statuses.filter((status) => status === 200).length > 10);
  });

  await test('a password that Neolith hashed logs in, and is hashed by argon2id from then on', async () => {
    const database = join(world.data, 'orchd.db');
    const row = `provider = 'credentials' AND user_id = '${bob.id}'`;
    const stored = () => sql(database, `SELECT refresh_token FROM accounts WHERE ${row}`);
    const salt = '00112233445566778899aabbccddeeff';
    const neolith = `${salt}:${pbkdf2Sync('as in Neolith', salt, 100000, 64, 'sha512').toString('hex')}`;
    sql(database, `UPDATE accounts SET refresh_token = '${neolith}' WHERE ${row}`);
    assert.equal((await login('bob@test.example', 'not as in Neolith')).status, 401);
    assert.equal(stored(), neolith);
    assert.equal((await login('bob@test.example', 'as in Neolith')).status, 200);
    await until('the password is hashed anew', () => stored().startsWith('$argon2id$'));
    assert.equal((await login('bob@test.example', 'as in Neolith')).status, 200);
  });

  await test('sessions and tokens survive a restart of the server', async () => {
    assert.equal(await world.server.kill('SIGTERM'), 0);
    await world.server.start();
    assert.equal((await world.get('/api/auth/me', alice.token)).body.user.id, alice.id);
  });

  await world.end();
}
