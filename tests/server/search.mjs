// Searching messages: who finds what, and that what was edited or deleted is found as it is now, also after kill -9.
import assert from 'node:assert/strict';
import { test, until } from '../harness/check.mjs';
import { World } from './world.mjs';

export default async function () {
  const world = await World.make({ env: { ORCHD_MODEL: 'rules' } });
  const { alice, bob, carol } = world.people;
  const secret = await world.addChannel('secret', [alice.id, bob.id]);
  let rpc = await world.rpc(alice.token);
  const found = async (query, extra = {}, by = rpc) => (await by.call('message.search', { query, ...extra })).messages.map(({ content }) => content);

  await test('messages with all the words, the newest first, in one’s own channels', async () => {
    assert.deepEqual(await found('lighthouse'), []);
    await world.say(alice.token, world.general.id, 'The old lighthouse keeper');
    await world.say(bob.token, secret.id, 'Lighthouse secrets');
    const last = await world.say(carol.token, world.general.id, 'a lighthouse, and its keeper’s cat');
    assert.deepEqual(await found('lighthouse'), ['a lighthouse, and its keeper’s cat', 'Lighthouse secrets', 'The old lighthouse keeper']);
    assert.deepEqual(await found('keeper lightho'), ['a lighthouse, and its keeper’s cat', 'The old lighthouse keeper']);
    assert.deepEqual([await found('keeper lightho '), (await found('keeper lighthouse ')).length], [[], 2]);
    assert.deepEqual(await found('lighthouse', { channelId: 'secret' }), ['Lighthouse secrets']);
    assert.deepEqual(await found('lighthouse', { before: last.id, limit: 1 }), ['Lighthouse secrets']);
    const stranger = await world.rpc(carol.token);
    assert.deepEqual(await found('lighthouse', {}, stranger), ['a lighthouse, and its keeper’s cat', 'The old lighthouse keeper']);
    await assert.rejects(found('lighthouse', { channelId: secret.id }, stranger), ({ data }) => data.code === 'forbidden');
    await stranger.close();
    const over = await world.get('/api/search?query=secret%20light&limit=5', bob.token);
    assert.deepEqual([over.status, over.body.messages, over.body.next], [200, [], undefined]);
    const whole = async (query) => (await world.get(`/api/search?query=${query}`, bob.token)).body.messages.length;
    assert.deepEqual([await whole('secre'), await whole('secre+'), await whole('secrets%20')], [1, 0, 1]);
    assert.equal((await world.get('/api/search?query=lighthouse%20secret', bob.token)).body.messages[0].content, 'Lighthouse secrets');
  });

  await test('many searches at once index each message once', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, i) => world.say(alice.token, secret.id, `harbour ${i}`)));
    const answers = await Promise.all(Array.from({ length: 8 }, () => found('harbour', { limit: 50 })));
    assert.deepEqual(answers.map((each) => new Set(each).size), Array(8).fill(40));
    assert.ok(answers.every((each) => each.length === 40));
  });

  await test('whatever is typed is looked for, never obeyed', async () => {
    for (const query of ['" OR 1=1 --', 'content:light', 'light*house', 'NEAR(light house)', '{a}:b', '^light', '"', '""', '…', '👍', 'light AND', '(', "'; DROP TABLE messages; --"]) {
      const answer = await world.get(`/api/search?query=${encodeURIComponent(query)}`, alice.token);
      assert.ok(answer.status === 200 || (answer.status === 400 && answer.body.error.field === 'query'), `${query}: ${JSON.stringify(answer.body)}`);
    }
    for (const query of ['', 'x'.repeat(257), Array(17).fill('a').join(' '), '+-*'])
      assert.equal((await world.get(`/api/search?query=${encodeURIComponent(query)}`, alice.token)).status, 400, query);
    assert.equal((await world.get('/api/search', alice.token)).body.error.field, 'query');
    assert.equal((await world.get('/api/search?query=light&before=ghost', alice.token)).status, 404);
    assert.equal((await world.get('/api/search?query=light&limit=51', alice.token)).status, 400);
    assert.equal((await world.get('/api/search?query=light', null)).status, 401);
  });

  await test('an edit and a deletion count at once, and outlive kill -9', async () => {
    const edited = await world.say(alice.token, world.general.id, 'marmalade');
    const deleted = await world.say(alice.token, world.general.id, 'marmalade too');
    assert.equal((await found('marmalade')).length, 2);
    await rpc.call('message.edit', { messageId: edited.id, content: 'honey' });
    await rpc.call('message.delete', { messageId: deleted.id });
    const unseen = await world.say(alice.token, world.general.id, 'rhubarb');
    await rpc.call('message.edit', { messageId: unseen.id, content: 'quince' });
    await world.server.kill('SIGKILL');
    await world.server.start();
    rpc = await world.rpc(alice.token);
    assert.deepEqual([await found('marmalade'), await found('rhubarb')], [[], []]);
    assert.deepEqual([await found('honey'), await found('quince')], [['honey'], ['quince']]);
  });

  await test('answers of orchestrators are found; the index keeps up with many messages', async () => {
    await world.addOrchestrator('Ada', { rules: [{ match: 'hello', reply: 'A chandelier, naturally' }] });
    await world.say(alice.token, world.general.id, '@ada hello');
    await until('the answer is found', async () => (await found('chandel')).length === 1);
    for (let i = 0; i < 15; i++)
      await Promise.all(Array.from({ length: 20 }, (_, k) => world.say(alice.token, world.general.id, `pebble ${i * 20 + k}`)));
    const page = await rpc.call('message.search', { query: 'pebble', limit: 50 });
    assert.equal(page.messages.length, 50);
    assert.equal(new Set(page.messages.map(({ id }) => id)).size, 50);
    assert.equal((await found('pebble 299')).length, 1);
    assert.equal((await found('pebble 0'))[0], 'pebble 0');
    let all = 0, before;
    for (let guard = 0; guard < 40; guard++) {
      const part = await rpc.call('message.search', { query: 'peb', limit: 50, ...(before && { before }) });
      all += part.messages.length;
      before = part.next;
      if (!before) break;
    }
    assert.equal(all, 300);
  });

  await rpc.close();
  await world.end();
}
