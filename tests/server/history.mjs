// Pages of messages: threads, those that begin one, around a message; and what hangs on each.
import assert from 'node:assert/strict';
import { test, until } from '../harness/check.mjs';
import { World } from './world.mjs';

const contents = (page) => page.messages.map((message) => message.content);

export default async function () {
  const world = await World.make({ env: { ORCHD_MODEL: 'rules' } });
  const { alice, bob, carol } = world.people;
  const channel = await world.addChannel('pages', [alice.id, bob.id]);
  const rpc = await world.rpc(alice.token);
  const page = (params) => rpc.call('channel.history', { channelId: channel.id, ...params });
  const roots = [];
  for (let i = 0; i < 12; i++) {
    roots.push(await world.say(alice.token, channel.id, `r${i}`));
    if (i === 2) for (let k = 0; k < 5; k++) await world.say(bob.token, channel.id, `r2.${k}`, { parentId: roots[2].id });
  }

  await test('a thread is its first message and the replies, in time order and in pages', async () => {
    const whole = await page({ parentId: roots[2].id });
    assert.deepEqual(contents(whole), ['r2', 'r2.0', 'r2.1', 'r2.2', 'r2.3', 'r2.4']);
    assert.deepEqual([whole.messages[0].replyCount, whole.messages[0].lastReplyAt], [5, whole.messages[5].createdAt]);
    assert.equal('replyCount' in whole.messages[1], false);
    const newest = await page({ parentId: roots[2].id, limit: 2 });
    assert.deepEqual(contents(newest), ['r2.3', 'r2.4']);
    assert.deepEqual(contents(await page({ parentId: roots[2].id, limit: 10, before: newest.next })), ['r2', 'r2.0', 'r2.1', 'r2.2']);
    assert.deepEqual(contents(await page({ thread: roots[2].id })), contents(whole));
    await assert.rejects(page({ thread: roots[2].id, parentId: roots[2].id }), ({ data }) => data.field === 'thread');
  });

  await test('the messages that begin threads: none is missed and no reply among them', async () => {
    for (const parameter of ['before', 'after']) {
      const found = [];
      let next = parameter === 'after' ? roots[0].id : undefined;
      for (let guard = 0; guard < 30; guard++) {
        const part = await page({ roots: true, limit: 2, ...(next && { [parameter]: next }) });
        parameter === 'after' ? found.push(...contents(part)) : found.unshift(...contents(part));
        next = part.next;
        if (!next) break;
      }
      assert.deepEqual(found, roots.slice(parameter === 'after' ? 1 : 0).map(({ content }) => content), parameter);
    }
    const only = await world.addChannel('replies', [alice.id]);
    const first = await world.say(alice.token, only.id, 'first');
    for (let i = 0; i < 30; i++) await world.say(alice.token, only.id, String(i), { parentId: first.id });
    let next, pages = 0;
    const found = [];
    do {
      const part = await rpc.call('channel.history', { channelId: only.id, roots: true, limit: 3, ...(next && { before: next }) });
      assert.ok(part.messages.length > 0 || part.next, 'an empty page says where to go on');
      found.push(...contents(part));
      next = part.next;
      pages++;
    } while (next);
    assert.deepEqual([found, pages], [['first'], 2]);
  });

  await test('around a message, and from there in both directions', async () => {
    const middle = await page({ around: roots[6].id, limit: 5 });
    assert.deepEqual(contents(middle), ['r4', 'r5', 'r6', 'r7', 'r8']);
    assert.deepEqual(contents(await page({ before: middle.previous, limit: 2 })), ['r2.4', 'r3']);
    assert.deepEqual(contents(await page({ after: middle.next, limit: 2 })), ['r9', 'r10']);
    const end = await page({ around: roots[11].id, limit: 4 });
    assert.deepEqual([contents(end), end.next], [['r9', 'r10', 'r11'], undefined]);
    const begin = await page({ around: roots[0].id, limit: 4 });
    assert.deepEqual([contents(begin), begin.previous], [['r0', 'r1'], undefined]);
    assert.deepEqual(contents(await page({ around: roots[3].id, limit: 1 })), ['r3']);
    assert.deepEqual(contents(await page({ around: roots[3].id, limit: 3, roots: true })), ['r2', 'r3', 'r4']);
    const reply = (await page({ parentId: roots[2].id })).messages[3];
    assert.deepEqual(contents(await page({ around: reply.id, limit: 3, parentId: roots[2].id })), ['r2.1', 'r2.2', 'r2.3']);
    await assert.rejects(page({ around: 'ghost' }), ({ data }) => data.status === 404 && data.field === 'around');
    await assert.rejects(page({ around: roots[1].id, after: roots[1].id }), ({ data }) => data.status === 400);
    await assert.rejects(page({ roots: true, parentId: roots[1].id }), ({ data }) => data.field === 'roots');
    const other = await world.say(alice.token, world.general.id, 'elsewhere');
    await assert.rejects(page({ around: other.id }), ({ data }) => data.status === 404);
  });

  await test('over HTTP it is the same', async () => {
    const path = `/api/channels/${channel.id}/messages`;
    const over = await world.get(`${path}?roots=true&limit=3`, alice.token);
    assert.deepEqual([over.status, contents(over.body)], [200, ['r9', 'r10', 'r11']]);
    assert.equal((await world.get(`${path}?roots=false&limit=3`, alice.token)).status, 200);
    assert.equal((await world.get(`${path}?roots=maybe`, alice.token)).body.error.field, 'roots');
    assert.equal((await world.get(`${path}?around=${roots[3].id}&limit=3`, alice.token)).body.messages.length, 3);
    assert.equal((await world.get(`${path}?parentId=${roots[2].id}`, carol.token)).status, 403);
    assert.deepEqual((await world.get(`/api/channels/${world.general.id}/messages?parentId=${roots[2].id}`, carol.token)).body.messages, []);
  });

  await test('reactions hang on the messages of a page, the first emoji first', async () => {
    const url = `/api/messages/${roots[8].id}/reactions`;
    for (const [token, emoji] of [[alice.token, '👍'], [bob.token, '🎉'], [bob.token, '👍']]) await world.post(url, token, { emoji });
    const found = (await page({ limit: 6 })).messages;
    assert.deepEqual(found.find(({ id }) => id === roots[8].id).reactions, [{ emoji: '👍', userIds: [alice.id, bob.id] }, { emoji: '🎉', userIds: [bob.id] }]);
    assert.deepEqual(found.filter((message) => 'reactions' in message).length, 1);
    await world.call('DELETE', url, bob.token, { emoji: '🎉' });
    assert.deepEqual((await page({ limit: 6 })).messages.find(({ id }) => id === roots[8].id).reactions, [{ emoji: '👍', userIds: [alice.id, bob.id] }]);
  });

  await test('turns that have not been answered hang on their message', async () => {
    const ada = await world.addOrchestrator('Ada', undefined, { loggedIn: false, channels: ['pages'] });
    const asked = await world.say(alice.token, channel.id, '@ada hello');
    const state = async () => (await page({ limit: 1, around: asked.id })).messages[0].turns;
    const [turn, ...more] = await state();
    assert.deepEqual([more, turn.orchestratorId, turn.state, 'error' in turn], [[], ada.id, 'waiting', false]);
    await world.post(`/api/daemons/${ada.id}/start`, world.admin);
    await until('it is answered', async () => (await state()) === undefined);
    assert.equal((await page({ limit: 1 })).messages[0].metadata.replyToId, asked.id);
  });

  await rpc.close();
  await world.end();
}
