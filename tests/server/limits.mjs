// Limits that can be chosen: how often, how many, how long. docs/limits.md has all of them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import WebSocket from 'ws';
import { test, until } from '../harness/check.mjs';
import { orchd, orchdOk, root } from '../harness/orchd.mjs';
import { closed, within, World } from './world.mjs';

const many = (count, act) => Promise.all(Array.from({ length: count }, (_, i) => act(i)));

export default async function () {
  const world = await World.make();
  const { address } = world;
  const { alice, bob } = world.people;
  const me = (token, headers = {}) =>
    fetch(`${address}/api/auth/me`, { headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers } });
  const metric = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${address}/metrics`)).text())[1]);
  // The same workspace on the same port with other limits; `near=1`, because these clients are on this machine.
  const restart = async (limits, args = []) => {
    assert.equal(await world.server.kill('SIGTERM'), 0, world.server.log);
    world.server.args = [...['near=1', ...limits].flatMap((limit) => ['--limit', limit]), ...args];
    await world.server.start();
  };
  // A plain connection: `ended` resolves with everything that came.
  const open = async (bytes = '') => {
    const { hostname, port } = new URL(address);
    const socket = connect({ host: hostname, port: Number(port) });
    let text = '';
    socket.on('data', (data) => (text += data));
    socket.on('error', () => {});
    socket.ended = new Promise((done) => socket.on('close', () => done(text)));
    await within('a connection', once(socket, 'connect'));
    socket.write(bytes);
    return socket;
  };
  const exchange = async (bytes) => within('the end of a connection', (await open(bytes)).ended);
  const refusal = (text) => [Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)).error];

  await test('wrong limits and proxies are refused at the start', async () => {
    const serve = (...args) => orchd(['serve', '--data', world.data, '--listen', '127.0.0.1:0', ...args]);
    const unknown = await serve('--limit', 'heads=1');
    assert.deepEqual([unknown.code, /head-ms/.test(unknown.stderr)], [2, true]);
    assert.match((await serve('--limit', 'head-ms=1')).stderr, /head-ms is "1"; a whole number from 100 to 3600000/);
    const help = await serve('--limit', 'help');
    assert.match(help.stdout, /--limit requests-per-s=200 /);
    const page = readFileSync(join(root, 'docs/limits.md'), 'utf8');
    const listed = [...help.stdout.matchAll(/--limit (\S+)=(\d+)/g)];
    assert.ok(listed.length >= 15);
    for (const [, name, value] of listed) assert.ok(page.includes(`| \`${name}\` | ${value} |`), `docs/limits.md: ${name}=${value}`);
    await world.server.kill('SIGTERM');
    assert.match((await serve('--trusted-proxy', 'proxy.example')).stderr, /"proxy.example" is no address of a proxy/);
    await world.server.start();
  });

  await test('requests a second, of a user: 429 with the time to wait, over HTTP and JSON-RPC; others go on', async () => {
    await restart(['requests-per-s=1', 'requests-burst=5']);
    const answers = await many(12, () => me(alice.token));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 1 && answers.filter(({ status }) => status === 200).length >= 5);
    const { error } = await refused[0].json();
    assert.equal(error.code, 'rate_limited');
    assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= 1000);
    assert.equal(refused[0].headers.get('retry-after'), '1');
    assert.equal((await me(bob.token)).status, 200);
    assert.equal((await me(world.ownerToken)).status, 200);
    await until('there is a token again', async () => (await me(alice.token)).status === 200);
    await restart(['requests-per-s=20', 'requests-burst=8']);
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i} of many`);
    await orchdOk(['chat', '--server', address, '--token', alice.token], { input: lines.join('\n') + '\n' });
    const { messages } = (await world.get('/api/channels/general/messages?limit=50', bob.token)).body;
    assert.deepEqual(messages.map(({ content }) => content).filter((content) => lines.includes(content)).sort(), lines.sort(), 'the chat waits and posts all');
    await restart(['requests-per-s=1', 'requests-burst=5']);
    const rpc = await world.rpc(alice.token);
    const results = await many(10, () => rpc.call('ping').then(() => null, (error) => error));
    const error2 = results.find(Boolean);
    assert.deepEqual([error2.code, error2.data.code, error2.data.status, error2.data.retryAfterMs > 0], [-32000, 'rate_limited', 429, true]);
    assert.ok(results.some((result) => result === null));
    await rpc.close();
    assert.ok((await metric('orchd_rate_limited_total')) > 0);
  });

  await test('who sends 1,000 calls in a row that are refused is closed with 1008', async () => {
    const rpc = await world.rpc(bob.token);
    const end = closed(rpc);
    for (let i = 0; i < 1200; i++) rpc.socket.send(i % 3 ? '{"jsonrpc":"2.0","id":1,"method":"ping"}' : 'junk');
    assert.equal(await end, 1008);
  });

  await test('strangers share what their address has; a good login does not use it up', async () => {
    await restart(['anonymous-per-s=1', 'anonymous-burst=6']);
    for (let i = 0; i < 30; i++) assert.equal((await me(alice.token)).status, 200);
    const statuses = (await many(12, () => me())).map(({ status }) => status);
    assert.ok(statuses.includes(401) && statuses.includes(429), String(statuses));
    const upgrade = await many(8, () => within('a handshake', new Promise((done) => {
      const socket = new WebSocket(address.replace('http', 'ws') + '/ws');
      socket.on('unexpected-response', (request, response) => done(response.statusCode));
      socket.on('error', () => {});
    })));
    assert.ok(upgrade.includes(429), String(upgrade));
  });

  await test('behind a trusted proxy each client has an address of its own, behind another one nobody has', async () => {
    await restart(['anonymous-per-s=1', 'anonymous-burst=3'], ['--trusted-proxy', '127.0.0.0/8']);
    const from = async (client) => (await me(null, { 'x-forwarded-for': `192.0.2.66, ${client}` })).status;
    for (let i = 0; i < 3; i++) assert.equal(await from('203.0.113.1'), 401);
    assert.ok((await many(6, () => from('203.0.113.1'))).includes(429));
    assert.equal(await from('203.0.113.2'), 401);
    assert.equal(await from('203.0.113.3, 127.0.0.9'), 401);
    await restart(['anonymous-per-s=1', 'anonymous-burst=3', 'near=0']);
    assert.ok((await many(8, (i) => from(`203.0.113.${i}`))).includes(429), 'X-Forwarded-For of anybody was believed');
    for (let i = 0; i < 20; i++) assert.equal((await me()).status, 401, 'clients on this machine are not limited');
  });

  await test('connections of an address, and in total', async () => {
    await restart(['connections-per-address=5']);
    const sockets = await many(5, () => open());
    await until('they count', async () => refusal(await exchange('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'))[0] === 429);
    const [, error] = refusal(await exchange('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'));
    assert.deepEqual([error.code, error.retryAfterMs > 0], ['rate_limited', true]);
    sockets[0].destroy();
    await until('there is room again', async () => (await exchange('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).startsWith('HTTP/1.1 200'));
    sockets.forEach((socket) => socket.destroy());
    await restart(['connections=4', 'near=0']);
    const all = await many(4, () => open());
    await until('they count', async () => refusal(await exchange('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'))[0] === 503);
    all.forEach((socket) => socket.destroy());
  });

  await test('WebSockets of a user, and of an address behind a proxy', async () => {
    await restart(['sockets-per-user=2', 'connections-per-address=3'], ['--trusted-proxy', '127.0.0.1']);
    const from = (client) => ({ headers: { authorization: `Bearer ${alice.token}`, 'x-forwarded-for': client } });
    const [first, second] = [await world.rpc(alice.token, from('203.0.113.1')), await world.rpc(alice.token, from('203.0.113.1'))];
    await Promise.all([first.call('ping'), second.call('ping')]);
    assert.equal(await closed(await world.rpc(alice.token, from('203.0.113.2'))), 4429);
    await second.close();
    const third = await until('there is room again', async () => {
      const rpc = await world.rpc(alice.token, from('203.0.113.3'));
      return rpc.call('ping').then(() => rpc, () => null);
    });
    const bobs = { headers: { authorization: `Bearer ${bob.token}`, 'x-forwarded-for': '203.0.113.1' } };
    const one = await world.rpc(bob.token, bobs), two = await world.rpc(bob.token, bobs);
    await Promise.all([one.call('ping'), two.call('ping')]);
    await assert.rejects(world.rpc(world.people.carol.token, { headers: { ...bobs.headers, authorization: `Bearer ${world.people.carol.token}` } }), /429/);
    await Promise.all([first, third, one, two].map((rpc) => rpc.close()));
  });

  await test('headers: 8 KiB, 100 lines, a path of 4 KiB; what is no HTTP is told so', async () => {
    await restart([]);
    const head = (line, headers) => `${line} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
    for (const [bytes, status] of [
      [head('GET /healthz', Array.from({ length: 10000 }, (_, i) => `X-${i}: y\r\n`).join('')), 431],
      [head('GET /healthz', Array.from({ length: 100 }, (_, i) => `X-${i}: y\r\n`).join('')), 431],
      [head('GET /healthz', `X: ${'y'.repeat(9000)}\r\n`), 431],
      [head('GET /healthz', `X: ${'y'.repeat(5 * 1024 * 1024)}\r\n`), 431],
      [head(`GET /${'a'.repeat(4096)}`, ''), 414],
      ['\x16\x03\x01\x02\x00', 400],
      ['SSH-2.0-x\r\n', 400],
      ['GET / HTTP/2.0\r\n\r\n', 400],
    ]) {
      const [got, error] = refusal(await exchange(bytes));
      assert.deepEqual([got, typeof error.message], [status, 'string'], bytes.slice(0, 40));
    }
    const fits = head('GET /healthz', Array.from({ length: 98 }, (_, i) => `X-${i}: y\r\n`).join('') + 'Connection: close\r\n');
    assert.match(await exchange(fits), /^HTTP\/1\.1 200 /);
    // Further requests of a connection are read by the library: it closes.
    const kept = await open(head('GET /healthz', ''));
    await within('an answer', once(kept, 'data'));
    kept.write(head('GET /healthz', `X: ${'y'.repeat(20000)}\r\n`));
    assert.equal((await within('the end', kept.ended)).split('HTTP/1.1').length, 2);
  });

  await test('slow senders: 408 for half a head and half a body, an end for who says nothing', async () => {
    await restart(['head-ms=400', 'body-ms=400', 'idle-ms=400']);
    assert.equal(await exchange(''), '');
    const [status, error] = refusal(await exchange('GET /healthz HTTP/1.1\r\nHost:'));
    assert.deepEqual([status, error.code], [408, 'timeout']);
    // One byte after the other does not make it longer.
    const dripping = await open('POST /api/auth/login HTTP/1.1\r\nHost: x\r\nX: ');
    const drip = setInterval(() => dripping.writable && dripping.write('y'), 50);
    assert.equal(refusal(await within('the end', dripping.ended))[0], 408);
    clearInterval(drip);
    const body = await open('POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"email":"');
    const drip2 = setInterval(() => body.writable && body.write('y'), 50);
    assert.equal(refusal(await within('the end', body.ended))[0], 408);
    clearInterval(drip2);
    const idle = await exchange('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(idle, /^HTTP\/1\.1 200 /);
    const upgrade = await exchange(`GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nAuthorization: Bearer ${alice.token}\r\n`);
    assert.equal(refusal(upgrade)[0], 408);
  });

  await test('a client that does not read its answers is cut', async () => {
    await restart(['answer-ms=500']);
    const channel = await world.addChannel('large', [alice.id]);
    for (let i = 0; i < 40; i++) await world.say(alice.token, channel.id, 'x'.repeat(30000));
    const ask = `GET /api/channels/${channel.id}/messages?limit=40 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`;
    const before = await metric('orchd_connections');
    const socket = await open();
    socket.pause();
    socket.write(ask.repeat(16)); // each 1 MiB: more than the kernel keeps
    await until('it is there', async () => (await metric('orchd_connections')) > before);
    await until('it is gone', async () => (await metric('orchd_connections')) <= before);
    socket.destroy();
  });

  await test('a WebSocket that went silent is cut, one that answers pings stays', async () => {
    await restart(['quiet-ms=300', 'pong-ms=2500']);
    const alive = await world.rpc(alice.token), silent = await world.rpc(bob.token);
    let pings = 0;
    alive.socket.on('ping', () => pings++);
    await Promise.all([alive.call('ping'), silent.call('ping')]);
    silent.socket.pause();
    await until('it is cut', async () => (await metric('orchd_silent_total')) === 1);
    await until('others were pinged', () => pings >= 3);
    assert.equal((await alive.call('ping')).pong, true);
    assert.equal(await metric('orchd_websockets'), 1);
    silent.socket.terminate();
    await alive.close();
  });

  await test('a WebSocket for which notices waited when a sign of life was due stays', async () => {
    await restart(['quiet-ms=3000', 'pong-ms=1500', 'requests-per-s=0', 'anonymous-per-s=0']);
    const rpc = await world.rpc(bob.token);
    const writer = await world.rpc(alice.token);
    await rpc.call('subscribe', {});
    const heard = Date.now();
    rpc.socket.pause();
    // Until the kernel's buffers are full: no ping is sent behind what waits.
    for (let i = 0; i < 100 && (await metric('orchd_waiting_bytes')) < 10000; i++)
      await many(8, () => writer.call('message.send', { channelId: world.general.id, content: 'x'.repeat(30000) }));
    const after = (ms) => new Promise((done) => setTimeout(done, heard + ms - Date.now())); // time is the subject
    await after(3300);
    rpc.socket.resume();
    await after(4800);
    assert.equal(await metric('orchd_silent_total'), 0);
    assert.equal((await rpc.call('ping')).pong, true);
    await Promise.all([rpc.close(), writer.close()]);
  });

  assert.equal(await world.end(), 0);
}
