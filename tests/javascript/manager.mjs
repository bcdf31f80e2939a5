// The manager in this process: one, configured, many daemons, logins, restarts.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

import { until } from '../harness/check.mjs';
import { app, message, orchestrator, record } from './app.mjs';

function warnings() {
  const { warn } = console;
  const told = [];
  console.warn = (...args) => told.push(args.join(' '));
  return { told, restore: () => (console.warn = warn) };
}

/** Runs a program in the app with this environment; what it printed. */
function run(code, environment = {}, ...options) {
  return execFileSync(process.execPath, [...options, '--input-type=module', '-e', code], {
    cwd: app, encoding: 'utf8', env: { ...process.env, ...environment }, timeout: 20000, stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function configuring(core, test) {
  const { getDaemonManager, initializeDaemonManager, orchestratorService, OrchestratorDaemonManager } = core;

  await test('manager: one of a process; a different configuration is warned of once, naming the fields', async () => {
    const manager = getDaemonManager({ maxRestartAttempts: 5 });
    const console = warnings();
    assert.equal(getDaemonManager({ maxRestartAttempts: 5 }), manager);
    assert.equal(getDaemonManager({ maxRestartAttempts: 2, daemon: { verbose: true } }), manager);
    assert.equal(getDaemonManager({ maxRestartAttempts: 1 }), manager);
    console.restore();
    assert.equal(console.told.length, 1);
    assert.match(console.told[0], /maxRestartAttempts, daemon\.verbose/);
    assert.equal(initializeDaemonManager({ maxRestartAttempts: 1 }), manager);
    assert.throws(() => initializeDaemonManager({ healthCheckInterval: 5 }), RangeError);
    await OrchestratorDaemonManager.resetInstance();
    assert.notEqual(getDaemonManager(), manager);
    await OrchestratorDaemonManager.resetInstance();
  });

  await test('manager: a token without an orchd is refused, and a lookup without an id: to some databases that is everybody', async () => {
    assert.throws(() => getDaemonManager({ url: undefined, token: 'orch_x' }), { name: 'RangeError', message: /^token is given without url/ });
    const asked = [];
    orchestratorService.setLookup((id) => void asked.push(id));
    for (const id of [undefined, null, '']) await assert.rejects(orchestratorService.getVP(id), { name: 'TypeError', message: /an id is needed/ });
    assert.equal(await orchestratorService.getVP('somebody'), null);
    orchestratorService.setLookup(null);
    assert.deepEqual(asked, ['somebody']);
  });

  await test('manager: a daemon works as the manager is configured when it is started', async () => {
    const manager = getDaemonManager({ daemon: { generateResponse: () => 'as before' } });
    const sent = record(manager, ['daemon:message-send']);
    const [uma, vic] = [orchestrator('Uma'), orchestrator('Vic')];
    for (const each of [uma, vic]) await manager.startDaemon(each);
    initializeDaemonManager({ daemon: { generateResponse: () => 'as it is now' } });
    await manager.stopDaemon(uma.id);
    await manager.startDaemon(uma);
    await manager.routeMessage(message('@uma @vic'));
    assert.deepEqual(sent.map(([, { orchestratorId, message: { content } }]) => [orchestratorId, content]), [[uma.id, 'as it is now'], [vic.id, 'as before']]);
    await OrchestratorDaemonManager.resetInstance();
  });

  await test("manager: a page's address of its orchd is checked", () => {
    globalThis.location = { origin: 'https://page.example' };
    process.env.NEXT_PUBLIC_ORCHD_URL = 'orchd.example.org';
    try {
      assert.throws(() => getDaemonManager(), { name: 'RangeError', message: /^url is "orchd\.example\.org"; allowed is an address like/ });
    } finally {
      delete globalThis.location;
      delete process.env.NEXT_PUBLIC_ORCHD_URL;
    }
  });

  await test('manager: one that was reset starts no daemon any more', async () => {
    const manager = getDaemonManager();
    await OrchestratorDaemonManager.resetInstance();
    await assert.rejects(manager.startDaemon(orchestrator()), { code: 'closed', message: 'the daemon manager was reset' });
    assert.equal(manager.getRunningDaemons().size, 0);
  });

  await test('manager: the environment, its public names, and what is not allowed', () => {
    const code = "import * as c from '@neolith/core'; console.log(JSON.stringify([c.buildDaemonManagerConfig(), c.buildDaemonConfig(), c.isOrchestratorModeEnabled()]))";
    const [manager, daemon, mode] = JSON.parse(run(code, {
      ORCHESTRATOR_MODE: 'on', NEXT_PUBLIC_DAEMON_AUTO_START: 'no', DAEMON_MAX_RESTART_ATTEMPTS: '7', NEXT_PUBLIC_DAEMON_MAX_RESTART_ATTEMPTS: '8',
      DAEMON_HEARTBEAT_INTERVAL: '250',
    }));
    assert.deepEqual(manager, { autoStart: false, healthCheckInterval: 60000, autoRestart: true, maxRestartAttempts: 7, verbose: false });
    assert.deepEqual(daemon, { heartbeatInterval: 250, maxConcurrentConversations: 10, autoRespond: true, verbose: false });
    assert.equal(mode, true);
    assert.throws(() => run(code, { DAEMON_HEARTBEAT_INTERVAL: '99' }),
      /DAEMON_HEARTBEAT_INTERVAL is "99"; allowed is a whole number from 100 to 86400000 ms/);
  });

  await test('manager: what it and its daemons get from the environment needs no passing', () => {
    const code = `
      import { getDaemonManager } from '@neolith/core';
      const daemon = await getDaemonManager().startDaemon({ id: 'o', role: 'r', user: { id: 'u', name: 'Ada', email: 'a@b', isOrchestrator: true } });
      const hold = setInterval(() => {}, 1000);
      daemon.once('heartbeat', () => { console.log('beat'); clearInterval(hold); });`;
    assert.equal(run(code, { DAEMON_HEARTBEAT_INTERVAL: '100' }), 'beat\n');
  });

  await test('manager: what is missing is named: a configuration, and TextEncoder where a daemon is made, not where the module is imported', () => {
    assert.throws(() => new OrchestratorDaemonManager(), /config is not given: OrchestratorDaemonManager\.getInstance\(\) makes the manager/);
    const code = `
      delete globalThis.TextEncoder;
      const { createOrchestratorDaemon, getDaemonManager } = await import('@neolith/core');
      getDaemonManager({ url: 'http://127.0.0.1:1' }); // of an orchd: needs none
      try { createOrchestratorDaemon({ orchestrator: ${JSON.stringify(orchestrator())} }); } catch (error) { console.log(error.message); }
      process.exit();`;
    assert.equal(run(code), 'TextEncoder is not defined\n');
  });

  await test('manager: a process ends while daemons run', () => {
    const code = `
      import { getDaemonManager } from '@neolith/core';
      await getDaemonManager().startDaemon({ id: 'o', role: 'r', user: { id: 'u', name: 'Ada', email: 'a@b', isOrchestrator: true } });
      console.log('end');`;
    assert.equal(run(code), 'end\n');
  });
}

async function dropping(test) {
  await test('daemon: one that was dropped without stop() gives its place back', () => {
    const code = `
      import { createOrchestratorDaemon } from '@neolith/core';
      const make = async (name) => {
        const daemon = createOrchestratorDaemon({ orchestrator: { id: name, role: 'r', user: { id: 'u' + name, name, email: 'a@b', isOrchestrator: true } } });
        await daemon.start();
        return daemon;
      };
      const kept = await make('kept');
      const place = (await make('dropped')).handle;
      for (let i = 0; ; i++) {
        await new Promise((resolve) => setImmediate(resolve));
        gc();
        const next = await make('next' + i);
        if (next.handle === place) break;
        await next.stop();
      }
      console.log(kept.getStatus());
      process.exit();`;
    assert.equal(run(code, {}, '--expose-gc'), 'running\n');
  });
}

async function running(core, test) {
  const { getDaemonManager, OrchestratorDaemonManager } = core;

  await test('manager: start twice is one daemon; logout by either id; unknown ids', async () => {
    const manager = getDaemonManager();
    const one = orchestrator('Eva');
    const two = orchestrator('Finn');
    const [first, second] = await Promise.all([manager.startDaemon(one), manager.startDaemon(one)]);
    assert.equal(first, second);
    assert.equal(await manager.startDaemon(one), first);
    await assert.rejects(first.start(), { message: 'Daemon is already running' });
    await manager.onUserLogin(two);
    assert.deepEqual([...manager.getRunningDaemons().keys()], [one.id, two.id]);
    await manager.onUserLogout(one.user.id);
    await manager.onUserLogout(two.id);
    assert.equal(manager.getRunningDaemons().size, 0);
    await manager.stopDaemon('nobody');
    await manager.onUserLogout('nobody');
    await assert.rejects(manager.restartDaemon('nobody'), { message: 'No daemon running for orchestrator: nobody' });
    assert.equal(manager.getDaemonStatus('nobody'), null);
    assert.equal(manager.getAllDaemonStatuses().length, 2);
    await OrchestratorDaemonManager.resetInstance();
  });

  await test('manager: routeMessage reaches every running daemon that is addressed, with the manager told', async () => {
    const manager = getDaemonManager();
    const [ann, ben, cat] = ['Ann', 'Ben', 'Cat'].map((name) => orchestrator(name));
    for (const each of [ann, ben, cat]) await manager.startDaemon(each);
    await manager.stopDaemon(cat.id);
    const sent = record(manager, ['daemon:message-send']);
    await manager.routeMessage(message('hello @ann and @ben and @cat'));
    assert.deepEqual(sent.map(([, { orchestratorId }]) => orchestratorId).sort(), [ann.id, ben.id].sort());
    await manager.routeMessage(message('hello @orchestrator'));
    assert.equal(sent.length, 4);
    await OrchestratorDaemonManager.resetInstance();
  });

  await test('manager: two orchestrators that address each other come to an end', async () => {
    const manager = getDaemonManager({ daemon: { generateResponse: ({ content }) => (content.includes('@pat') ? 'no, @sam' : 'no, @pat') } });
    const pat = orchestrator('Pat');
    const sam = orchestrator('Sam');
    await manager.startDaemon(pat);
    await manager.startDaemon(sam);
    let said = 0;
    const all = [];
    manager.on('daemon:message-send', ({ orchestrator: { user }, message: reply }) => {
      said++;
      all.push(manager.routeMessage(message(reply.content, { authorId: user.id, metadata: reply.metadata })));
    });
    await manager.routeMessage(message('@pat tell @sam'));
    while (all.length) await all.shift();
    assert.ok(said >= 2 && said <= 8, `${said} replies`);
    await OrchestratorDaemonManager.resetInstance();
  });

  await test('manager: a daemon that cannot start is told of, and tried again when it is right', async () => {
    const manager = getDaemonManager();
    const told = record(manager, ['daemon:start-error', 'auto-start-error']);
    const wrong = orchestrator('Gil', { personality: { tone: 7 } });
    await assert.rejects(manager.startDaemon(wrong), /personality\.tone is 7/);
    await manager.onUserLogin(wrong);
    assert.deepEqual(told.map(([name]) => name), ['daemon:start-error', 'auto-start-error']);
    assert.equal(told[1][1].userId, wrong.user.id);
    await manager.startDaemon({ ...wrong, user: { ...wrong.user, orchestratorConfig: { charter: {} } } });
    assert.ok(manager.isDaemonRunning(wrong.id));
    await manager.restartDaemon(wrong.id);
    await until('it runs again', () => manager.isDaemonRunning(wrong.id));
    await OrchestratorDaemonManager.resetInstance();
  });

  await test('manager: autoStart false leaves logins alone; health checks tell the manager', async () => {
    const manager = getDaemonManager({ autoStart: false, healthCheckInterval: 100 });
    const someone = orchestrator('Hal');
    await manager.onUserLogin(someone);
    assert.equal(manager.isDaemonRunning(someone.id), false);
    await manager.startDaemon(someone);
    const told = record(manager, ['daemon:health']);
    await until('a health check', () => told.length > 0);
    assert.equal(told[0][1].health.status, 'running');
    await OrchestratorDaemonManager.resetInstance();
  });
}

export async function manager(core, test) {
  await configuring(core, test);
  await running(core, test);
  await dropping(test);
}
