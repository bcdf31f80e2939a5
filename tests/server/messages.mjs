// Messages and reactions over HTTP.
import assert from 'node:assert/strict';
import { test } from '../harness/check.mjs';
import { World } from './world.mjs';

export default async function () {
  const world = await World.make();
  const { alice, bob } = world.people;
  const path = `/api/channels/${world.general.id}/messages`;

  await test('a message has all its fields', async () => {
    const made = await world.post(path, alice.token, { content: 'Hëllo "wörld"\n\t\u2028 \u{1F600} </script>', clientId: 'c-1', metadata: { mentions: [], deep: { a: [1, 2.5, null, 'ü'] } } });
    assert.equal(made.status, 201);
    const { message } = made.body;
    assert.deepEqual(Object.keys(message).sort(), ['authorId', 'channelId', 'clientId', 'content', 'createdAt', 'deleted', 'edited', 'id', 'metadata', 'parentId', 'type', 'updatedAt']);
    assert.equal(message.content, 'Hëllo "wörld"\n\t\u2028 \u{1F600} </script>');
    assert.deepEqual([message.authorId, message.channelId, message.type, message.parentId, message.clientId], [alice.id, world.general.id, 'TEXT', null, 'c-1']);
    assert.deepEqual(message.metadata, { mentions: [], deep: { a: [1, 2.5, null, 'ü'] } });
    assert.ok(Math.abs(new Date(message.createdAt) - Date.now()) < 60000);
    assert.match(message.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const history = (await world.get(`${path}?limit=1`, bob.token)).body.messages;
    assert.deepEqual(history, [message]);
  });

  await test('the same clientId of the same author is the same message, once', async () => {
    const first = await world.post(path, alice.token, { content: 'once', clientId: 'same' });
    const again = await world.post(path, alice.token, { content: 'twice', clientId: 'same' });
    assert.deepEqual([first.status, again.status], [201, 201]);
    assert.equal(again.body.message.id, first.body.message.id);
    assert.equal(again.body.message.content, 'once');
    const other = await world.post(path, bob.token, { content: 'mine', clientId: 'same' });
    assert.notEqual(other.body.message.id, first.body.message.id);
    const many = await Promise.all(Array.from({ length: 10 }, () => world.post(path, alice.token, { content: 'race', clientId: 'race' })));
    assert.equal(new Set(many.map((answer) => answer.body.message?.id)).size, 1, JSON.stringify(many[0].body));
  });

  await test('what is refused names the field', async () => {
    for (const [body, field] of [
      [{}, 'content'],
      [{ content: '' }, 'content'],
      [{ content: ' \n ' }, 'content'],
      [{ content: 5 }, 'content'],
      [{ content: 'x'.repeat(32769) }, 'content'],
      [{ content: 'x', clientId: 'y'.repeat(129) }, 'clientId'],
      [{ content: 'x', metadata: [] }, 'metadata'],
      [{ content: 'x', metadata: { pad: 'z'.repeat(17000) } }, 'metadata'],
      [{ content: 'x', parentId: 5 }, 'parentId'],
    ]) {
      const refused = await world.post(path, alice.token, body);
      assert.ok([400, 413].includes(refused.status), JSON.stringify(refused));
      assert.equal(refused.body.error.field, field, JSON.stringify(body).slice(0, 80));
    }
    assert.equal((await world.post(path, alice.token, { content: 'x'.repeat(32768) })).status, 201);
    assert.equal((await world.post(path, alice.token, { content: 'x', parentId: 'ghost' })).status, 404);
    assert.equal((await world.post(path, null, { content: 'x' })).status, 401);
    assert.equal((await world.post('/api/channels/ghost/messages', alice.token, { content: 'x' })).status, 404);
  });

  await test('history pages in both directions without gap or repetition', async () => {
    const channel = await world.addChannel('long', [alice.id]);
    const ids = [];
    for (let i = 0; i < 25; i++) ids.push((await world.say(alice.token, channel.id, `m${i}`)).id);
    const pages = async (parameter, begin) => {
      const found = [];
      for (let at = begin, guard = 0; guard < 20; guard++) {
        const { messages, next } = (await world.get(`/api/channels/${channel.id}/messages?limit=10${at ? `&${parameter}=${at}` : ''}`, alice.token)).body;
        const page = messages.map((message) => message.id);
        parameter === 'after' ? found.push(...page) : found.unshift(...page);
        if (!next) return found;
        at = next;
      }
      throw new Error('no end');
    };
    assert.deepEqual(await pages('before'), ids);
    assert.deepEqual(await pages('after', ids[0]), ids.slice(1));
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=-1', `before=${ids[3]}&after=${ids[1]}`])
      assert.equal((await world.get(`/api/channels/${channel.id}/messages?${query}`, alice.token)).status, 400, query);
  });

  await test('a page of large messages is cut, and reading goes on', async () => {
    const channel = await world.addChannel('wide', [alice.id]);
    const ids = [];
    for (let i = 0; i < 60; i++) ids.push((await world.say(alice.token, channel.id, String(i).padEnd(32768, 'x'))).id);
    const found = [];
    let before, pages = 0;
    do {
      const response = await fetch(`${world.address}/api/channels/${channel.id}/messages?limit=200${before ? `&before=${before}` : ''}`, { headers: { authorization: `Bearer ${alice.token}` } });
      const text = await response.text();
      assert.ok(text.length < 1.3 * 1024 * 1024);
      const { messages, next } = JSON.parse(text);
      found.unshift(...messages.map((message) => message.id));
      before = next;
      pages++;
    } while (before);
    assert.deepEqual(found, ids);
    assert.equal(pages, 2);
  });

  await test('threads', async () => {
    const root = await world.say(alice.token, world.general.id, 'root');
    const reply = await world.say(bob.token, world.general.id, 'reply', { parentId: root.id });
    assert.equal(reply.parentId, root.id);
    await world.say(bob.token, world.general.id, 'beside');
    const thread = (await world.get(`${path}?thread=${root.id}`, alice.token)).body.messages;
    assert.deepEqual(thread.map((message) => message.id), [root.id, reply.id]);
  });

  await test('one edits and deletes what is one’s own; administrators delete any', async () => {
    const message = await world.say(alice.token, world.general.id, 'frist');
    const url = `/api/messages/${message.id}`;
    assert.equal((await world.call('PATCH', url, bob.token, { content: 'hijacked' })).status, 403);
    const edited = await world.call('PATCH', url, alice.token, { content: 'first' });
    assert.deepEqual([edited.status, edited.body.message.content, edited.body.message.edited], [200, 'first', true]);
    assert.equal((await world.call('PATCH', url, alice.token, { content: '' })).status, 400);
    assert.equal((await world.call('DELETE', url, bob.token)).status, 403);
    assert.equal((await world.call('DELETE', url, world.admin)).status, 204);
    assert.equal((await world.call('PATCH', url, alice.token, { content: 'again' })).status >= 400, true);
    const after = (await world.get(`${path}?limit=200`, bob.token)).body.messages.find((each) => each.id === message.id);
    assert.ok(!after || (after.deleted && after.content === ''));
    assert.equal((await world.call('PATCH', '/api/messages/ghost', alice.token, { content: 'x' })).status, 404);
  });

  await test('reactions come and go, once a person and emoji', async () => {
    const message = await world.say(alice.token, world.general.id, 'react');
    const url = `/api/messages/${message.id}/reactions`;
    assert.equal((await world.post(url, bob.token, { emoji: '👍' })).status, 204);
    assert.equal((await world.post(url, bob.token, { emoji: '👍' })).status, 204);
    assert.equal((await world.post(url, alice.token, { emoji: '👍' })).status, 204);
    assert.deepEqual((await world.get(url, alice.token)).body.reactions.map(({ emoji, userId }) => [emoji, userId]).sort(), [['👍', alice.id], ['👍', bob.id]].sort());
    assert.equal((await world.call('DELETE', url, bob.token, { emoji: '👍' })).status, 204);
    assert.equal((await world.call('DELETE', `${url}?emoji=${encodeURIComponent('👍')}`, alice.token)).status, 204);
    assert.deepEqual((await world.get(url, alice.token)).body.reactions, []);
    for (const body of [{}, { emoji: '' }, { emoji: 'x'.repeat(65) }, { emoji: 5 }])
      assert.equal((await world.post(url, bob.token, body)).status, 400, JSON.stringify(body));
    assert.equal((await world.post('/api/messages/ghost/reactions', bob.token, { emoji: '👍' })).status, 404);
  });

  await world.end();
}
