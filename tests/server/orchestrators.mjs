// Orchestrators and their daemons: management, rights, and login as the switch.
import assert from 'node:assert/strict';
import { test, until } from '../harness/check.mjs';
import { closed, Listener, password, World } from './world.mjs';

export default async function () {
  const world = await World.make();
  const { alice } = world.people;
  const charter = { rules: [{ match: 'hello', reply: 'Hello yourself.' }], personality: { tone: 'dry' } };
  const ada = await world.addOrchestrator('Ada Quill', charter, { email: 'ada@test.example', password });
  const daemon = (token = alice.token) => world.get(`/api/daemons/${ada.id}`, token);
  const status = async () => (await daemon()).body.health.status;

  await test('made by administrators only, with checks that name the field', async () => {
    const body = { name: 'Bruno', role: 'Engineer', discipline: 'Machines' };
    assert.equal((await world.post('/api/orchestrators', alice.token, body)).status, 403);
    for (const [change, field] of [
      [{ name: undefined }, 'name'],
      [{ role: undefined }, 'role'],
      [{ discipline: 5 }, 'discipline'],
      [{ charter: 'words' }, 'charter'],
      [{ charter: { communication: { responseLength: 'endless' } } }, /communication\.responseLength/],
      [{ model: 'nobody/knows' }, 'model'],
      [{ channels: 'general' }, 'channels'],
      [{ capabilities: 'all' }, 'capabilities'],
      [{ email: 'ada@test.example' }, 'email'],
    ]) {
      const refused = await world.post('/api/orchestrators', world.admin, { ...body, ...change });
      assert.ok([400, 409].includes(refused.status), JSON.stringify([change, refused]));
      assert.match(refused.body.error.field, new RegExp(field), JSON.stringify(refused.body));
    }
  });

  await test('shown to its organization; the charter to administrators', async () => {
    const seen = (await world.get('/api/orchestrators', alice.token)).body.orchestrators.find(({ id }) => id === ada.id);
    assert.deepEqual([seen.name, seen.slug, seen.role, seen.discipline, seen.loggedIn, seen.email], ['Ada Quill', 'ada-quill', 'Helper', 'Testing', true, 'ada@test.example']);
    assert.equal((await world.get(`/api/orchestrators/${ada.id}`, alice.token)).body.orchestrator.charter, undefined);
    assert.deepEqual((await world.get('/api/orchestrators/ada-quill', world.admin)).body.orchestrator.charter, charter);
    for (const name of ['ada-quill', 'ada@test.example', ada.userId])
      assert.equal((await world.get(`/api/orchestrators/${name}`, alice.token)).body.orchestrator.id, ada.id, name);
    for (const name of ['ghost', alice.id]) assert.equal((await world.get(`/api/orchestrators/${name}`, alice.token)).status, 404, name);
  });

  await test('a daemon has all its fields', async () => {
    await until('it runs', async () => (await status()) === 'running');
    const { body } = await daemon();
    assert.deepEqual(Object.keys(body).sort(), ['active', 'answered', 'failed', 'health', 'inputTokens', 'lastError', 'model', 'name', 'orchestratorId', 'outputTokens', 'presence', 'queued', 'restartCount', 'role', 'slug', 'startedAt']);
    assert.deepEqual(Object.keys(body.health).sort(), ['activeConversations', 'errors', 'lastHeartbeat', 'status', 'totalMessagesProcessed', 'uptime']);
    assert.equal(body.orchestratorId, ada.id);
    assert.equal(body.model, 'rules');
    assert.deepEqual((await world.get('/api/daemons', alice.token)).body.daemons.map((each) => each.orchestratorId), [ada.id]);
    assert.equal((await world.get('/api/daemons/ghost', alice.token)).status, 404);
  });

  await test('a message that addresses it is answered, streamed to who listens', async () => {
    const rpc = await world.rpc(alice.token);
    const listener = new Listener(rpc);
    await rpc.call('subscribe');
    const { message, turns } = await rpc.call('message.send', { channelId: world.general.id, content: '@ada hello' });
    assert.equal(turns, 1);
    const reply = (await listener.next('message.created', (params) => params.message.metadata.replyToId === message.id)).message;
    assert.equal(reply.content, 'Hello yourself.');
    assert.equal(reply.authorId, ada.userId);
    assert.deepEqual([reply.metadata.orchestratorId, reply.metadata.model, typeof reply.metadata.usage], [ada.id, 'rules', 'object']);
    const started = listener.find('turn.started');
    assert.deepEqual([started.orchestratorId, started.channelId, started.messageId], [ada.id, world.general.id, message.id]);
    const deltas = listener.seen.filter((notice) => notice.method === 'message.delta');
    assert.equal(deltas.map((notice) => notice.params.text).join(''), 'Hello yourself.');
    assert.ok(deltas.every(({ params }) => params.turnId === started.turnId && params.channelId === world.general.id && params.orchestratorId === ada.id));
    await listener.next('daemon.message-processed');
    await rpc.close();
  });

  await test('start, stop, restart: administrators and the orchestrator itself', async () => {
    const own = await world.sessionOf('ada@test.example');
    for (const verb of ['start', 'stop', 'restart'])
      assert.equal((await world.post(`/api/daemons/${ada.id}/${verb}`, alice.token)).status, 403);
    const stopped = await world.post(`/api/daemons/${ada.id}/stop`, world.admin);
    assert.deepEqual([stopped.status, stopped.body.health.status, stopped.body.health.uptime], [200, 'stopped', 0]);
    assert.equal((await world.post(`/api/daemons/${ada.id}/stop`, world.admin)).status, 200);
    const started = await world.post(`/api/daemons/${ada.id}/start`, own);
    assert.deepEqual([started.status, started.body.health.status], [200, 'running']);
    assert.equal((await world.post(`/api/daemons/${ada.id}/start`, world.ownerToken)).body.health.status, 'running');
    const before = started.body.startedAt;
    const restarted = await world.post(`/api/daemons/${ada.id}/restart`, world.admin);
    assert.deepEqual([restarted.status, restarted.body.health.status], [200, 'running']);
    assert.ok(restarted.body.startedAt >= before);
    assert.equal((await world.post('/api/daemons/ghost/start', world.admin)).status, 404);
  });

  await test('the same over the WebSocket', async () => {
    const rpc = await world.rpc(world.admin);
    const listener = new Listener(rpc);
    await rpc.call('subscribe');
    assert.equal((await rpc.call('daemon.stop', { orchestratorId: ada.id })).health.status, 'stopped');
    await listener.next('daemon.stopped', ({ orchestratorId }) => orchestratorId === ada.id);
    await listener.next('presence.changed', ({ orchestratorId, presence }) => orchestratorId === ada.id && presence === 'offline');
    assert.equal((await rpc.call('daemon.start', { orchestratorId: ada.slug })).health.status, 'running');
    const started = await listener.next('daemon.started');
    assert.equal(started.health.status, 'running');
    assert.equal((await rpc.call('daemon.list')).daemons.length, 1);
    await assert.rejects(rpc.call('daemon.start', { orchestratorId: 'ghost' }), (error) => error.data.code === 'not_found' && error.data.field === 'orchestratorId');
    const user = await world.rpc(alice.token);
    await assert.rejects(user.call('daemon.stop', { orchestratorId: ada.id }), (error) => error.data.code === 'forbidden');
    await Promise.all([rpc.close(), user.close()]);
  });

  await test('its login by password starts the daemon, its logout stops it', async () => {
    await world.post(`/api/daemons/${ada.id}/stop`, world.admin);
    const login = await fetch(`${world.address}/api/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'ada@test.example', password }) });
    assert.equal(login.status, 200);
    assert.equal((await login.json()).orchestrator.id, ada.id);
    await until('it runs', async () => (await status()) === 'running');
    const cookie = login.headers.get('set-cookie').split(';')[0];
    assert.equal((await fetch(`${world.address}/api/auth/logout`, { method: 'POST', headers: { cookie } })).status, 204);
    await until('it is stopped', async () => (await status()) === 'stopped');
  });

  await test('administrators log it in and out; a login outlives a restart of the server', async () => {
    assert.equal((await world.post(`/api/orchestrators/${ada.id}/login`, alice.token)).status, 403);
    assert.equal((await world.post(`/api/orchestrators/${ada.id}/login`, world.ownerToken)).status, 200);
    await until('it runs', async () => (await status()) === 'running');
    await world.server.kill('SIGTERM');
    await world.server.start();
    await until('it runs again', async () => (await status()) === 'running');
    assert.equal((await world.post('/api/orchestrators/ada@test.example/logout', world.admin)).status, 200);
    await until('it is stopped', async () => (await status()) === 'stopped');
    await world.server.kill('SIGTERM');
    await world.server.start();
    await world.post(`/api/channels/${world.general.id}/messages`, alice.token, { content: 'anything' });
    assert.equal(await status(), 'stopped');
    await world.post(`/api/orchestrators/${ada.id}/login`, world.admin);
    await until('it runs', async () => (await status()) === 'running');
  });

  await test('a changed charter is what it answers by', async () => {
    assert.equal((await world.call('PATCH', `/api/orchestrators/${ada.id}`, alice.token, { role: 'X' })).status, 403);
    const changed = await world.call('PATCH', `/api/orchestrators/${ada.id}`, world.admin, { role: 'Archivist', charter: { rules: [{ match: 'hello', reply: 'A new voice.' }] } });
    assert.deepEqual([changed.status, changed.body.orchestrator.role, changed.body.orchestrator.name], [200, 'Archivist', 'Ada Quill']);
    const rpc = await world.rpc(alice.token);
    const listener = new Listener(rpc);
    await rpc.call('subscribe');
    await rpc.call('message.send', { channelId: world.general.id, content: '@archivist hello' });
    await listener.next('message.created', ({ message }) => message.content === 'A new voice.');
    const wrong = await world.call('PATCH', `/api/orchestrators/${ada.id}`, world.admin, { model: 'nobody/knows' });
    assert.deepEqual([wrong.status, wrong.body.error.field], [400, 'model']);
    await rpc.close();
  });

  await test('the owner watches daemons over the WebSocket, and sees no channel', async () => {
    const rpc = await world.rpc(world.ownerToken);
    const listener = new Listener(rpc);
    await rpc.call('subscribe');
    await world.post(`/api/daemons/${ada.id}/restart`, world.admin);
    await listener.next('daemon.started');
    await assert.rejects(rpc.call('message.send', { channelId: world.general.id, content: 'x' }), (error) => error.data.code === 'forbidden');
    await world.say(alice.token, world.general.id, 'unheard');
    await rpc.call('ping');
    assert.equal(listener.find('message.created'), undefined);
    const ended = closed(rpc);
    rpc.socket.close(1000, 'bye');
    assert.equal(await ended, 1000);
  });

  await test('listed in pages, in the order of their making, and looked for by a name', async () => {
    const made = [ada];
    for (const name of ['Berta', 'Bert Adams', 'Cleo']) made.push(await world.addOrchestrator(name));
    const list = async (query) => (await world.get(`/api/orchestrators${query}`, alice.token)).body;
    const names = ({ orchestrators }) => orchestrators.map(({ name }) => name);
    const all = await list('');
    assert.deepEqual([names(all), all.total, all.next], [['Ada Quill', 'Berta', 'Bert Adams', 'Cleo'], 4, undefined]);
    const first = await list('?query=bert&limit=1');
    assert.deepEqual([names(first), first.total, first.next], [['Berta'], 2, made[1].id]);
    const second = await list(`?query=bert&limit=1&after=${first.next}`);
    assert.deepEqual([names(second), second.total, second.next], [['Bert Adams'], 2, undefined]);
    assert.deepEqual(names(await list('?query=ada')), ['Ada Quill', 'Bert Adams']);
    assert.deepEqual(names(await list(`?after=${made[3].id}`)), []);
    for (const [query, status, field] of [['?limit=0', 400, 'limit'], ['?limit=501', 400, 'limit'], ['?after=nobody', 404, 'after']])
      assert.deepEqual(await world.get(`/api/orchestrators${query}`, alice.token).then(({ status, body }) => [status, body.error.field]), [status, field]);
  });

  await world.end();
}
