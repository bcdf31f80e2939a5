// Somebody who is let in, or was, and wants what is not theirs: stolen, forged and old tokens, ids of others.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test, until } from '../harness/check.mjs';
import { closed, Listener, within } from '../server/world.mjs';
import { attacker, Wire, upgrade } from './wire.mjs';

const refused = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error.data?.code ?? error.message;
  }
  return 'nothing was refused';
};

export default async function (world, honest) {
  const { mallory, alice, bob } = world.people;
  const me = (token) => world.get('/api/auth/me', token);
  const secret = honest.channel.id;

  // What becomes of a WebSocket with this token: the close code, or the status of a refusal.
  async function entry(token) {
    const wire = await Wire.open(world.address);
    wire.send(upgrade(token));
    const status = await wire.until('the handshake', (bytes) => /^HTTP\/1\.1 (\d+)[^]*?\r\n\r\n/.exec(bytes.toString('latin1'))?.[1]);
    wire.end();
    if (status !== '101') return Number(status);
    const again = await attacker(world.address, token);
    const code = await again.closing();
    again.end();
    return code;
  }

  await test('forged sessions and tokens open nothing', async () => {
    const flip = alice.token.slice(0, -1) + (alice.token.at(-1) === 'A' ? 'B' : 'A');
    const prefix = alice.token.slice(0, alice.token.length - 20);
    const forged = ['x', flip, prefix, alice.token + 'A', alice.token.toUpperCase(), prefix + randomBytes(15).toString('base64url'), createHash('sha256').update(alice.token).digest('hex'),
      "' OR 1=1 --", '%00', 'null', 'undefined', '0', alice.id, 'a'.repeat(4000)];
    for (const token of forged) {
      assert.equal((await me(token)).status, 401, token);
      assert.equal(await entry(token), 4401, token);
    }
  });

  await test('who steals a session loses it the moment it is revoked, also on open WebSockets and in the middle of a replay', async () => {
    const stolen = (await world.post('/api/tokens', bob.token, { name: 'laptop' })).body;
    const thief = await world.rpc(stolen.token);
    const watcher = await world.rpc(stolen.token);
    const heard = new Listener(thief);
    await thief.call('subscribe');
    await honest.check(2);
    await until('the thief hears what bob hears', () => heard.seen.length > 0);
    watcher.call('subscribe', { since: 0 }).catch(() => {});
    const ended = Promise.all([closed(thief), closed(watcher)]);
    assert.equal((await world.call('DELETE', `/api/tokens/${stolen.id}`, bob.token)).status, 204);
    const before = heard.seen.length;
    assert.deepEqual(await ended, [4401, 4401]);
    await honest.check(2);
    assert.equal(heard.seen.length, before, 'nothing was told after it');
    assert.equal((await me(stolen.token)).status, 401);
    assert.equal(await entry(stolen.token), 4401);
  });

  await test('a session that logs out takes its WebSockets along, and no other', async () => {
    const one = await world.sessionOf('mallory@test.example');
    const first = await world.rpc(one);
    const other = await world.rpc(mallory.token);
    const ended = closed(first);
    assert.equal((await world.post('/api/auth/logout', one)).status, 204);
    assert.equal(await ended, 4401);
    assert.equal((await me(one)).status, 401);
    assert.equal((await other.call('ping')).pong, true);
    await other.close();
  });

  await test('an expired token is closed when it expires', async () => {
    const expiresAt = new Date(Date.now() + 2000).toISOString();
    const made = (await world.post('/api/tokens', mallory.token, { name: 'short', expiresAt })).body;
    const rpc = await world.rpc(made.token);
    assert.equal(await closed(rpc), 4401);
    assert.ok(Date.now() >= Date.parse(expiresAt) - 5);
    assert.equal((await me(made.token)).status, 401);
    assert.equal(await entry(made.token), 4401);
  });

  await test('a revocation is never overtaken by a login that was under way', async () => {
    for (let i = 0; i < 40; i++) {
      const { token, id } = (await world.post('/api/tokens', mallory.token, { name: `race ${i}` })).body;
      const entering = world.rpc(token).catch(() => null);
      const revoking = world.call('DELETE', `/api/tokens/${id}`, mallory.token);
      const [rpc] = await Promise.all([entering, revoking]);
      if (rpc && rpc.socket.readyState === 1) assert.equal(await closed(rpc), 4401);
    }
  });

  await test('a channel that one is not in: nothing is read, written or learned', async () => {
    const { messages } = (await world.get(`/api/channels/${secret}/messages?limit=5`, alice.token)).body;
    const message = messages.at(-1);
    const rpc = await world.rpc(mallory.token);
    const heard = new Listener(rpc);
    const calls = [
      ['channel.history', { channelId: secret }, 'forbidden'],
      ['channel.members', { channelId: secret }, 'forbidden'],
      ['message.send', { channelId: secret, content: 'let me in' }, 'forbidden'],
      ['message.send', { channelId: world.general.id, content: 'x', parentId: message.id }, 'not_found'],
      ['message.edit', { messageId: message.id, content: 'mine' }, 'not_found'],
      ['message.delete', { messageId: message.id }, 'not_found'],
      ['reaction.add', { messageId: message.id, emoji: '👀' }, 'not_found'],
      ['reaction.remove', { messageId: message.id, emoji: '👀' }, 'not_found'],
      ['reaction.list', { messageId: message.id }, 'not_found'],
      ['typing', { channelId: secret }, 'forbidden'],
      ['subscribe', { channels: [secret] }, 'not_found'],
      ['subscribe', { channels: [world.general.id, secret] }, 'not_found'],
      ['daemon.stop', { orchestratorId: 'ada' }, 'forbidden'],
    ];
    for (const [method, params, code] of calls) assert.equal(await refused(rpc.call(method, params)), code, `${method} ${JSON.stringify(params)}`);
    for (const [method, path, body, status] of [
      ['GET', `/api/channels/${secret}/messages`, undefined, 403],
      ['POST', `/api/channels/${secret}/messages`, { content: 'x' }, 403],
      ['GET', `/api/channels/${secret}/members`, undefined, 403],
      ['POST', `/api/channels/${secret}/members`, { userId: mallory.id }, 403],
      ['DELETE', `/api/channels/${secret}/members`, { userId: alice.id }, 403],
      ['PATCH', `/api/messages/${message.id}`, { content: 'x' }, 404],
      ['DELETE', `/api/messages/${message.id}`, undefined, 404],
      ['POST', '/api/users', { email: 'root@test.example', name: 'root', admin: true }, 403],
      ['POST', '/api/owner/sessions', { email: world.ownerEmail }, 403],
    ]) assert.equal((await world.call(method, path, mallory.token, body)).status, status, `${method} ${path}`);
    // An id of there is a place in time here, and the thread that it would be is empty.
    const before = await rpc.call('channel.history', { channelId: world.general.id, before: message.id });
    const thread = await rpc.call('channel.history', { channelId: world.general.id, thread: message.id });
    assert.ok([...before.messages, ...thread.messages].every(({ channelId }) => channelId === world.general.id));
    assert.equal(thread.messages.length, 0);
    await rpc.call('subscribe', { since: 0 });
    await honest.check(3);
    assert.ok(!heard.seen.some(({ params }) => JSON.stringify(params).includes(secret)), 'she heard of it');
    const list = (await rpc.call('channel.list')).channels.map(({ id }) => id);
    assert.ok(!list.includes(secret));
    await rpc.close();
  });

  await test('what others wrote in a channel that one shares is theirs', async () => {
    const message = await world.say(alice.token, world.general.id, 'by alice');
    const rpc = await world.rpc(mallory.token);
    assert.equal(await refused(rpc.call('message.edit', { messageId: message.id, content: 'x' })), 'forbidden');
    assert.equal(await refused(rpc.call('message.delete', { messageId: message.id })), 'forbidden');
    await rpc.close();
  });

  await test('guessed ids find nothing, and cost nothing', async () => {
    const known = (await world.say(mallory.token, world.general.id, 'mine')).id;
    const rpc = await world.rpc(mallory.token);
    // Ids ascend in time: a neighbour of one's own is what one would try first.
    const guesses = Array.from({ length: 300 }, (_, i) => known.slice(0, -4) + (i * 7919).toString(36).padStart(4, '0').slice(-4)).filter((id) => id !== known);
    const odd = ['', ' ', '../x', "' OR '1'='1", 'c'.repeat(64), '💥', 'null', '-1', '9007199254740993'];
    const results = await Promise.all([...guesses, ...odd].map((messageId) => refused(rpc.call('message.edit', { messageId, content: 'x' }))));
    assert.ok(results.every((code) => ['not_found', 'invalid'].includes(code)), [...new Set(results)].join());
    await rpc.close();
  });

  await test('a member who is removed hears and may nothing more', async () => {
    const channel = await world.addChannel('sieve', [mallory.id, alice.id]);
    const rpc = await world.rpc(mallory.token);
    const heard = new Listener(rpc);
    const { cursor } = await rpc.call('subscribe', { channels: [channel.id] });
    await world.say(alice.token, channel.id, 'one');
    await heard.next('message.created');
    await world.call('DELETE', `/api/channels/${channel.id}/members`, world.admin, { userId: mallory.id });
    await world.say(alice.token, channel.id, 'two');
    assert.equal(await refused(rpc.call('channel.history', { channelId: channel.id })), 'forbidden');
    assert.equal(heard.seen.filter(({ method }) => method === 'message.created').length, 1);
    const again = await world.rpc(mallory.token);
    const replayed = new Listener(again);
    await again.call('subscribe', { since: cursor });
    assert.ok(!replayed.seen.some(({ params }) => params.message?.channelId === channel.id));
    await within('both are closed', Promise.all([rpc.close(), again.close()]));
  });
}
