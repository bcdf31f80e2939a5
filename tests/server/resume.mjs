// Catching up by cursor: nothing missed, nothing twice, in order.
import assert from 'node:assert/strict';
import { test } from '../harness/check.mjs';
import { closed, Listener, World } from './world.mjs';

export default async function () {
  const world = await World.make();
  const { alice, bob } = world.people;
  const channel = await world.addChannel('feed', [alice.id, bob.id]);
  const contents = (listener) => listener.seen.filter(({ method }) => method === 'message.created').map(({ params }) => params.message.content);
  const say = (text) => world.say(alice.token, channel.id, text);

  await test('what happened while one was away comes in order, before what happens now', async () => {
    const first = await world.rpc(bob.token);
    const { cursor } = await first.call('subscribe');
    await first.close();
    const message = await say('a');
    await world.call('PATCH', `/api/messages/${message.id}`, alice.token, { content: 'a2' });
    await world.post(`/api/messages/${message.id}/reactions`, alice.token, { emoji: '👀' });
    await say('b');
    await world.call('DELETE', `/api/messages/${message.id}`, alice.token);
    const rpc = await world.rpc(bob.token);
    const listener = new Listener(rpc);
    const result = await rpc.call('subscribe', { since: cursor });
    assert.deepEqual(listener.seen.map(({ method }) => method), ['message.created', 'message.updated', 'reaction.changed', 'message.created', 'message.deleted']);
    const cursors = listener.seen.map(({ params }) => params.cursor);
    assert.deepEqual(cursors, [...cursors].sort((a, b) => a - b));
    assert.ok(cursors[0] > cursor && result.cursor === cursors.at(-1));
    const { cursor: at, ...reaction } = listener.seen[2].params;
    assert.deepEqual(reaction, { channelId: channel.id, messageId: message.id, userId: alice.id, emoji: '👀', present: true });
    await say('c');
    await listener.next('message.created', (params) => params.message.content === 'c');
    await rpc.close();
  });

  await test('across a restart of the server', async () => {
    const rpc = await world.rpc(bob.token);
    const listener = new Listener(rpc);
    await rpc.call('subscribe');
    await say('before');
    const { cursor } = await listener.next('message.created');
    const ended = closed(rpc);
    await world.server.kill('SIGTERM');
    assert.equal(await ended, 1001);
    await world.server.start();
    await say('after');
    const again = await world.rpc(bob.token);
    const second = new Listener(again);
    await again.call('subscribe', { since: cursor });
    assert.deepEqual(contents(second), ['after']);
    await again.close();
  });

  await test('more than a page', async () => {
    const rpc = await world.rpc(alice.token);
    const { cursor } = await rpc.call('subscribe');
    const expected = Array.from({ length: 1200 }, (_, i) => `p${i}`);
    for (let at = 0; at < expected.length; at += 100)
      await Promise.all(expected.slice(at, at + 100).map((content) => rpc.call('message.send', { channelId: channel.id, content })));
    await rpc.close();
    const away = await world.rpc(bob.token);
    const listener = new Listener(away);
    await away.call('subscribe', { since: cursor });
    assert.deepEqual(contents(listener), expected);
    await away.close();
  });

  await test('at the seam, while others write: no gap, no duplicate', async () => {
    const start = await world.rpc(bob.token);
    const { cursor } = await start.call('subscribe');
    await start.close();
    const writers = await Promise.all(Array.from({ length: 4 }, () => world.rpc(alice.token)));
    let sent = 0, stop = false;
    const write = async (rpc) => (await rpc.call('message.send', { channelId: channel.id, content: `s${sent++}` }));
    // More than a page is there already, so that a replay takes several, and never a moment of silence.
    for (let i = 0; i < 700; i += 100) await Promise.all(Array.from({ length: 100 }, () => write(writers[0])));
    const writing = Promise.all(writers.map(async (rpc) => {
      while (!stop) await write(rpc);
    }));
    const readers = [];
    for (let i = 0; i < 30; i++) {
      const rpc = await world.rpc(bob.token);
      readers.push({ rpc, listener: new Listener(rpc) });
      await rpc.call('subscribe', { since: cursor });
    }
    stop = true;
    await writing;
    await say('end');
    const { messages } = await (async () => {
      const all = [];
      for (let before; ; ) {
        const page = (await world.get(`/api/channels/${channel.id}/messages?limit=200${before ? `&before=${before}` : ''}`, alice.token)).body;
        all.unshift(...page.messages);
        before = page.next;
        if (!before || all.some(({ content }) => content === 's0')) return { messages: all };
      }
    })();
    const stored = messages.map(({ content }) => content);
    const expected = stored.slice(stored.indexOf('s0'));
    assert.equal(expected.length, sent + 1);
    for (const { rpc, listener } of readers) {
      await listener.next('message.created', ({ message }) => message.content === 'end');
      const got = contents(listener);
      assert.deepEqual([got.length, new Set(got).size], [expected.length, expected.length]);
      assert.deepEqual([...got].sort(), [...expected].sort());
      const cursors = listener.seen.filter(({ params }) => params.cursor).map(({ params }) => params.cursor);
      assert.ok(cursors.every((each, i) => i === 0 || each > cursors[i - 1]), 'cursors rise');
      await rpc.close();
    }
    await Promise.all(writers.map((rpc) => rpc.close()));
  });

  await test('only channels that one is in, also by replay', async () => {
    const secret = await world.addChannel('hidden', [alice.id]);
    const { cursor } = await (async () => {
      const rpc = await world.rpc(bob.token);
      const result = await rpc.call('subscribe');
      await rpc.close();
      return result;
    })();
    await world.say(alice.token, secret.id, 'hidden words');
    await say('open words');
    const rpc = await world.rpc(bob.token);
    const listener = new Listener(rpc);
    await rpc.call('subscribe', { since: cursor });
    assert.deepEqual(contents(listener), ['open words']);
    const filtered = await world.rpc(alice.token);
    const some = new Listener(filtered);
    await filtered.call('subscribe', { since: cursor, channels: [secret.id] });
    assert.deepEqual(contents(some), ['hidden words']);
    await Promise.all([rpc.close(), filtered.close()]);
  });

  await test('a cursor from the future is a gap: reload', async () => {
    const rpc = await world.rpc(bob.token);
    const result = await rpc.call('subscribe', { since: 1e12 });
    assert.equal(result.gap, true);
    const listener = new Listener(rpc);
    await say('still live');
    await listener.next('message.created', ({ message }) => message.content === 'still live');
    await rpc.close();
  });

  await test('a second subscription replaces the first', async () => {
    const rpc = await world.rpc(bob.token);
    const listener = new Listener(rpc);
    const { cursor } = await rpc.call('subscribe');
    await say('x');
    await listener.next('message.created');
    await rpc.call('subscribe', { since: cursor });
    await say('y');
    await listener.next('message.created', ({ message }) => message.content === 'y');
    assert.deepEqual(contents(listener), ['x', 'x', 'y']);
    const both = await Promise.allSettled([rpc.call('subscribe', { since: 0 }), rpc.call('subscribe', { since: 0 })]);
    assert.deepEqual(both.map(({ status }) => status), ['fulfilled', 'rejected']);
    await rpc.close();
  });

  await world.end();

  await test('a failed turn is told live and by replay in the same words', async () => {
    const failing = await World.make({ env: { OPENAI_BASE_URL: 'http://127.0.0.1:9' }, args: ['--model-attempts', '1'] });
    await failing.addOrchestrator('Ada', {}, { model: 'openai/none' });
    const rpc = await failing.rpc(failing.people.alice.token);
    const listener = new Listener(rpc);
    const { cursor } = await rpc.call('subscribe');
    const { message } = await rpc.call('message.send', { channelId: failing.general.id, content: '@ada hello' });
    const live = await listener.next('turn.failed');
    assert.deepEqual([live.messageId, live.channelId, typeof live.turnId, live.error.code], [message.id, failing.general.id, 'number', 'connection']);
    const again = await failing.rpc(failing.people.bob.token);
    const replayed = new Listener(again);
    await again.call('subscribe', { since: cursor });
    assert.deepEqual(replayed.find('turn.failed'), live);
    await Promise.all([rpc.close(), again.close()]);
    await failing.end();
  });
}
