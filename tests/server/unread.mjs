// What is unread, who is there, and which channels one may join.
import assert from 'node:assert/strict';
import { test, until } from '../harness/check.mjs';
import { Listener, World } from './world.mjs';

export default async function () {
  const world = await World.make({ env: { ORCHD_MODEL: 'rules' } });
  const { alice, bob, carol } = world.people;
  const channel = await world.addChannel('marks', [alice.id, bob.id]);
  const rpc = await world.rpc(bob.token);
  const mine = async (slug = 'marks', by = rpc) => (await by.call('channel.list')).channels.find((each) => each.slug === slug);
  const counts = async () => {
    const { unread, mentions, lastReadId } = await mine();
    return [unread, mentions, lastReadId];
  };

  await test('others’ messages are unread until one has read them', async () => {
    assert.deepEqual(await counts(), [0, 0, null]);
    assert.equal((await mine()).lastMessageAt, null);
    const first = await world.say(alice.token, channel.id, 'one');
    const second = await world.say(alice.token, channel.id, 'two, @Bob!');
    await world.say(bob.token, channel.id, 'mine does not count');
    const last = await world.say(alice.token, channel.id, 'mail@bob.example is nobody, nor is @bobby');
    assert.deepEqual(await counts(), [3, 1, null]);
    assert.deepEqual([(await mine()).lastMessageAt, (await mine()).lastMessageId], [last.createdAt, last.id]);
    assert.deepEqual(await rpc.call('channel.read', { channelId: channel.id, messageId: first.id }), { channelId: channel.id, lastReadId: first.id, unread: 2, mentions: 1, lastMessageId: last.id });
    assert.deepEqual(await counts(), [2, 1, first.id]);
    await rpc.call('channel.read', { channelId: 'marks', messageId: second.id });
    const back = await rpc.call('channel.read', { channelId: channel.id, messageId: first.id });
    assert.deepEqual([back.lastReadId, back.unread, back.mentions], [second.id, 1, 0], 'a mark never goes back');
    await world.call('DELETE', `/api/messages/${last.id}`, alice.token);
    assert.deepEqual(await counts(), [0, 0, second.id]);
    const over = await world.post(`/api/channels/${channel.id}/read`, bob.token, { messageId: last.id });
    assert.deepEqual([over.status, over.body.lastReadId], [200, last.id]);
    await assert.rejects(rpc.call('channel.read', { channelId: channel.id, messageId: 'ghost' }), ({ data }) => data.status === 404 && data.field === 'messageId');
    assert.equal((await world.post(`/api/channels/${channel.id}/read`, carol.token, { messageId: last.id })).status, 403);
  });

  await test('a mention by metadata counts, also behind a hundred others; the count ends there', async () => {
    await world.say(alice.token, channel.id, 'you', { metadata: { mentions: [bob.id] } });
    for (let i = 0; i < 110; i++) await world.say(alice.token, channel.id, String(i));
    assert.deepEqual((await counts()).slice(0, 2), [100, 1]);
    const list = (await world.get('/api/channels', bob.token)).body.channels;
    assert.equal(list.find(({ id }) => id === channel.id).unread, 100);
    assert.equal((await mine('general')).unread, 0);
  });

  await test('one’s other WebSockets are told what was read, others are not', async () => {
    const other = await world.rpc(bob.token);
    const stranger = await world.rpc(alice.token);
    const listeners = [new Listener(other), new Listener(stranger), new Listener(rpc)];
    await other.call('subscribe');
    await stranger.call('subscribe');
    await rpc.call('subscribe');
    const message = await world.say(alice.token, channel.id, 'read me');
    const mark = await rpc.call('channel.read', { channelId: channel.id, messageId: message.id });
    assert.deepEqual(await listeners[0].next('channel.read'), mark);
    await stranger.call('ping');
    assert.equal(listeners[1].find('channel.read'), undefined);
    assert.equal(listeners[2].find('channel.read'), undefined);
    await other.close();
    await stranger.close();
  });

  await test('a direct channel says whom it is with', async () => {
    const { channel: direct } = (await world.post('/api/channels/direct', alice.token, { userId: bob.id })).body;
    assert.deepEqual(direct.direct, { id: bob.id, name: 'bob', isOrchestrator: false });
    assert.deepEqual((await mine(direct.slug)).direct, { id: alice.id, name: 'alice', isOrchestrator: false });
    const ada = await world.addOrchestrator('Ada');
    const { channel: hers } = (await world.post('/api/channels/direct', bob.token, { userId: ada.userId })).body;
    assert.deepEqual(hers.direct, { id: ada.userId, name: 'Ada', isOrchestrator: true, orchestratorId: ada.id });
    assert.equal('direct' in (await mine()), false);
  });

  await test('public channels are found, joined and left', async () => {
    for (const name of ['open a', 'open b', 'open c']) await world.addChannel(name, [], 'PUBLIC');
    const first = await rpc.call('channel.browse', { limit: 2 });
    const rest = await rpc.call('channel.browse', { after: first.next });
    const all = [...first.channels, ...rest.channels];
    assert.deepEqual(all.map(({ slug }) => slug), ['general', 'open-a', 'open-b', 'open-c']);
    assert.ok(all.every(({ type, joined }) => type === 'PUBLIC' && joined));
    assert.equal(rest.next, undefined);
    const { channel: left } = await rpc.call('channel.leave', { channelId: 'open-a' });
    assert.equal(await mine('open-a'), undefined);
    assert.equal((await rpc.call('channel.browse')).channels.find(({ slug }) => slug === 'open-a').joined, false);
    const { channel: back } = await rpc.call('channel.join', { channelId: 'open-a' });
    assert.equal(back.memberCount, left.memberCount + 1);
    assert.equal((await mine('open-a')).id, back.id);
    assert.equal((await world.post(`/api/channels/${channel.id}/join`, carol.token)).status, 403);
    assert.equal((await world.post('/api/channels/ghost/join', carol.token)).status, 404);
    await assert.rejects(rpc.call('channel.leave', { channelId: (await world.post('/api/channels/direct', alice.token, { userId: bob.id })).body.channel.id }), ({ data }) => data.status === 409);
    await assert.rejects(rpc.call('channel.browse', { after: 'ghost' }), ({ data }) => data.field === 'after');
    await assert.rejects(rpc.call('channel.browse', { limit: 501 }), ({ data }) => data.field === 'limit');
  });

  await test('presence: of people by their WebSockets, of orchestrators by their daemons', async () => {
    const listener = new Listener(rpc);
    const presence = async (id) => (await rpc.call('user.list')).users.find((user) => user.id === id).presence;
    assert.deepEqual([await presence(bob.id), await presence(carol.id)], ['online', 'offline']);
    const first = await world.rpc(carol.token);
    assert.deepEqual(await listener.next('presence.changed', ({ userId }) => userId === carol.id), { userId: carol.id, presence: 'online' });
    const second = await world.rpc(carol.token);
    await first.close();
    assert.equal(await presence(carol.id), 'online');
    await second.close();
    await listener.next('presence.changed', ({ userId, presence: now }) => userId === carol.id && now === 'offline');
    const before = listener.seen.filter(({ params }) => params.userId === carol.id).length;
    assert.equal(before, 2, 'one of two WebSockets that goes is no change');
    const ada = (await world.get('/api/orchestrators', alice.token)).body.orchestrators[0];
    await until('the daemon runs', async () => (await presence(ada.userId)) === 'online');
    await world.post(`/api/daemons/${ada.id}/stop`, world.admin);
    assert.deepEqual(await listener.next('presence.changed', ({ orchestratorId }) => orchestratorId === ada.id), { orchestratorId: ada.id, userId: ada.userId, presence: 'offline' });
  });

  await test('typing in a thread says in which', async () => {
    const listener = new Listener(rpc);
    const other = await world.rpc(alice.token);
    await other.call('typing', { channelId: channel.id, parentId: 'c1' });
    assert.deepEqual(await listener.next('typing'), { channelId: channel.id, userId: alice.id, parentId: 'c1' });
    await other.close();
  });

  await rpc.close();
  await world.end();
}
