// Channels and membership: who sees what, who may change what.
import assert from 'node:assert/strict';
import { test } from '../harness/check.mjs';
import { Listener, World } from './world.mjs';

export default async function () {
  const world = await World.make();
  const { alice, bob, carol } = world.people;
  const secret = await world.addChannel('secret', [alice.email, bob.id]);

  await test('the list has what one is a member of', async () => {
    const slugs = async (token) => (await world.get('/api/channels', token)).body.channels.map((channel) => channel.slug).sort();
    assert.deepEqual(await slugs(alice.token), ['general', 'secret']);
    assert.deepEqual(await slugs(carol.token), ['general']);
    const mine = (await world.get('/api/channels', bob.token)).body.channels.find((channel) => channel.id === secret.id);
    assert.deepEqual([mine.name, mine.slug, mine.type, mine.memberCount], ['secret', 'secret', 'PRIVATE', 3]);
  });

  await test('who is not a member cannot read, write, react, or learn who is there', async () => {
    const message = await world.say(alice.token, secret.id, 'psst');
    const path = `/api/channels/${secret.id}`;
    assert.ok([403, 404].includes((await world.get(`${path}/messages`, carol.token)).status));
    assert.ok([403, 404].includes((await world.post(`${path}/messages`, carol.token, { content: 'hi' })).status));
    assert.ok([403, 404].includes((await world.get(`${path}/members`, carol.token)).status));
    assert.equal((await world.get(`/api/messages/${message.id}/reactions`, carol.token)).status, 404);
    assert.equal((await world.post(`/api/messages/${message.id}/reactions`, carol.token, { emoji: '👍' })).status, 404);
    assert.ok([403, 404].includes((await world.call('PATCH', `/api/messages/${message.id}`, carol.token, { content: 'x' })).status));
    assert.ok([403, 404].includes((await world.call('DELETE', `/api/messages/${message.id}`, carol.token)).status));
    assert.ok([403, 404].includes((await world.post(`${path}/members`, carol.token, { userId: carol.id })).status));
    const rpc = await world.rpc(carol.token);
    for (const [method, params] of [
      ['channel.history', { channelId: secret.id }],
      ['message.send', { channelId: secret.id, content: 'hi' }],
      ['typing', { channelId: secret.id }],
      ['subscribe', { channels: [secret.id] }],
    ]) await assert.rejects(rpc.call(method, params), (error) => ['forbidden', 'not_found'].includes(error.data.code), method);
    await rpc.close();
  });

  await test('a member added sees the channel and its notices at once; removed, no longer', async () => {
    const rpc = await world.rpc(carol.token);
    const listener = new Listener(rpc);
    await rpc.call('subscribe');
    await world.say(alice.token, secret.id, 'not for carol');
    assert.equal((await world.post(`/api/channels/${secret.id}/members`, alice.token, { email: carol.email })).status, 200);
    await listener.next('channel.changed', ({ channel }) => channel.id === secret.id);
    await world.say(alice.token, secret.id, 'welcome');
    await listener.next('message.created', ({ message }) => message.content === 'welcome');
    assert.equal(listener.find('message.created', ({ message }) => message.content === 'not for carol'), undefined);
    assert.equal((await world.call('DELETE', `/api/channels/${secret.id}/members`, world.admin, { userId: carol.id })).status, 200);
    await world.say(alice.token, secret.id, 'gone');
    await world.say(alice.token, world.general.id, 'for all');
    await listener.next('message.created', ({ message }) => message.content === 'for all');
    assert.equal(listener.find('message.created', ({ message }) => message.content === 'gone'), undefined);
    assert.ok([403, 404].includes((await world.get(`/api/channels/${secret.id}/messages`, carol.token)).status));
    await rpc.close();
  });

  await test('a member cannot remove others, but leave', async () => {
    assert.equal((await world.call('DELETE', `/api/channels/${secret.id}/members`, bob.token, { userId: alice.id })).status, 403);
    assert.equal((await world.call('DELETE', `/api/channels/${secret.id}/members`, bob.token, { userId: bob.id })).status, 200);
    assert.ok([403, 404].includes((await world.get(`/api/channels/${secret.id}/messages`, bob.token)).status));
  });

  await test('a direct channel is made once for two', async () => {
    const first = await world.post('/api/channels/direct', alice.token, { userId: bob.id });
    const second = await world.post('/api/channels/direct', bob.token, { email: alice.email });
    assert.equal(first.body.channel.type, 'DM');
    assert.equal(first.body.channel.id, second.body.channel.id);
    assert.equal((await world.post('/api/channels/direct', alice.token, { userId: 'nobody' })).status, 404);
    assert.equal((await world.get('/api/channels', carol.token)).body.channels.some((channel) => channel.type === 'DM'), false);
  });

  await test('names are checked', async () => {
    for (const [body, status] of [[{}, 400], [{ name: '' }, 400], [{ name: 7 }, 400], [{ name: 'x'.repeat(300) }, 400], [{ name: 'n', type: 'HUDDLE!' }, 400], [{ name: 'n', members: 'alice' }, 400], [{ name: 'n', members: [1] }, 400], [{ name: 'n', members: ['ghost'] }, 404], [{ name: 'secret' }, 409]]) {
      const answer = await world.post('/api/channels', world.admin, body);
      assert.equal(answer.status, status, `${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
    }
  });

  await test('members are listed, a channel is found by its slug', async () => {
    const members = (await world.get('/api/channels/general/members', alice.token)).body.members;
    assert.deepEqual(members.map((member) => member.email).sort(), ['alice@test.example', 'bob@test.example', 'carol@test.example', world.ownerEmail].sort());
    assert.equal((await world.get('/api/channels/no-such/members', alice.token)).status, 404);
  });

  await world.end();
}
