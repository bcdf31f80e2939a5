// Every operation and every method of the description, with valid input, against a running server; every notification that comes.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { test, until } from '../harness/check.mjs';
import { dataDirectory, Server } from '../harness/orchd.mjs';
import { sql } from '../operations/workspace.mjs';
import { Listener, password, World } from '../server/world.mjs';
import { Description } from './description.mjs';
import { Wire } from './wire.mjs';

// Those need a fault that other suites make (tests/server/slow.mjs, tests/faults, tests/unit).
const untold = ['resync', 'daemon.error', 'daemon.restarted', 'daemon.restart-scheduled', 'daemon.start-error', 'daemon.stop-error',
  'daemon.restart-error', 'daemon.health-error', 'daemon.auto-start-error'];

// A model that refuses: the quickest way to a turn that fails.
async function refusingModel() {
  const server = createServer((_, response) => response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/v1`, close: () => server.close() };
}

// An issuer that can only be found: enough to be sent there.
async function findableIssuer() {
  const server = createServer((_, response) => {
    const url = `http://127.0.0.1:${server.address().port}`;
    const found = { issuer: url, authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token`, jwks_uri: `${url}/keys`, id_token_signing_alg_values_supported: ['RS256'] };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function machine({ wire, world }) {
  const { alice } = world.people;
  await test('health, numbers, the documents, the WebSocket', async () => {
    for (const id of ['healthz', 'readyz', 'metrics', 'openapi', 'jsonrpc']) await wire.ok(id);
    const refused = await wire.http('websocket', alice.token);
    assert.deepEqual([refused.status, refused.headers.get('upgrade'), refused.body.error.code], [426, 'websocket', 'upgrade_required']);
    await (await world.rpc(alice.token)).close(); // 101
    wire.done.add('websocket');
  });
}

async function sessions({ wire, world }) {
  const { alice } = world.people;
  await test('sessions and tokens', async () => {
    await wire.ok('login', null, { email: alice.email, password });
    assert.equal((await wire.http('login', null, { email: alice.email, password: 'wrong' })).status, 401);
    await wire.ok('me', alice.token);
    await wire.ok('me', world.ownerToken);
    const token = await wire.ok('tokenCreate', alice.token, { name: 'mine', expiresAt: '2030-01-31' });
    await wire.ok('tokenCreate', alice.token, { name: 'without end', expiresAt: null });
    await wire.ok('tokenList', alice.token);
    await wire.ok('tokenRevoke', alice.token, { tokenId: token.id });
    assert.equal((await wire.http('tokenRevoke', alice.token, { tokenId: token.id })).status, 404);
    const session = await wire.ok('ownerSession', world.ownerToken, { email: alice.email });
    await wire.ok('ownerSession', world.ownerToken);
    const { url } = await wire.ok('loginLinkCreate', world.ownerToken, { email: alice.email, seconds: 60 });
    await wire.ok('loginByLink', null, { code: url.split('#')[1] });
    await wire.ok('logout', session.token);
    assert.equal((await wire.http('me', session.token)).status, 401);
  });
}

async function account({ wire, world }) {
  await test('sessions, the password, how one is shown, OpenID', async () => {
    const dave = await world.addUser('dave');
    const other = await world.sessionOf(dave.email);
    const { sessions } = await wire.ok('sessionList', dave.token);
    assert.deepEqual(sessions.map(({ current }) => current).sort(), [false, true]);
    await wire.ok('sessionRevoke', dave.token, { sessionId: sessions.find(({ current }) => !current).id });
    assert.equal((await wire.http('me', other)).status, 401);
    await wire.ok('sessionRevokeOthers', dave.token);
    assert.equal((await wire.http('passwordChange', dave.token, { current: 'wrong', password: 'battery horse correct' })).status, 403);
    await wire.ok('passwordChange', dave.token, { current: password, password: 'battery horse correct' });
    await wire.ok('meChange', dave.token, { displayName: 'Dave D.', avatarUrl: 'https://pictures.example/d.png' });
    assert.deepEqual((await wire.ok('providerList')).providers, [{ id: 'found', name: 'Found' }]);
    assert.match((await wire.http('oidcStart', null, { providerId: 'found', return: '/c/general' })).headers.get('location'), /\/auth\?response_type=code&/);
    assert.equal((await wire.http('oidcCallback', null, { providerId: 'found', state: 'x', code: 'y' })).headers.get('location'), '/login?error=expired');
    assert.match((await wire.ok('oidcLink', dave.token, { providerId: 'found', return: '/settings' })).location, /\/auth\?/);
    assert.deepEqual(await wire.ok('accountList', dave.token), { password: true, accounts: [] });
    // An account as another program on the same database leaves it.
    sql(join(world.data, 'orchd.db'), `INSERT INTO accounts (id, user_id, type, provider, provider_account_id, created_at, updated_at) VALUES ('a1', '${dave.id}', 'oauth', 'google', '1', '2026-01-01', '2026-01-01')`);
    const { accounts } = await wire.ok('accountList', dave.token);
    await wire.ok('accountUnlink', dave.token, { accountId: accounts[0].id });
    assert.equal((await wire.http('accountUnlink', dave.token, { accountId: accounts[0].id })).status, 409);
    await wire.ok('passwordSet', world.ownerToken, { email: dave.email, password });
    assert.equal((await wire.http('me', dave.token)).status, 401);
  });
}

async function people({ wire, world }) {
  await test('people, and the first of them on an empty server', async () => {
    await wire.ok('userList', world.people.alice.token);
    await wire.ok('userCreate', world.admin, { email: 'dora@test.example', name: 'Dora', displayName: 'D.', password, admin: true });
    assert.equal((await wire.http('userCreate', world.admin, { email: 'dora@test.example', name: 'Dora' })).status, 409);
    const data = join(dataDirectory(), 'data');
    mkdirSync(data);
    const empty = await new Server(data).start();
    const owner = readFileSync(join(data, 'owner.token'), 'utf8').trim();
    await wire.ok('setup', owner, { organization: 'O', email: 'first@test.example', name: 'First', password }, { address: empty.address });
    assert.equal(await empty.kill('SIGTERM'), 0);
    const fresh = await new Server(join(dataDirectory(), 'data')).start();
    const code = await fresh.setupCode();
    assert.equal((await wire.http('setupByCode', null, { code: 'wrong', email: 'first@test.example', name: 'First', password }, { address: fresh.address })).status, 403);
    await wire.ok('setupByCode', null, { code, email: 'first@test.example', name: 'First', password }, { address: fresh.address });
    assert.equal(await fresh.kill('SIGTERM'), 0);
  });
}

async function channels({ wire, world, rpc }) {
  const { alice, bob, carol } = world.people;
  await test('channels and their members', async () => {
    const { channel } = await wire.ok('channelCreate', alice.token, { name: 'Lab', topic: 'glass', type: 'PRIVATE', members: [bob.id] });
    await wire.ok('channelList', alice.token);
    await wire.ok('channelDirect', alice.token, { userId: bob.id });
    await wire.ok('memberAdd', alice.token, { channelId: channel.id, email: carol.email });
    await wire.ok('memberList', alice.token, { channelId: channel.slug });
    assert.equal((await wire.http('memberRemove', bob.token, { channelId: channel.id, userId: carol.id })).status, 403);
    await wire.ok('memberRemove', carol.token, { channelId: channel.id, userId: carol.id });
    await wire.ok('memberRemove', bob.token, { channelId: channel.id, email: bob.email }, { places: { email: 'body' } });
    await wire.call(rpc, 'channel.list');
    await wire.call(rpc, 'channel.members', { channelId: channel.id });
    await wire.call(rpc, 'user.list', { query: 'a', limit: 1 });
    await wire.ok('userList', alice.token, { channelId: channel.id, outside: true });
    await wire.call(rpc, 'user.lookup', { ids: [bob.id], mentions: ['bob'] });
    await wire.ok('channelBrowse', alice.token, { limit: 1 });
    await wire.call(rpc, 'channel.browse');
    await wire.ok('channelLeave', carol.token, { channelId: 'general' });
    await wire.ok('channelJoin', carol.token, { channelId: 'general' });
    for (const method of ['channel.leave', 'channel.join']) await wire.call(rpc, method, { channelId: 'general' });
  });
}

async function messages({ wire, world, rpc, listener }) {
  const { alice, bob } = world.people;
  const channelId = world.general.id;
  await test('messages and reactions', async () => {
    const { message } = await wire.ok('messageSend', alice.token, { channelId, content: 'hi', clientId: 'c1', metadata: { a: [1, null] } });
    const again = await wire.ok('messageSend', alice.token, { channelId, content: 'hi', clientId: 'c1' });
    assert.deepEqual([again.message.id, again.repeated], [message.id, true]);
    await wire.ok('messageSend', alice.token, { channelId, content: 'a reply', parentId: message.id });
    await wire.ok('messageHistory', bob.token, { channelId, limit: 1 });
    await wire.ok('messageHistory', bob.token, { channelId, thread: message.id });
    await wire.ok('messageHistory', bob.token, { channelId, parentId: message.id });
    await wire.ok('messageHistory', bob.token, { channelId, roots: true, around: message.id });
    await wire.ok('channelRead', bob.token, { channelId, messageId: message.id });
    await wire.ok('messageSearch', bob.token, { query: 'a repl', channelId, limit: 1 });
    await wire.call(rpc, 'message.search', { query: 'hi', before: message.id });
    await wire.ok('messageEdit', alice.token, { messageId: message.id, content: 'hello' });
    for (const place of ['query', 'body']) {
      await wire.ok('reactionAdd', alice.token, { messageId: message.id, emoji: '👍' });
      await wire.ok('reactionList', alice.token, { messageId: message.id });
      await wire.ok('reactionRemove', alice.token, { messageId: message.id, emoji: '👍' }, { places: { emoji: place } });
    }
    await wire.ok('messageDelete', alice.token, { messageId: message.id });
    await wire.ok('messageHistory', bob.token, { channelId });
  });

  await test('the same over the WebSocket', async () => {
    const { cursor } = await wire.call(rpc, 'subscribe', { channels: [channelId] });
    await wire.call(rpc, 'ping');
    const { message } = await wire.call(rpc, 'message.send', { channelId, content: 'again' });
    await wire.call(rpc, 'message.edit', { messageId: message.id, content: 'and again' });
    await wire.call(rpc, 'reaction.add', { messageId: message.id, emoji: '🎉' });
    await wire.call(rpc, 'reaction.list', { messageId: message.id });
    await wire.call(rpc, 'reaction.remove', { messageId: message.id, emoji: '🎉' });
    await wire.call(rpc, 'channel.history', { channelId, limit: 5, before: message.id });
    const second = await world.rpc(alice.token);
    await wire.call(second, 'channel.read', { channelId, messageId: message.id });
    await second.close();
    await listener.next('channel.read');
    await wire.call(rpc, 'message.delete', { messageId: message.id });
    await wire.call(rpc, 'typing', { channelId, parentId: message.id });
    const other = await world.rpc(bob.token);
    wire.listen(other);
    await wire.call(other, 'subscribe', { since: cursor });
    assert.equal((await wire.call(other, 'subscribe', { since: 1e12 })).gap, true);
    await wire.call(rpc, 'subscribe', { daemons: 'all' });
    await wire.call(other, 'typing', { channelId });
    await listener.next('typing');
    await other.close();
  });
}

async function orchestrators({ wire, world, rpc, listener }) {
  const charter = { rules: [{ match: 'hello', reply: 'Hello yourself.' }] };
  let ada;
  await test('orchestrators and their daemons', async () => {
    const made = await wire.ok('orchestratorCreate', world.admin, {
      name: 'Ada', role: 'Helper', discipline: 'Testing', displayName: 'Ada', email: 'ada@test.example', password, charter, capabilities: ['talk'], model: 'rules', channels: ['general'], loggedIn: true,
    });
    ada = made.orchestrator;
    const orchestratorId = ada.id;
    await listener.next('daemon.started');
    await wire.ok('orchestratorList', world.people.alice.token);
    await wire.ok('orchestratorList', world.people.alice.token, { query: 'ada', limit: 1, after: orchestratorId });
    await wire.ok('orchestratorGet', world.people.alice.token, { orchestratorId });
    await wire.ok('orchestratorGet', world.admin, { orchestratorId: ada.slug });
    await wire.ok('orchestratorChange', world.admin, { orchestratorId, role: 'Guide', capabilities: { talk: true }, model: '' });
    await wire.ok('login', null, { email: 'ada@test.example', password });
    await wire.ok('orchestratorLogout', world.admin, { orchestratorId });
    await wire.ok('orchestratorLogin', world.admin, { orchestratorId: ada.email });
    for (const id of ['daemonStart', 'daemonGet', 'daemonRestart', 'daemonStop', 'daemonStart']) await wire.ok(id, world.admin, { orchestratorId });
    await wire.ok('daemonList', world.people.alice.token);
    assert.equal((await wire.http('daemonStop', world.people.alice.token, { orchestratorId })).status, 403);
    const admin = await world.rpc(world.admin);
    for (const method of ['daemon.stop', 'daemon.start', 'daemon.restart', 'daemon.get']) await wire.call(admin, method, { orchestratorId });
    await wire.call(admin, 'daemon.list');
    for (const sort of ['name', 'status', 'answered']) await wire.call(admin, 'daemon.list', { query: 'ad', status: 'running', sort, descending: true, offset: 0, limit: 1 });
    await wire.ok('daemonList', world.people.alice.token, { status: 'stopped', descending: 'false' });
    await wire.ok('daemonEvents', world.people.alice.token, { orchestratorId, limit: 2 });
    await wire.call(admin, 'daemon.events', { orchestratorId, before: 1000 });
    await wire.ok('modelList', world.people.alice.token);
    await wire.call(admin, 'model.list');
    await assert.rejects(wire.call(rpc, 'daemon.stop', { orchestratorId }), ({ code, data }) => code === -32000 && data.code === 'forbidden' && data.status === 403);
    await admin.close();
  });

  await test('an answer, and a model that refuses', async () => {
    const channelId = world.general.id;
    const { message } = await wire.call(rpc, 'message.send', { channelId, content: '@ada hello' });
    await listener.next('message.created', (params) => params.message.metadata.replyToId === message.id);
    await wire.ok('orchestratorChange', world.admin, { orchestratorId: ada.id, model: 'openai/none' });
    await wire.ok('messageSend', world.people.alice.token, { channelId, content: '@ada and now?', parentId: message.id });
    const failed = await listener.next('turn.failed');
    const again = await wire.ok('turnRetry', world.people.alice.token, { turnId: failed.turnId });
    await listener.next('turn.failed', ({ turnId }) => turnId === again.turnId);
    assert.equal((await wire.http('turnCancel', world.people.alice.token, { turnId: again.turnId })).status, 404);
    const { turnId } = await wire.call(rpc, 'turn.retry', { turnId: again.turnId });
    await listener.next('turn.failed', (params) => params.turnId === turnId);
    for (const method of ['daemon.heartbeat', 'daemon.health']) await listener.next(method);
    await wire.ok('orchestratorLogout', world.admin, { orchestratorId: ada.id });
    for (const cancel of [(id) => wire.ok('turnCancel', world.people.alice.token, { turnId: id }), (id) => wire.call(rpc, 'turn.cancel', { turnId: id })]) {
      const asked = (await wire.call(rpc, 'message.send', { channelId, content: '@ada later' })).message;
      const { messages } = await wire.call(rpc, 'channel.history', { channelId, around: asked.id, limit: 1 });
      await cancel(messages[0].turns[0].turnId);
    }
    for (const token of [world.people.alice.token, world.ownerToken]) {
      await wire.ok('daemonConversations', token, { orchestratorId: ada.id });
      const { points } = await wire.ok('statisticsRead', token, { from: '2026-01-01', points: 100 });
      assert.ok(points.length > 0);
    }
    await wire.call(rpc, 'daemon.conversations', { orchestratorId: ada.id });
    await wire.call(rpc, 'statistics.read', { orchestratorId: ada.id });
    const late = await world.rpc(world.people.bob.token);
    wire.listen(late);
    await wire.call(late, 'subscribe', { since: 0 });
    await late.close();
  });
}

async function charters({ wire, world }) {
  const charter = { rules: [{ match: 'hello', reply: 'Tried.' }] };
  await test('charters that are not saved', async () => {
    const admin = await world.rpc(world.admin);
    const listener = new Listener(admin);
    wire.listen(admin);
    await wire.ok('charterCheck', world.admin, { charter, name: 'Ada', role: 'Helper', discipline: 'Testing', model: 'rules' });
    await wire.ok('charterCheck', world.ownerToken, { charter: { expertise: 'all', rules: 5 } });
    await wire.call(admin, 'charter.check', { charter });
    await wire.call(admin, 'charter.try', { charter, tryId: 'a', messages: [{ role: 'user', content: 'hello' }] });
    await listener.next('charter.delta');
    await wire.call(admin, 'charter.stop', { tryId: 'a' });
    await admin.close();
  });
}

async function completions({ wire, world }) {
  const { alice } = world.people;
  await test('chat completions and their models', async () => {
    const { slug } = await world.addOrchestrator('Cleo Patch', { rules: [{ match: 'hello', reply: 'Hello.' }] });
    await wire.ok('completionModelList', alice.token);
    await wire.ok('completionModelGet', alice.token, { model: slug });
    assert.equal((await wire.http('completionModelGet', alice.token, { model: 'nobody' })).status, 404);
    const messages = [{ role: 'user', content: 'hello' }];
    await wire.ok('chatCompletionCreate', alice.token, { model: slug, messages, max_tokens: 5, temperature: 0.5, n: 1 });
    await wire.ok('chatCompletionCreate', alice.token, { model: slug, messages, stream: true, stream_options: { include_usage: true } });
    assert.equal((await wire.http('chatCompletionCreate', alice.token, { model: slug, messages: [] })).status, 400);
  });
}

export default async function () {
  const model = await refusingModel();
  const issuer = await findableIssuer();
  const world = await World.make({ env: { ORCHD_OIDC_FOUND_ISSUER: issuer.url, ORCHD_OIDC_FOUND_CLIENT_ID: 'orchd', ORCHD_OIDC_FOUND_NAME: 'Found', ORCHD_MODEL: 'rules', OPENAI_BASE_URL: model.url, DAEMON_HEARTBEAT_INTERVAL: '200', DAEMON_HEALTH_CHECK_INTERVAL: '200' } });
  const description = await Description.of(world.address);
  const wire = new Wire(world.address, description);
  const rpc = await world.rpc(world.people.alice.token);
  const listener = new Listener(rpc);
  wire.listen(rpc);
  await wire.call(rpc, 'subscribe');
  for (const part of [machine, sessions, account, people, channels, messages, orchestrators, charters, completions]) await part({ wire, world, rpc, listener });

  await test('nothing of the description was left out', async () => {
    const expected = [...description.notifications.keys()].filter((name) => !untold.includes(name));
    await until('every notification came', () => expected.every((name) => wire.told.has(name))).catch((error) => {
      throw new Error(`${error.message}: ${expected.filter((name) => !wire.told.has(name))}`);
    });
    assert.deepEqual(description.operations.map(({ id }) => id).filter((id) => !wire.done.has(id)), []);
    assert.deepEqual(description.methods.map(({ name }) => name).filter((name) => !wire.done.has(name)), []);
  });

  await test('every notification was as described', () => assert.deepEqual(wire.wrong, []));

  await test('an answer with a field more, or one less, is noticed', async () => {
    const operation = description.operations.find(({ id }) => id === 'healthz');
    const type = 'application/json';
    description.checkResponse(operation, 200, type, { status: 'ok', uptime: 1 });
    for (const body of [{ status: 'ok', uptime: 1, more: 1 }, { status: 'ok' }, { status: 'ok', uptime: '1' }])
      assert.throws(() => description.checkResponse(operation, 200, type, body), /is not as described/);
    assert.throws(() => description.checkResponse(operation, 201, type, {}), /is not described/);
    assert.throws(() => description.checkNotification('nothing', {}), /is not described/);
  });

  await rpc.close();
  await world.end();
  model.close();
  issuer.close();
}
