// A client that does not read: told to resync, while the server's memory for it stays bounded.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, until } from '../harness/check.mjs';
import { Listener, World } from './world.mjs';

export default async function () {
  const world = await World.make();
  const { alice, bob } = world.people;
  const channel = await world.addChannel('flood', [alice.id, bob.id]);
  const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${world.server.child.pid}/status`, 'utf8'))[1]) / 1024;
  const metric = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${world.address}/metrics`)).text())[1]);
  const contents = (listener) => listener.seen.filter(({ method }) => method === 'message.created').map(({ params }) => params.message.content.split(' ')[0]);

  await test('resync, and by cursor everything comes after all', async () => {
    const rpc = await world.rpc(bob.token);
    const listener = new Listener(rpc);
    const { cursor: begin } = await rpc.call('subscribe');
    rpc.socket.pause();
    const writer = await world.rpc(alice.token);
    const pad = ' '.repeat(1) + 'x'.repeat(30000);
    const sent = [];
    const before = resident();
    // Until the kernel's buffers and the queue are full: bounded, 24 MB are more than both.
    for (let i = 0; i < 800 && (await metric('orchd_resyncs_total')) === 0; i += 8)
      await Promise.all(Array.from({ length: 8 }, (_, k) => (sent.push(`f${i + k}`), writer.call('message.send', { channelId: channel.id, content: `f${i + k}${pad}` }))));
    assert.equal(await metric('orchd_resyncs_total'), 1);
    for (let i = 0; i < 100; i++) {
      sent.push(`late${i}`);
      await writer.call('message.send', { channelId: channel.id, content: `late${i}${pad}` });
    }
    assert.equal(await metric('orchd_resyncs_total'), 1, 'told once');
    if (!/asan/.test(process.env.BUILD ?? '')) assert.ok(resident() - before < 24, `grew by ${resident() - before} MB`);
    rpc.socket.resume();
    const { cursor } = await listener.next('resync');
    const had = contents(listener);
    assert.deepEqual(had, sent.slice(0, had.length), 'a prefix, without a hole');
    assert.ok(had.length < sent.length);
    assert.ok(cursor >= begin);
    const last = Math.max(...listener.seen.map(({ params }) => params.cursor ?? 0));
    assert.equal(cursor, last, 'the cursor is what it has');
    const { cursor: now } = await rpc.call('subscribe', { since: cursor });
    assert.deepEqual(contents(listener), sent);
    await world.say(alice.token, channel.id, 'live again');
    await listener.next('message.created', ({ message, cursor: at }) => message.content === 'live again' && at > now);
    await Promise.all([rpc.close(), writer.close()]);
  });

  await test('a client that asks without reading is read no further', async () => {
    const rpc = await world.rpc(bob.token);
    rpc.on('notification', () => {});
    rpc.socket.pause();
    const before = resident();
    const answers = Array.from({ length: 600 }, () => rpc.call('channel.history', { channelId: channel.id, limit: 200 }));
    answers.forEach((answer) => answer.catch(() => {}));
    await new Promise((done) => rpc.socket.send('{"jsonrpc":"2.0","method":"ping"}', done));
    await until('calls stop being answered', async () => {
      const calls = await metric('orchd_rpc_calls_total');
      await new Promise((done) => setTimeout(done, 300));
      return (await metric('orchd_rpc_calls_total')) === calls;
    });
    if (!/asan/.test(process.env.BUILD ?? '')) assert.ok(resident() - before < 64, `grew by ${resident() - before} MB`);
    assert.equal((await world.get('/healthz')).status, 200);
    rpc.socket.resume();
    const results = await Promise.all(answers);
    assert.ok(results.every(({ messages }) => messages.length > 0));
    await rpc.close();
  });

  await test('a slow client does not slow the others', async () => {
    const stuck = await world.rpc(bob.token);
    await stuck.call('subscribe');
    stuck.socket.pause();
    const quick = await world.rpc(bob.token);
    const listener = new Listener(quick);
    await quick.call('subscribe');
    for (let i = 0; i < 60; i++) await world.say(alice.token, channel.id, `q${i} ${'y'.repeat(30000)}`);
    await listener.next('message.created', ({ message }) => message.content.startsWith('q59 '));
    assert.equal(contents(listener).length, 60);
    stuck.socket.terminate();
    await quick.close();
  });

  await world.end();
}
