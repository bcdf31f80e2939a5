// Starting to listen, and ending: polite, quick, complete.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { dataDirectory, initWorkspace, orchd, Server } from '../harness/orchd.mjs';
import { test } from '../harness/check.mjs';
import { closed, Listener, World } from './world.mjs';

export default async function () {
  await test('it listens on loopback only, unless allowed explicitly', async () => {
    const data = dataDirectory();
    for (const [listen, words] of [
      ['0.0.0.0:0', /--allow-remote/],
      ['[::]:0', /--allow-remote/],
      ['nonsense', /no address to listen on/],
      ['127.0.0.1', /no address to listen on/],
      ['127.0.0.1:65536', /no address to listen on/],
      ['127.0.0.1:-1', /no address to listen on/],
      ['unix:', /path of a UNIX socket/],
      ['unix:/' + 'x'.repeat(200), /path of a UNIX socket/],
      ['unix:/no/such/directory/s', /cannot listen/],
    ]) {
      const { code, stderr } = await orchd(['serve', '--data', data, '--listen', listen]);
      assert.notEqual(code, 0, listen);
      assert.match(stderr, words, listen);
    }
  });

  await test('an address that is taken, or a wrong certificate, is told before anything is started', async () => {
    const first = await new Server(dataDirectory()).start();
    const { host } = new URL(first.address);
    for (const [args, words, env] of [
      [['--listen', host], new RegExp(`^error: cannot listen on ${host}: another program listens there already; stop it, or choose another address with --listen\n$`)],
      [['--tls-cert', '/no/such.pem', '--tls-key', '/no/such.key', '--listen', '127.0.0.1:0'], /no\/such/],
      [['--allow-remote', '--listen', '0.0.0.0:0'], /logins by OpenID \(Google\) need the address/, { GOOGLE_CLIENT_ID: 'x', GOOGLE_CLIENT_SECRET: 'y' }],
    ]) {
      const data = dataDirectory();
      const { code, stderr } = await orchd(['serve', '--data', data, ...args], { env });
      assert.equal(code, 1);
      assert.match(stderr, words);
      assert.deepEqual(readdirSync(data).filter((name) => name.startsWith('orchd.db')), [], 'the database was opened');
    }
    assert.equal(await first.kill('SIGTERM'), 0);
  });

  await test('a UNIX socket, for its owner only; one left behind is taken over', async () => {
    const data = dataDirectory();
    await initWorkspace(data);
    const path = join(data, 'orchd.sock');
    const ask = () => new Promise((resolve, reject) => request({ socketPath: path, path: '/healthz' }, (response) => resolve(response.statusCode)).on('error', reject).end());
    const server = new Server(data, { args: ['--listen', `unix:${path}`] });
    server.start = async function () {
      const { spawn } = await import('node:child_process');
      const { program } = await import('../harness/orchd.mjs');
      this.child = spawn(program, ['serve', '--data', data, '--listen', `unix:${path}`], { stdio: ['ignore', 'pipe', 'inherit'] });
      this.child.exited = once(this.child, 'exit');
      const [line] = await once(this.child.stdout, 'data');
      assert.match(String(line), /^listening on unix:/);
      return this;
    };
    await server.start();
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(await ask(), 200);
    await server.kill('SIGKILL');
    assert.ok(existsSync(path));
    await server.start();
    assert.equal(await ask(), 200);
    assert.equal(await server.kill('SIGTERM'), 0);
    assert.equal(existsSync(path), false);
  });

  await test('SIGTERM: WebSockets are told 1001, within seconds, idle connections or not', async () => {
    const world = await World.make();
    const { hostname, port } = new URL(world.address);
    const idle = connect(Number(port), hostname);
    await once(idle, 'connect');
    const half = connect(Number(port), hostname);
    half.write('GET /healthz HTTP/1.1\r\nHos');
    const sockets = await Promise.all(Array.from({ length: 20 }, () => world.rpc(world.people.alice.token)));
    await Promise.all(sockets.map((rpc) => rpc.call('subscribe')));
    const stuck = await world.rpc(world.people.bob.token);
    stuck.socket.pause();
    const codes = sockets.map((rpc) => closed(rpc));
    const begin = Date.now();
    assert.equal(await world.end(), 0);
    assert.ok(Date.now() - begin < 5000, `${Date.now() - begin} ms`);
    assert.deepEqual(new Set(await Promise.all(codes)), new Set([1001]));
    for (const socket of [idle, half, stuck.socket]) socket.destroy ? socket.destroy() : socket.terminate();
  });

  await test('replies in flight are seen before the end', async () => {
    const world = await World.make();
    const ada = await world.addOrchestrator('Ada');
    const rpc = await world.rpc(world.people.alice.token);
    const listener = new Listener(rpc);
    const { cursor } = await rpc.call('subscribe');
    const sent = await Promise.all(Array.from({ length: 20 }, (_, i) => rpc.call('message.send', { channelId: world.general.id, content: `@ada hello ${i}` })));
    assert.equal(await world.end(), 0);
    await world.server.start();
    const again = await world.rpc(world.people.alice.token);
    const second = new Listener(again);
    await again.call('subscribe', { since: cursor });
    for (const { message } of sent) await second.next('message.created', (params) => params.message.metadata.replyToId === message.id);
    const replies = second.seen.filter(({ method, params }) => method === 'message.created' && params.message.authorId === ada.userId);
    assert.equal(replies.length, 20);
    assert.ok(listener.seen.length >= 20);
    await again.close();
    await world.end();
  });

  await test('started and ended thirty times, also with a client that is about to connect', async () => {
    const data = dataDirectory();
    await initWorkspace(data);
    for (let i = 0; i < 30; i++) {
      const server = await new Server(data).start();
      const asking = fetch(`${server.address}/healthz`).then((response) => response.text()).catch(() => 'cut');
      if (i % 2) await asking;
      assert.equal(await server.kill('SIGTERM'), 0, server.log);
      await asking;
    }
  });
}
