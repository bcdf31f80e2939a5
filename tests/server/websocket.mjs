// The WebSocket: handshake, JSON-RPC, limits.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import WebSocket from 'ws';
import { test, until } from '../harness/check.mjs';
import { Listener, within, World } from './world.mjs';

export default async function () {
  const world = await World.make();
  const { alice, bob, carol } = world.people;
  const url = world.address.replace('http', 'ws') + '/ws';
  const bearer = (token) => ({ authorization: `Bearer ${token}` });

  // What becomes of a handshake: {status} of a refusal, {code} of a close right after it, or {open}.
  function handshake(target, headers, options = {}) {
    const socket = new WebSocket(target, [], { headers, perMessageDeflate: false, ...options });
    return within('a handshake', new Promise((resolve) => {
      socket.on('unexpected-response', (request, response) => {
        let text = '';
        response.on('data', (data) => (text += data));
        response.on('end', () => resolve({ status: response.statusCode, error: JSON.parse(text).error, headers: response.headers }));
      });
      socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
      socket.on('error', () => {});
      socket.on('open', () => {
        socket.send('{"jsonrpc":"2.0","id":1,"method":"ping"}');
        socket.on('message', () => resolve({ open: socket }));
      });
    }));
  }

  // A socket that takes frames as they are; `next` resolves with the next answer.
  async function plain(token) {
    const socket = new WebSocket(url, { headers: bearer(token), perMessageDeflate: false });
    const answers = [];
    let wake;
    socket.on('message', (data) => (answers.push(JSON.parse(data)), wake?.()));
    socket.on('error', () => {});
    await within('open', once(socket, 'open'));
    const next = async () => {
      while (!answers.length) await within('an answer', new Promise((done) => (wake = done)));
      return answers.shift();
    };
    return { socket, next, ask: (text) => (socket.send(text), next()) };
  }

  await test('who gives no credentials gets 401 before the upgrade', async () => {
    const refused = await handshake(url, {});
    assert.deepEqual([refused.status, refused.error.code], [401, 'unauthorized']);
  });

  await test('a token in the query is not looked at', async () => {
    assert.equal((await handshake(`${url}?token=${alice.token}`, {})).status, 401);
  });

  await test('unknown credentials are closed with 4401 after it', async () => {
    for (const token of ['nonsense', alice.token.slice(0, -1), 'x'.repeat(300)])
      assert.deepEqual(await handshake(url, bearer(token)), { code: 4401, reason: 'unauthorized' });
  });

  await test('a connection that is refused ends with the close handshake: all that the client sent was read', async () => {
    const { hostname, port } = new URL(world.address);
    const frames = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x7b, 0x7d, 0x88, 0x82, 0, 0, 0, 0, 0x11, 0x31]); // "{}", and the answer to 4401
    const socket = connect(port, hostname);
    socket.write(`GET /ws HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer nonsense\r\n\r\n`);
    socket.on('data', (bytes) => bytes.includes(0x88) && socket.write(frames));
    await within('the end', once(socket, 'end')); // the wait for an answer would end in a reset: an error
  });

  await test('a foreign origin gets 403, the own one does not', async () => {
    const cookie = `orchd_session=${alice.token}`;
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1'])
      assert.deepEqual((await handshake(url, { cookie }, { origin })).status, 403, origin);
    const own = await handshake(url, { cookie }, { origin: world.address });
    assert.ok(own.open);
    own.open.close();
  });

  await test('only at /ws, only version 13', async () => {
    assert.equal((await handshake(url + 'x', bearer(alice.token))).status, 404);
    assert.equal((await handshake(world.address.replace('http', 'ws') + '/api/channels', bearer(alice.token))).status, 404);
    const old = await handshake(url, bearer(alice.token), { protocolVersion: 8 });
    assert.deepEqual([old.status, old.headers['sec-websocket-version']], [426, '13']);
  });

  await test('errors of JSON-RPC', async () => {
    const { socket, ask } = await plain(alice.token);
    for (const [text, code, id] of [
      ['{', -32700, null],
      ['', -32700, null],
      ['{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', -32700, null],
      ['['.repeat(5000), -32700, null],
      ['{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":' + '['.repeat(40) + ']'.repeat(40) + '}}', -32700, null],
      ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600, null],
      ['"ping"', -32600, null],
      ['{"id":7,"method":"ping"}', -32600, 7],
      ['{"jsonrpc":"1.0","id":7,"method":"ping"}', -32600, 7],
      ['{"jsonrpc":"2.0","id":7}', -32600, 7],
      ['{"jsonrpc":"2.0","id":7,"method":5}', -32600, 7],
      ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600, null],
      ['{"jsonrpc":"2.0","id":"a\\"ü","method":"no.such"}', -32601, 'a"ü'],
      ['{"jsonrpc":"2.0","id":7,"method":"ping","params":[1]}', -32602, 7],
    ]) {
      const answer = await ask(text);
      assert.deepEqual([answer.error?.code, answer.id, answer.jsonrpc], [code, id, '2.0'], text.slice(0, 60));
    }
    const wrong = await ask(JSON.stringify({ jsonrpc: '2.0', id: 1.5, method: 'message.send', params: { channelId: world.general.id, content: 5 } }));
    assert.deepEqual([wrong.id, wrong.error.code, wrong.error.data.field], [1.5, -32602, 'content']);
    const missing = await ask(JSON.stringify({ jsonrpc: '2.0', id: null, method: 'channel.history', params: { channelId: 'ghost' } }));
    assert.deepEqual([missing.id, missing.error.code, missing.error.data.code], [null, -32000, 'not_found']);
    socket.close();
  });

  await test('a call without id is not answered, but done', async () => {
    const { socket, ask } = await plain(alice.token);
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'message.send', params: { channelId: world.general.id, content: 'silently', clientId: 'silent' } }));
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'no.such' }));
    assert.equal((await ask('{"jsonrpc":"2.0","id":1,"method":"ping"}')).id, 1);
    await until('it is there', async () => (await world.get('/api/channels/general/messages', alice.token)).body.messages.some(({ clientId }) => clientId === 'silent'));
    socket.close();
  });

  await test('every method', async () => {
    const rpc = await world.rpc(alice.token);
    const other = await world.rpc(bob.token);
    const listener = new Listener(other);
    assert.equal(typeof (await other.call('subscribe')).cursor, 'number');
    assert.equal((await rpc.call('ping')).pong, true);
    assert.equal((await rpc.call('channel.list')).channels[0].slug, 'general');
    assert.equal((await rpc.call('channel.members', { channelId: 'general' })).members.length, 4);
    const sent = (await rpc.call('message.send', { channelId: world.general.id, content: 'one', clientId: 'w1' })).message;
    const again = await rpc.call('message.send', { channelId: world.general.id, content: 'one', clientId: 'w1' });
    assert.deepEqual([again.message.id, again.repeated], [sent.id, true]);
    const created = await listener.next('message.created', ({ message }) => message.id === sent.id);
    assert.deepEqual(created.message, sent);
    assert.ok(created.cursor > 0);
    assert.equal((await rpc.call('message.edit', { messageId: sent.id, content: 'two' })).message.content, 'two');
    const updated = await listener.next('message.updated');
    assert.deepEqual([updated.message.content, updated.message.edited, updated.cursor > created.cursor], ['two', true, true]);
    await rpc.call('reaction.add', { messageId: sent.id, emoji: '🎉' });
    const reacted = await listener.next('reaction.changed');
    assert.deepEqual({ ...reacted, cursor: 0 }, { channelId: world.general.id, messageId: sent.id, userId: alice.id, emoji: '🎉', present: true, cursor: 0 });
    assert.deepEqual((await rpc.call('reaction.list', { messageId: sent.id })).reactions, [{ emoji: '🎉', userId: alice.id }]);
    await rpc.call('reaction.remove', { messageId: sent.id, emoji: '🎉' });
    await listener.next('reaction.changed', ({ present }) => present === false);
    await rpc.call('typing', { channelId: world.general.id });
    assert.deepEqual(await listener.next('typing'), { channelId: world.general.id, userId: alice.id });
    const history = await rpc.call('channel.history', { channelId: world.general.id, limit: 1 });
    assert.equal(history.messages[0].id, sent.id);
    assert.ok(history.next);
    await rpc.call('message.delete', { messageId: sent.id });
    const deleted = await listener.next('message.deleted');
    assert.deepEqual([deleted.message.id, deleted.message.content, deleted.message.deleted], [sent.id, '', true]);
    assert.deepEqual((await rpc.call('daemon.list')).daemons, []);
    await Promise.all([rpc.close(), other.close()]);
  });

  await test('a subscription to some channels is told of those only', async () => {
    const side = await world.addChannel('side', [alice.id, bob.id]);
    const rpc = await world.rpc(bob.token);
    const listener = new Listener(rpc);
    await rpc.call('subscribe', { channels: [side.id] });
    await world.say(alice.token, world.general.id, 'in general');
    await world.say(alice.token, side.id, 'aside');
    await listener.next('message.created', ({ message }) => message.content === 'aside');
    assert.equal(listener.find('message.created', ({ message }) => message.content === 'in general'), undefined);
    for (const params of [{ channels: 'side' }, { channels: [5] }, { channels: Array(300).fill(side.id) }, { since: 'x' }, { since: -1 }, { since: 1.5 }])
      await assert.rejects(rpc.call('subscribe', params), (error) => error.code === -32602, JSON.stringify(params).slice(0, 50));
    await rpc.close();
  });

  await test('who has not subscribed is told nothing', async () => {
    const rpc = await world.rpc(carol.token);
    const listener = new Listener(rpc);
    await world.say(alice.token, world.general.id, 'unheard');
    await rpc.call('ping');
    assert.equal(listener.seen.length, 0);
    await rpc.close();
  });

  await test('a message in many fragments is one message', async () => {
    const { socket, next } = await plain(alice.token);
    const text = JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'ping', params: { pad: 'é'.repeat(30000) } });
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 777) socket.send(bytes.subarray(at, at + 777), { fin: at + 777 >= bytes.length, binary: false });
    assert.equal((await next()).id, 9);
    socket.close();
  });

  await test('a message has at most 256 KiB', async () => {
    const fits = await plain(alice.token);
    const call = (size) => JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'ping', params: { pad: 'x'.repeat(size) } });
    const overhead = call(0).length;
    assert.equal((await fits.ask(call(256 * 1024 - overhead))).id, 3);
    fits.socket.close();
    const tooLarge = await plain(alice.token);
    tooLarge.socket.send(call(256 * 1024 - overhead + 1));
    assert.equal((await within('close', once(tooLarge.socket, 'close')))[0], 1009);
  });

  await test('binary frames are refused, pings are answered', async () => {
    const { socket } = await plain(alice.token);
    socket.ping('are you there');
    assert.equal(String((await within('pong', once(socket, 'pong')))[0]), 'are you there');
    socket.send(Buffer.from([1, 2, 3]), { binary: true });
    assert.equal((await within('close', once(socket, 'close')))[0], 1003);
  });

  await test('many calls at once: each is answered, in order of their ids for one kind', async () => {
    const rpc = await world.rpc(alice.token);
    const channel = await world.addChannel('many', [alice.id]);
    const sent = await Promise.all(Array.from({ length: 300 }, (_, i) => rpc.call('message.send', { channelId: channel.id, content: `n${i}` })));
    assert.equal(new Set(sent.map(({ message }) => message.id)).size, 300);
    const history = [];
    for (let before; ; ) {
      const page = await rpc.call('channel.history', { channelId: channel.id, limit: 200, ...(before && { before }) });
      history.unshift(...page.messages.map(({ content }) => content));
      if (!page.next) break;
      before = page.next;
    }
    assert.deepEqual(history, Array.from({ length: 300 }, (_, i) => `n${i}`));
    await rpc.close();
  });

  await test('clients that come and go leave nothing behind', async () => {
    const gauge = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${world.address}/metrics`)).text())[1]);
    const begin = await gauge('orchd_websockets');
    await Promise.all(Array.from({ length: 60 }, async (_, i) => {
      const rpc = await world.rpc(alice.token);
      const pending = rpc.call('subscribe', i % 2 ? { since: 0 } : {}).catch(() => {});
      if (i % 3 === 0) rpc.socket.terminate();
      else await pending.then(() => rpc.close());
    }));
    await until('all are gone', async () => (await gauge('orchd_websockets')) === begin);
  });

  assert.equal(await world.end(), 0);
}
