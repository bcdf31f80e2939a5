// What may go wrong between the mirror and its orchd: wrong servers, refused tokens, cuts, a server that was set back. Each manager here
// has a real orchd behind it, or something that is none.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WebSocketServer } from 'ws';

import { until } from '../harness/check.mjs';
import { orchdOk } from '../harness/orchd.mjs';
import { World } from '../server/world.mjs';
import { app, record } from './app.mjs';

const someone = { id: 'nobody', role: 'x', user: { id: 'u', name: 'n', email: 'e', isOrchestrator: true } };

/** What is warned of meanwhile. */
async function warnings(body) {
  const { warn } = console;
  const lines = [];
  console.warn = (line) => lines.push(line);
  try {
    await body(lines);
  } finally {
    console.warn = warn;
  }
}

/** Listens on a port of its own; ends what is connected when it is closed. */
async function listen(server) {
  const sockets = new Set();
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {})));
  const cut = () => sockets.forEach((socket) => socket.destroy());
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut,
    close() {
      server.close();
      cut();
    },
  };
}

/** What answers a WebSocket with these frames, whatever it is sent. */
async function liar(...frames) {
  const server = createServer((_, response) => response.end('<!doctype html>'));
  new WebSocketServer({ server }).on('connection', (socket) => socket.on('message', (data) => {
    const { id } = JSON.parse(data);
    for (const frame of frames) socket.send(JSON.stringify(frame)?.replace('"ID"', id) ?? 'no JSON');
  }));
  return listen(server);
}

/** A network between that can be cut, and away. */
async function network(address) {
  const { hostname, port } = new URL(address);
  let away = false;
  const network = await listen(createTcpServer((socket) => {
    if (away) return socket.destroy();
    const far = connect(Number(port), hostname);
    far.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => far.destroy());
    return socket.pipe(far).pipe(socket);
  }));
  return Object.assign(network, {
    leave() {
      away = true;
      network.cut();
    },
    comeBack: () => (away = false),
  });
}

async function strangers(core, test) {
  const { OrchestratorDaemonManager, getDaemonManager } = core;
  const tries = [
    ['a port without a server', async () => ({ url: 'http://127.0.0.1:1', close() {} }), /^orchd at http:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED.*; trying again$/],
    ['a site that is no orchd', async () => listen(createServer((_, response) => response.writeHead(404).end('<html>'))), /cannot be reached: Unexpected server response: 404; trying/],
    ['words that are no JSON', () => liar(undefined), /sent what cannot be read: .*JSON/],
    ['JSON that is no call', () => liar(null), /sent what cannot be read/],
    ['a server that knows no subscribe', () => liar({ id: 'ID', error: { code: -32601, message: 'there is no method "subscribe"' } }), /^orchd at http.*: there is no method "subscribe"; trying/],
    ['a server that has no list of orchestrators', () => liar({ id: 'ID', result: { cursor: 1 } }), /answered GET \/api\/orchestrators with 200 and no JSON; trying/],
  ];
  for (const [what, make, expected] of tries) {
    await test(`mirror: ${what} is named on the console, and harms nobody`, () => warnings(async (lines) => {
      const { url, close } = await make();
      const manager = getDaemonManager({ url });
      await until('it is told', () => lines.length > 0);
      assert.match(lines[0], expected);
      assert.deepEqual([manager.getAllDaemonStatuses(), manager.isDaemonRunning('x')], [[], false]);
      const waiting = assert.rejects(manager.startDaemon(someone), { code: 'closed' });
      await OrchestratorDaemonManager.resetInstance();
      await waiting;
      assert.equal(lines.length, 1);
      close();
    }));
  }
}

async function refused(core, world, test) {
  const { OrchestratorDaemonManager, getDaemonManager } = core;
  await test('mirror: who asks without a token, or with a wrong one, is refused at once', () => warnings(async (lines) => {
    for (const [token, words] of [[undefined, /knows no login of who asks/], ['orch_wrong', /does not know the token, or no longer/]]) {
      const manager = getDaemonManager({ url: world.address, token });
      await assert.rejects(manager.startDaemon(someone), { code: 'unauthorized', message: words });
      assert.match(lines.at(-1), words);
      await OrchestratorDaemonManager.resetInstance();
    }
    assert.throws(() => getDaemonManager({ url: world.address, token: 'two words' }), /^TypeError: token is not/);
  }));

  await test('mirror: a token that is revoked meanwhile', () => warnings(async () => {
    const made = (await world.post('/api/tokens', world.admin, { name: 'for an app' })).body;
    const manager = getDaemonManager({ url: world.address, token: made.token });
    await until('the mirror', () => manager.getAllDaemonStatuses().length > 0);
    const { orchestratorId } = manager.getAllDaemonStatuses()[0];
    await world.call('DELETE', `/api/tokens/${made.id}`, world.admin);
    await until('it is seen', () => manager.getDaemonStatus(orchestratorId).status === 'error');
    assert.match(manager.getDaemonStatus(orchestratorId).lastError, /does not know the token, or no longer/);
    await OrchestratorDaemonManager.resetInstance();
  }));
}

async function cuts(core, world, ada, test) {
  const { OrchestratorDaemonManager, getDaemonManager } = core;
  const between = await network(world.address);
  await warnings(async () => {
    const manager = getDaemonManager({ url: `${between.url}/`, token: world.admin });
    await until('the mirror', () => manager.isDaemonRunning(ada.id));

    await test('mirror: what is said while it is away, and while it comes back, is told once', async () => {
      const answered = new Set();
      const sent = record(manager, ['daemon:message-send']);
      const say = async (number) => answered.add((await world.say(world.admin, world.general.id, `hello @ada, ${number}`)).id);
      for (let round = 0; round < 3; round++) {
        between.leave();
        await until('it is seen', () => !manager.isDaemonRunning(ada.id));
        for (let i = 0; i < 10; i++) await say(i);
        between.comeBack();
        for (let i = 0; i < 10 || !manager.isDaemonRunning(ada.id); i++) await say(i);
      }
      await until('the last reply', () => sent.length >= answered.size);
      assert.deepEqual(sent.map(([, { message: { replyToId } }]) => replyToId).sort(), [...answered].sort());
    });

    await test('mirror: nothing is left of a connection that was cut', async () => {
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
      const { connection } = manager.backend;
      const before = timers();
      for (let round = 0; round < 5; round++) {
        between.cut();
        await until('it is seen', () => !manager.isDaemonRunning(ada.id));
        connection.retry();
        await until('it is back', () => manager.isDaemonRunning(ada.id));
      }
      assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
    });

    await test('mirror: an orchestrator that was made meanwhile is met by its name, and by a start', async () => {
      const ben = await world.addOrchestrator('Ben');
      await until('its daemon is seen', () => manager.isDaemonRunning(ben.id));
      assert.equal(manager.getDaemonStatus(ben.id).orchestrator.user.email, ben.email);
      const cleo = await world.addOrchestrator('Cleo', undefined, { loggedIn: false });
      const daemon = await manager.startDaemon({ ...someone, id: cleo.id });
      await until('it runs', () => daemon.isRunning());
    });
    await OrchestratorDaemonManager.resetInstance();
  });
  between.close();
}

async function ending(world, ada, test) {
  await test('mirror: a process that waits for the end of a message lives until then, and one with a connection alone ends', async () => {
    const code = `
      import { getDaemonManager, orchestratorService } from '@neolith/core';
      const manager = getDaemonManager({ url: ${JSON.stringify(world.address)}, token: ${JSON.stringify(world.admin)} });
      const daemon = await manager.startDaemon(await orchestratorService.getVP(${JSON.stringify(ada.id)}));
      await daemon.handleMessage({ id: 'waits', channelId: ${JSON.stringify(world.general.id)}, authorId: 'u', content: 'hello', timestamp: new Date() });
      console.log('dealt with');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { cwd: app, timeout: 60000 });
    assert.equal(stdout, 'dealt with\n');
  });
}

async function setBack(core, world, ada, test) {
  const { OrchestratorDaemonManager, getDaemonManager } = core;
  await test('mirror: of a server that was set back to an older backup, who is not there any more is forgotten', () => warnings(async () => {
    const copy = join(world.data, '..', `${Date.now()}.backup`);
    await orchdOk(['backup', copy, '--data', world.data]);
    const dora = await world.addOrchestrator('Dora');
    const manager = getDaemonManager({ url: world.address, token: world.admin });
    await until('both are there', () => manager.isDaemonRunning(dora.id) && manager.isDaemonRunning(ada.id));
    const held = manager.getDaemon(dora.id);
    const told = record(held, ['status:changed']);
    await world.server.kill('SIGKILL');
    await orchdOk(['restore', copy, '--data', world.data, '--force']);
    await world.server.start();
    await until('the server as it was', () => manager.isDaemonRunning(ada.id) && manager.getDaemon(dora.id) === undefined);
    assert.deepEqual([manager.getDaemonStatus(dora.id), held.getStatus(), held.getHealthStatus().uptime], [null, 'stopped', 0]);
    assert.deepEqual(told.map(([, status]) => status), ['error', 'stopped']);
    await assert.rejects(held.start(), { code: 'not_found' });
    await manager.stopAllDaemons();
    await until('all stopped', () => manager.getRunningDaemons().size === 0);
    await OrchestratorDaemonManager.resetInstance();
  }));
}

const SOME = 50;

async function pages(core, world, test) {
  const { OrchestratorDaemonManager, getDaemonManager } = core;
  await test('mirror: of more orchestrators than orchd tells at once it has all', async () => {
    const wide = '"'.repeat(200); // one that takes two bytes: then 800 are enough
    const add = (number) => world.addOrchestrator(`${number}${'n'.repeat(190)}`, {}, { role: wide, discipline: wide, displayName: wide, model: `openai/${'m'.repeat(127)}`, loggedIn: false });
    for (let made = 0; made < 800; made += SOME) await Promise.all(Array.from({ length: SOME }, (_, i) => add(made + i)));
    const rpc = await world.rpc(world.admin);
    const [first, { daemons, total }] = [(await world.get('/api/orchestrators', world.admin)).body, await rpc.call('daemon.list')];
    rpc.close();
    assert.ok(first.next && first.orchestrators.length < total && daemons.length < total, `${first.orchestrators.length} and ${daemons.length} of ${total}`);
    const manager = getDaemonManager({ url: world.address, token: world.admin });
    await until('all are in the mirror', () => manager.getAllDaemonStatuses().length === total);
    await OrchestratorDaemonManager.resetInstance();
  });
}

export async function mirror(core, test) {
  await strangers(core, test);
  const world = await World.make();
  const ada = await world.addOrchestrator('Ada', undefined, { channels: [world.general.id] });
  await refused(core, world, test);
  await ending(world, ada, test);
  await cuts(core, world, ada, test);
  await setBack(core, world, ada, test);
  await pages(core, world, test);
  await world.end();
}
