// What is one's own: sessions, the password, how one is shown; and the first user of all.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, until } from '../harness/check.mjs';
import { api, dataDirectory, orchdOk, program, Server } from '../harness/orchd.mjs';
import { sql } from '../operations/workspace.mjs';
import { closed, password, World } from './world.mjs';

const json = { 'content-type': 'application/json' };
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

// A login as a browser makes it: its session's token.
async function logIn(address, email, secret, headers = {}) {
  const response = await fetch(`${address}/api/auth/login`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ email, password: secret }) });
  assert.equal(response.status, 200, await response.text());
  return /orchd_session=([^;]+)/.exec(response.headers.get('set-cookie'))[1];
}

async function sessions() {
  const world = await World.make({ args: ['--trusted-proxy', '127.0.0.1'] });
  const { alice, bob } = world.people;
  const list = async (token) => (await world.get('/api/auth/sessions', token)).body.sessions;

  await test('sessions are listed with what, where and when', async () => {
    const begin = Date.now();
    const token = await logIn(world.address, alice.email, password, { 'user-agent': firefox, 'x-forwarded-for': '203.0.113.9' });
    const all = await list(token);
    assert.equal(all.length, 2);
    const mine = all.find((one) => one.current);
    assert.deepEqual([mine.client, mine.address], ['Firefox 128 on Linux', '203.0.113.9']);
    for (const time of [mine.createdAt, mine.lastUsedAt]) assert.ok(Math.abs(Date.parse(time) - begin) < 20000, time);
    assert.ok(Date.parse(mine.expires) > begin + 29 * 86400000);
    assert.ok(!JSON.stringify(all).includes(token.slice(8)), 'the list shows a secret');
    assert.deepEqual((await list(bob.token)).map((one) => one.current), [true]);
  });

  await test('what a client says of itself is cut and harmless', async () => {
    const token = await logIn(world.address, bob.email, password, { 'user-agent': `<script>alert(1)</script>${'x'.repeat(200)}`, 'x-forwarded-for': '2001:db8:1:2:3:4:5:6' });
    const mine = (await list(token)).find((one) => one.current);
    assert.ok(mine.client.length < 60, mine.client);
    assert.equal(mine.address, '2001:db8:1:2::/64');
  });

  await test('a session is ended from another one, with its WebSockets; not by somebody else', async () => {
    const here = await world.sessionOf(alice.email), there = await world.sessionOf(alice.email);
    const rpc = await world.rpc(there);
    await rpc.call('ping');
    const ended = closed(rpc);
    const { id } = (await list(there)).find((one) => one.current);
    assert.equal((await world.call('DELETE', `/api/auth/sessions/${id}`, bob.token)).status, 404);
    assert.equal((await world.get('/api/auth/me', there)).status, 200);
    assert.equal((await world.call('DELETE', `/api/auth/sessions/${id}`, here)).status, 204);
    assert.equal(await ended, 4401);
    assert.equal((await world.get('/api/auth/me', there)).status, 401);
    assert.ok(!(await list(here)).some((one) => one.id === id));
  });

  await test('all others are ended, but not the one that asks', async () => {
    const tokens = [await world.sessionOf(alice.email), await world.sessionOf(alice.email)];
    const { body } = await world.post('/api/tokens', alice.token, { name: 'script' });
    assert.equal((await world.call('DELETE', '/api/auth/sessions', tokens[0])).status, 204);
    assert.deepEqual((await list(tokens[0])).map((one) => one.current), [true]);
    assert.equal((await world.get('/api/auth/me', tokens[1])).status, 401);
    assert.equal((await world.get('/api/auth/me', body.token)).status, 200, 'an API token is no session');
    alice.token = tokens[0];
  });

  await test('a session that was used is known to be, also one that is older than the list', async () => {
    const id = (await list(bob.token)).find((one) => one.current).id;
    sql(join(world.data, 'orchd.db'), `DELETE FROM orchd_sessions WHERE session_id = '${id}'`);
    let mine = (await list(bob.token)).find((one) => one.current);
    assert.deepEqual([mine.createdAt, mine.lastUsedAt, mine.client], [null, null, null]);
    assert.equal(await world.server.kill('SIGTERM'), 0); // so that the session is looked up again
    await world.server.start();
    const begin = Date.now();
    mine = await until('it is known to be used', async () => (await list(bob.token)).find((one) => one.current && one.lastUsedAt));
    assert.ok(Math.abs(Date.parse(mine.lastUsedAt) - begin) < 20000, mine.lastUsedAt);
  });

  await test('expired sessions are not listed, and go when their user logs in', async () => {
    const old = (await list(bob.token)).find((one) => !one.current).id;
    const database = join(world.data, 'orchd.db');
    sql(database, `UPDATE sessions SET expires = '2020-01-01 00:00:00.000' WHERE id = '${old}'`);
    assert.ok(!(await list(bob.token)).some((one) => one.id === old));
    await world.sessionOf(bob.email);
    assert.equal(sql(database, `SELECT count(*) FROM sessions WHERE id = '${old}'`, `SELECT count(*) FROM orchd_sessions WHERE session_id = '${old}'`), '0\n0');
  });

  await test('a new password ends all other sessions, and is the only one from then on', async () => {
    const other = await world.sessionOf(alice.email);
    const change = (token, body) => world.post('/api/auth/password', token, body);
    assert.deepEqual(await change(alice.token, { current: password, password: 'short' }).then(({ status, body }) => [status, body.error.field]), [400, 'password']);
    assert.deepEqual(await change(alice.token, { current: 'another one', password: 'battery horse' }).then(({ status, body }) => [status, body.error.field]), [403, 'current']);
    assert.equal((await change(alice.token, { password: 'battery horse' })).status, 403);
    assert.equal((await change(null, { current: password, password: 'battery horse' })).status, 401);
    const { body } = await world.post('/api/tokens', alice.token, { name: 'pipe' });
    assert.equal((await change(body.token, { current: password, password: 'battery horse' })).status, 403, 'an API token changed the password');
    assert.equal((await world.get('/api/auth/me', other)).status, 200);
    assert.equal((await change(alice.token, { current: password, password: 'battery horse' })).status, 204);
    assert.equal((await world.get('/api/auth/me', other)).status, 401);
    assert.equal((await world.get('/api/auth/me', alice.token)).status, 200);
    assert.equal((await world.post('/api/auth/login', null, { email: alice.email, password })).status, 401);
    await logIn(world.address, alice.email, 'battery horse');
  });

  await test('guessing the present password is slowed down as a login is', async () => {
    const { token } = await world.addUser('guessed');
    for (let i = 0; i < 10; i++) assert.equal((await world.post('/api/auth/password', token, { current: `guess ${i}`, password: 'battery horse' })).status, 403);
    assert.equal((await world.post('/api/auth/password', token, { current: password, password: 'battery horse' })).status, 429);
  });

  await test('who has no password gives himself one shortly after a login, not later', async () => {
    await world.post('/api/users', world.admin, { email: 'eve@test.example', name: 'Eve' });
    const token = await world.sessionOf('eve@test.example');
    const database = join(world.data, 'orchd.db');
    const { id } = (await list(token))[0];
    sql(database, `UPDATE orchd_sessions SET created_at = '2026-01-01 00:00:00.000' WHERE session_id = '${id}'`);
    assert.equal((await world.post('/api/auth/password', token, { password: 'battery horse' })).status, 403);
    assert.equal((await world.post('/api/auth/password', await world.sessionOf('eve@test.example'), { password: 'battery horse' })).status, 204);
    await logIn(world.address, 'eve@test.example', 'battery horse');
  });

  await test('how one is shown: everybody sees it, also after a restart', async () => {
    const patch = (body) => world.call('PATCH', '/api/auth/me', bob.token, body);
    assert.equal((await patch({ displayName: 'Bob 🌊', avatarUrl: 'https://pictures.example/bob.png?s=80' })).body.user.shownName, 'Bob 🌊');
    for (const avatarUrl of ['javascript:alert(1)', 'http://pictures.example/1.png', 'data:image/png;base64,xx', '//evil.example/1.png', 'https:///x', 'https://a.example/"onerror=', 'https://a.example/\n', `https://a.example/${'x'.repeat(2048)}`])
      assert.deepEqual(await patch({ avatarUrl }).then(({ status, body }) => [status, body.error.field]), [400, 'avatarUrl'], avatarUrl);
    assert.deepEqual(await patch({ displayName: 'two\nlines' }).then(({ status, body }) => [status, body.error.field]), [400, 'displayName']);
    assert.equal((await patch({})).status, 200);
    await world.server.kill('SIGTERM');
    await world.server.start();
    const seen = (await world.get('/api/users', world.admin)).body.users.find((one) => one.id === bob.id);
    assert.deepEqual([seen.displayName, seen.avatarUrl, seen.name], ['Bob 🌊', 'https://pictures.example/bob.png?s=80', 'bob']);
    const bare = (await patch({ displayName: '', avatarUrl: '' })).body.user;
    assert.deepEqual([bare.displayName, bare.avatarUrl, bare.shownName], [null, null, 'bob']);
  });

  await test('a page of another origin changes nothing', async () => {
    for (const [method, path, body] of [['POST', '/api/auth/password', { current: 'x', password: 'battery horse' }], ['PATCH', '/api/auth/me', { displayName: 'x' }], ['DELETE', '/api/auth/sessions']]) {
      const response = await fetch(world.address + path, { method, headers: { ...json, cookie: `orchd_session=${bob.token}`, origin: 'https://evil.example' }, body: body && JSON.stringify(body) });
      assert.equal(response.status, 403, path);
      assert.equal((await response.json()).error.code, 'foreign_origin');
    }
  });

  await world.end();
}

async function firstUser() {
  const data = join(dataDirectory(), 'data');
  const server = await new Server(data).start();
  const code = await server.setupCode();
  const founder = { email: 'first@test.example', name: 'First', password, organization: 'The House' };
  const setUp = (body, address = server.address) => api(address, null, 'POST', '/api/auth/setup', body);

  await test('a server without users shows the address where it is set up; only its code opens it', async () => {
    assert.equal((await api(server.address, null, 'GET', '/api/auth/providers')).body.setup, true);
    assert.ok(code.length >= 20, code);
    for (const wrong of ['', 'x', code.slice(1), `${code}x`, code.toLowerCase() === code ? code.toUpperCase() : code.toLowerCase()])
      assert.deepEqual(await setUp({ ...founder, code: wrong }).then(({ status, body }) => [status, body.error.field]), [403, 'code'], wrong);
    assert.deepEqual(await setUp({ ...founder, code, password: 'short' }).then(({ status, body }) => [status, body.error.field]), [400, 'password']);
    assert.deepEqual(await setUp({ ...founder, code, email: 'nobody' }).then(({ status, body }) => [status, body.error.field]), [400, 'email']);
    const foreign = await fetch(`${server.address}/api/auth/setup`, { method: 'POST', headers: { ...json, origin: 'https://evil.example' }, body: JSON.stringify({ ...founder, code }) });
    assert.equal(foreign.status, 403);
  });

  await test('another start has another code; the log has none of them', async () => {
    assert.equal(await server.kill('SIGTERM'), 0);
    await server.start();
    const next = await server.setupCode();
    assert.notEqual(next, code);
    assert.equal((await setUp({ ...founder, code })).status, 403);
    assert.ok(!server.log.includes(next) && !server.log.includes(code), 'the code is in the log');
  });

  await test('of two at once one is the first; the page is logged in, and the code is gone', async () => {
    const now = await server.setupCode();
    const answers = await Promise.all([
      fetch(`${server.address}/api/auth/setup`, { method: 'POST', headers: json, body: JSON.stringify({ ...founder, code: now }) }),
      fetch(`${server.address}/api/auth/setup`, { method: 'POST', headers: json, body: JSON.stringify({ ...founder, organization: 'Another', email: 'second@test.example', code: now }) }),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409]);
    const made = answers.find(({ status }) => status === 201);
    const cookie = made.headers.get('set-cookie').split(';')[0];
    const { user } = await made.json();
    assert.equal(user.role, 'OWNER');
    const me = await fetch(`${server.address}/api/auth/me`, { headers: { cookie } });
    assert.equal((await me.json()).user.id, user.id);
    assert.equal((await setUp({ ...founder, code: now })).status, 409);
    assert.equal((await api(server.address, null, 'GET', '/api/auth/providers')).body.setup, false);
    await logIn(server.address, user.email, password);
    assert.equal(await server.kill('SIGTERM'), 0);
    await server.start();
    assert.ok(!server.output.some((line) => line.includes('/setup#')), 'a server with users shows a code');
    assert.equal(await server.kill('SIGTERM'), 0);
  });

  await test('where standard output is kept by the journal, the code is not shown', async () => {
    const other = join(dataDirectory(), 'data'), output = join(dataDirectory(), 'output');
    const journal = spawn('bash', ['-c', 'exec >"$3"; export JOURNAL_STREAM=$(stat -L -c %d:%i "$3"); exec "$1" serve --data "$2" --listen 127.0.0.1:0 2>/dev/null', 'bash', program, other, output]);
    await until('it is said how to go on', () => existsSync(output) && /^there is no user yet: orchd init/m.test(readFileSync(output, 'utf8')));
    assert.ok(!readFileSync(output, 'utf8').includes('/setup#'));
    journal.kill('SIGTERM');
    await once(journal, 'exit');
  });

  await test('wrong codes are followed by 429; `orchd init` closes the door as well', async () => {
    const other = join(dataDirectory(), 'data');
    const door = await new Server(other).start();
    const key = await door.setupCode();
    for (let i = 0; i < 10; i++) assert.equal((await setUp({ ...founder, code: `guess${i}` }, door.address)).status, 403);
    assert.equal((await setUp({ ...founder, code: key }, door.address)).status, 429);
    await orchdOk(['init', '--data', other, '--email', 'init@test.example', '--name', 'Init', '--password-stdin'], { input: `${password}\n` });
    assert.equal((await setUp({ ...founder, code: key }, door.address)).status, 409);
    assert.equal(await door.kill('SIGTERM'), 0);
  });
}

export default async function () {
  await sessions();
  await firstUser();
}
