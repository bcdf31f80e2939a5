// Links that log somebody in, once: who makes them, who gets in, and what ends them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, until } from '../harness/check.mjs';
import { orchd, orchdOk, Server } from '../harness/orchd.mjs';
import { password, World } from './world.mjs';

const json = { 'content-type': 'application/json' };
const LINKS_MAX = 64;
const TRIES_MAX = 10;

export default async function () {
  const world = await World.make({ args: ['--trusted-proxy', '127.0.0.1'] });
  const { alice, bob, carol } = world.people;
  const make = (body, token = world.ownerToken) => world.post('/api/owner/login-links', token, body);
  const codeOf = async (body) => (await make(body)).body.url.split('#')[1];
  const open = async (code, headers = {}, address = world.address) => {
    const response = await fetch(`${address}/api/auth/login-link`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ code }) });
    return { status: response.status, body: await response.json(), cookie: response.headers.get('set-cookie'), retryAfter: response.headers.get('retry-after') };
  };
  const refusal = ({ status, body }) => [status, body.error.code, body.error.message];

  await test('the machine\'s owner makes one, for whom it names; it logs in once', async () => {
    for (const token of [alice.token, world.admin]) assert.equal((await make({}, token)).status, 403);
    assert.equal((await make({}, null)).status, 401);
    const made = await make({ email: alice.email });
    assert.deepEqual([made.status, made.body.user.id], [201, alice.id]);
    assert.ok(Math.abs(Date.parse(made.body.expiresAt) - Date.now() - 600_000) < 20_000, made.body.expiresAt);
    const [address, code] = made.body.url.split('/login/link#');
    assert.equal(address, world.address);
    assert.equal(Buffer.from(code, 'base64url').length, 32);
    const first = await open(code, { 'x-forwarded-for': '203.0.113.7' });
    assert.deepEqual([first.status, first.body.user.id], [200, alice.id]);
    assert.match(first.cookie, /^orchd_session=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    const me = await fetch(`${world.address}/api/auth/me`, { headers: { cookie: first.cookie.split(';')[0] } });
    assert.equal((await me.json()).user.id, alice.id);
    assert.deepEqual(refusal(await open(code)), [403, 'forbidden', 'this link was used already; each opens once']);
    assert.equal((await make({})).body.user.email, world.ownerEmail);
    assert.equal((await make({ email: 'ghost@test.example' })).status, 404);
  });

  await test('nothing but that POST uses it up, and not one of a foreign page', async () => {
    const code = await codeOf({ email: alice.email });
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) assert.ok((await fetch(`${world.address}/api/auth/login-link?code=${code}`, { method })).status >= 400, method);
    for (const method of ['GET', 'HEAD']) await fetch(`${world.address}/login/link?code=${code}`, { method });
    assert.equal((await open(code, { origin: 'https://evil.example' })).status, 403);
    assert.equal((await open(code)).status, 200);
  });

  await test('of many who open it at once one gets in', async () => {
    const code = await codeOf({ email: alice.email });
    const answers = await Promise.all(Array.from({ length: 8 }, () => open(code)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(403)]);
  });

  await test('it expires', async () => {
    const { url, expiresAt } = (await make({ email: alice.email, seconds: 1 })).body;
    await until('it is too old', () => Date.now() > Date.parse(expiresAt) + 5);
    assert.deepEqual(refusal(await open(url.split('#')[1])), [403, 'forbidden', 'this link has expired']);
    for (const seconds of [0, 3601, 'soon', 1.5]) assert.deepEqual((({ status, body }) => [status, body.error.field])(await make({ seconds })), [400, 'seconds'], seconds);
  });

  await test('a newer one of the same person ends it, as a new password does; those of others stay', async () => {
    const others = await codeOf({ email: carol.email });
    const first = await codeOf({ email: bob.email });
    const second = await codeOf({ email: bob.email });
    const ended = [403, 'forbidden', 'this link was ended by a newer one, or by a new password'];
    assert.deepEqual(refusal(await open(first)), ended);
    const wrong = await world.post('/api/auth/password', bob.token, { current: 'something else', password: 'battery horse correct' });
    assert.equal(wrong.status, 403);
    assert.equal((await world.post('/api/auth/password', bob.token, { current: password, password: 'battery horse correct' })).status, 204);
    assert.deepEqual(refusal(await open(second)), ended);
    const third = await codeOf({ email: bob.email });
    for (const token of [alice.token, world.admin]) assert.equal((await world.post('/api/owner/passwords', token, { email: bob.email, password })).status, 403);
    assert.equal((await world.post('/api/owner/passwords', world.ownerToken, { email: bob.email, password })).body.user.id, bob.id);
    assert.deepEqual(refusal(await open(third)), ended);
    assert.equal((await open(others)).status, 200);
  });

  await test('forged codes get nobody in, and are followed by 429 for who tries, alone', async () => {
    const code = await codeOf({ email: carol.email });
    const guesser = { 'x-forwarded-for': '203.0.113.99' };
    const bits = Buffer.from(code, 'base64url');
    bits[31] ^= 1;
    const forged = ['', 'x', code.slice(1), `${code}A`, `${code}=`, code.slice(0, -1), ` ${code}`, bits.toString('base64url'), 'A'.repeat(43), 'A'.repeat(128)];
    assert.equal(forged.length, TRIES_MAX);
    for (const wrong of forged) assert.deepEqual((await open(wrong, guesser)).body.error.field, 'code', wrong);
    const refused = await open(code, guesser);
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.retryAfter) > 0);
    assert.equal((await open('A'.repeat(129))).status, 400);
    assert.equal((await open(code, { 'x-forwarded-for': '203.0.113.98' })).status, 200);
  });

  await test('codes are neither in the log nor in the database; what happens with links is in the log', async () => {
    const code = await codeOf({ email: alice.email });
    await open(code);
    await until('the log tells', () => world.server.log.includes('login.link.used'));
    for (const event of ['login.link.made', 'login.link.used', 'login.link.refused']) assert.ok(world.server.log.includes(event), event);
    assert.ok(world.server.log.includes('203.0.113.99'), 'from where');
    assert.ok(!world.server.log.includes(code));
    for (const name of readdirSync(world.data)) assert.ok(!readFileSync(join(world.data, name)).includes(code), name);
  });

  await test(`at most ${LINKS_MAX} are open at once, and those that have ended make room`, async () => {
    const people = [{ id: (await make({})).body.user.id, email: world.ownerEmail }];
    for (let i = 1; i < LINKS_MAX; i++) people.push((await world.post('/api/users', world.ownerToken, { email: `many${i}@test.example`, name: `Many ${i}` })).body.user);
    const codes = [];
    for (const { email } of people) codes.push(await codeOf({ email }));
    const full = await make({ email: alice.email });
    assert.deepEqual([full.status, full.body.error.code], [503, 'busy']);
    assert.equal((await open(codes[0])).body.user.id, people[0].id);
    assert.equal((await make({ email: alice.email })).status, 201);
    assert.equal((await open(codes[LINKS_MAX - 1])).status, 200);
  });

  await test('it does not outlive the server', async () => {
    const code = await codeOf({});
    assert.equal(await world.server.kill('SIGTERM'), 0);
    await world.server.start();
    assert.match((await open(code)).body.error.message, /knows no such link/);
  });
  await world.end();

  await test('the link has the public address; a server on a UNIX socket without one makes none', async () => {
    const socket = await new Server(world.data, { args: ['--listen', `unix:${join(world.data, 's')}`] }).start();
    const { code, stderr } = await orchd(['login-link', '--data', world.data]);
    assert.equal(code, 1);
    assert.match(stderr, /listens on a UNIX socket.*--public-url/);
    assert.equal(await socket.kill('SIGTERM'), 0);
    const server = await new Server(world.data, { args: ['--public-url', 'https://chat.example.com'] }).start();
    assert.match(await orchdOk(['login-link', '--data', world.data]), /^https:\/\/chat\.example\.com\/login\/link#[\w-]{43}\n$/);
    assert.equal(await server.kill('SIGTERM'), 0);
  });
}
