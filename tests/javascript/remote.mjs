// The manager as the mirror of a real orchd: the same methods and events; cuts, restarts and kill -9 of the server are seen and
// recovered from.
import assert from 'node:assert/strict';

import { until } from '../harness/check.mjs';
import { World } from '../server/world.mjs';
import { message, record } from './app.mjs';

async function stage(core) {
  const world = await World.make();
  const ada = await world.addOrchestrator('Ada', undefined, { channels: [world.general.id] });
  const manager = core.getDaemonManager({ url: world.address, token: world.admin });
  return { world, manager, ada };
}

export async function remote(core, test) {
  const { OrchestratorDaemonManager } = core;
  const { world, manager, ada } = await stage(core);
  const running = () => manager.isDaemonRunning(ada.id);

  await test('remote: the mirror knows the daemons of the server', async () => {
    await until('the mirror', () => running());
    const status = manager.getDaemonStatus(ada.id);
    assert.equal(status.orchestrator.user.email, ada.email);
    assert.equal(status.health.status, 'running');
    assert.ok(status.startedAt instanceof Date && status.lastHeartbeat instanceof Date);
    assert.equal(manager.getDaemonStatus('nobody'), null);
    assert.deepEqual([...manager.getRunningDaemons().keys()], [ada.id]);
  });

  await test('remote: stop, start and restart, with their events', async () => {
    const lines = record(manager, ['daemon:started', 'daemon:stopped', 'daemon:status-changed']);
    const told = () => lines.map(([name, { status }]) => status ?? name);
    await manager.stopDaemon(ada.id);
    await until('it stopped', () => !running());
    await assert.rejects(manager.restartDaemon(ada.id), /No daemon running for orchestrator/);
    const daemon = await manager.startDaemon({ id: ada.id, role: 'x', user: { id: ada.userId, name: 'Ada', email: ada.email, isOrchestrator: true } });
    await until('it runs', () => daemon.isRunning());
    await manager.restartDaemon(ada.id);
    await until('each was told', () => lines.filter(([name]) => name === 'daemon:started').length === 2 && running());
    assert.equal(lines.filter(([name]) => name === 'daemon:stopped').length, 2);
    assert.equal(lines[0][1].orchestrator.user.name, 'Ada');
    const stopped = ['stopping', 'stopped', 'daemon:stopped'];
    const started = ['initializing', 'running', 'daemon:started'];
    assert.deepEqual(told(), [...stopped, ...started, ...stopped, ...started]); // as a daemon of this process tells it
  });

  await test('remote: a message is dealt with, and told whole', async () => {
    const lines = record(manager, ['daemon:message-send', 'daemon:message-processed']);
    const daemon = manager.getDaemon(ada.id);
    const own = record(daemon, ['message:send']);
    const question = message('hello @ada', { channelId: world.general.id });
    await manager.routeMessage(question);
    assert.deepEqual(lines.map(([name]) => name), ['daemon:message-send', 'daemon:message-processed']);
    assert.equal(own[0][1].content, 'Ada says hello');
    assert.equal(own[0][1].replyToId, lines[1][1].message.id);
    assert.equal(lines[1][1].message.content, 'hello @ada');
    await manager.routeMessage(question); // the same once more
    assert.equal(own.length, 1);
    await daemon.handleMessage(message('what now?', { channelId: world.general.id }));
    assert.equal(own.length, 2);
  });

  await test('remote: what is no message, or too large, is named as of a daemon of this process, and harms no connection', async () => {
    const daemon = manager.getDaemon(ada.id);
    const told = record(manager, ['daemon:status-changed']);
    const huge = { channelId: world.general.id, metadata: { file: 'x'.repeat(400_000) } };
    await assert.rejects(daemon.handleMessage(), { code: 'invalid', message: 'message is not given' });
    await assert.rejects(manager.routeMessage(message('', { channelId: world.general.id })), { code: 'invalid', message: /^message\.content is empty/ });
    await assert.rejects(daemon.handleMessage(message('x'.repeat(400_000))), { code: 'too_large', message: /^message\.content has 400000 characters/ });
    await assert.rejects(manager.routeMessage(message('hello @ada', huge)), { code: 'too_large', message: /^message\.metadata has 400011 characters/ });
    assert.deepEqual([told, await core.orchestratorService.getVP('../users')], [[], null]);
  });

  await test('remote: kill -9 of the server is seen, and recovered from', async () => {
    const sent = record(manager, ['daemon:message-send']);
    const health = record(manager, ['daemon:health']);
    await world.server.kill('SIGKILL');
    await until('it is seen', () => manager.getDaemonStatus(ada.id).status === 'error');
    assert.match(manager.getDaemonStatus(ada.id).lastError, /^the connection to orchd at .* was cut$/);
    assert.deepEqual([running(), health.length, health[0][1].health.status], [false, 1, 'error']);
    await world.server.start();
    const asked = message('hello again @ada', { channelId: world.general.id });
    await until('the server takes messages again', () => manager.routeMessage(asked).then(() => true, () => false));
    await until('the reply', () => sent.length === 1);
    assert.ok(running());
    assert.equal(health[1][1].health.status, 'running');
    assert.equal(manager.getDaemonStatus(ada.id).lastError, null);
  });

  await test('remote: what happened while nobody was connected is told after, once', async () => {
    const sent = record(manager, ['daemon:message-send']);
    await world.server.kill('SIGTERM');
    await world.server.start();
    // Asked past the mirror, likely before it is back.
    await world.say(world.admin, world.general.id, 'hello @ada, are you back?');
    await until('the missed reply', () => sent.length === 1);
    await manager.routeMessage(message('hello @ada', { channelId: world.general.id }));
    assert.equal(sent.length, 2);
  });

  await test('remote: login and logout by the server', async () => {
    await manager.onUserLogout(ada.userId);
    await until('logged out', () => !running());
    await manager.onUserLogin({ id: ada.id, role: 'x', user: { id: ada.userId, name: 'Ada', email: ada.email, isOrchestrator: true } });
    assert.ok(running());
  });

  await test('remote: a login that starts no daemon fails nobody, and is told', async () => {
    const told = record(manager, ['auto-start-error']);
    await manager.onUserLogin({ id: 'nobody', role: 'x', user: { id: 'u', name: 'n', email: 'e', isOrchestrator: true } });
    assert.deepEqual([told.length, told[0][1].userId, told[0][1].error.code], [1, 'u', 'not_found']);
    await manager.onUserLogin({ id: 'nobody', role: 'x', user: { id: 'u', name: 'n', email: 'e', isOrchestrator: false } });
    assert.equal(told.length, 1);
  });

  await test('remote: getVP asks the server, by either id; a registered lookup goes before', async () => {
    const { orchestratorService } = core;
    for (const id of [ada.id, ada.userId]) {
      const found = await orchestratorService.getVP(id);
      assert.deepEqual([found.id, found.user.id, found.user.isOrchestrator], [ada.id, ada.userId, true]);
    }
    assert.equal(await orchestratorService.getVP('nobody'), null);
    orchestratorService.setLookup((id) => (id === 'mine' ? { id } : undefined));
    assert.deepEqual([await orchestratorService.getVP('mine'), await orchestratorService.getVP(ada.id)], [{ id: 'mine' }, null]);
    orchestratorService.setLookup(null);
  });

  await test('remote: refusals of the server come with their code', async () => {
    await assert.rejects(manager.routeMessage(message('x', { channelId: 'nowhere' })), { code: 'not_found' });
    await assert.rejects(manager.routeMessage(message('a NUL: \0')), { code: 'invalid', message: /content has a NUL/ });
    await assert.rejects(manager.routeMessage(message('half: \ud83e')), { code: 'invalid' });
    await assert.rejects(manager.startDaemon({ id: 'nobody', role: 'x', user: { id: 'u', name: 'n', email: 'e', isOrchestrator: true } }), { code: 'not_found' });
    await assert.rejects(manager.getDaemon(ada.id).executeAction({ type: 'dance' }), { code: 'unsupported' });
  });

  await test('remote: who waits for a server that is away is told when the manager ends', async () => {
    await world.server.kill('SIGKILL');
    await until('it is seen', () => !running());
    const waiting = assert.rejects(manager.startDaemon({ id: ada.id, role: 'x', user: ada }), { code: 'closed' });
    await OrchestratorDaemonManager.resetInstance();
    await waiting;
  });
  await world.server.kill('SIGTERM');
}
