// What the control room asks for: lists of daemons, whose notices come, figures over time, events, conversations.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test, until } from '../harness/check.mjs';
import { addOrchestrators } from '../harness/crowd.mjs';
import { Listener, World } from './world.mjs';

const reply = { rules: [{ match: 'hello', reply: 'Hello yourself.' }] };

// Speaks as OpenAI does: one answer with usage; "fail" in the last message is refused for good.
async function model() {
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = JSON.parse(Buffer.concat(parts));
    server.seen.push(body);
    if (/fail$/.test(body.messages.at(-1).content)) {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"a secret of the message: sesame"}}');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const chunk of [
      { choices: [{ index: 0, delta: { content: 'Well.' } }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { choices: [], usage: { prompt_tokens: 11, completion_tokens: 3 } },
    ]) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    response.end('data: [DONE]\n\n');
  });
  server.seen = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.url = `http://127.0.0.1:${server.address().port}/v1`;
  return server;
}

export default async function () {
  const openai = await model();
  const world = await World.make({ env: { ORCHD_MODEL: 'rules', OPENAI_BASE_URL: openai.url, DAEMON_HEARTBEAT_INTERVAL: '200' } });
  const { alice, bob } = world.people;
  const ada = await world.addOrchestrator('Ada Quill', reply, { role: 'Archivist' });
  const zed = await world.addOrchestrator('Zed', reply, { role: 'Baker', model: 'openai/some' });
  const off = await world.addOrchestrator('Olaf', reply, { role: 'Cook', loggedIn: false });
  const ids = { [ada.id]: 'ada', [zed.id]: 'zed', [off.id]: 'off' };
  const list = async (query = '') => (await world.get(`/api/daemons${query}`, alice.token)).body;
  const names = async (query) => (await list(query)).daemons.map(({ orchestratorId }) => ids[orchestratorId]);
  const daemon = async (id) => (await world.get(`/api/daemons/${id}`, alice.token)).body;
  await until('two of them run', async () => (await list()).counts.running === 2);

  const ask = async (channelId, content) => {
    const rpc = await world.rpc(alice.token);
    const listener = new Listener(rpc);
    await rpc.call('subscribe');
    const { message } = await rpc.call('message.send', { channelId, content });
    const end = await Promise.race([
      listener.next('message.created', (params) => params.message.metadata.replyToId === message.id),
      listener.next('turn.failed', (params) => params.messageId === message.id),
    ]);
    await rpc.close();
    return end;
  };

  await test('the list: filtered, sorted, a page of it, counted', async () => {
    const all = await list();
    assert.deepEqual(all.daemons.map(({ orchestratorId }) => ids[orchestratorId]), ['ada', 'zed', 'off']);
    assert.equal(all.total, 3);
    assert.deepEqual(all.counts, { stopped: 1, initializing: 0, running: 2, error: 0, stopping: 0 });
    assert.deepEqual(await names('?query=QUILL'), ['ada']);
    assert.deepEqual(await names('?query=bake'), ['zed']);
    assert.deepEqual(await names('?query=nobody'), []);
    assert.deepEqual(await names('?status=running'), ['ada', 'zed']);
    assert.deepEqual(await names('?sort=name'), ['ada', 'off', 'zed']);
    assert.deepEqual(await names('?sort=name&descending=true'), ['zed', 'off', 'ada']);
    assert.deepEqual(await names('?sort=role&limit=1&offset=1'), ['zed']);
    assert.deepEqual(await names('?sort=status&descending=true&limit=1'), ['off']);
    assert.deepEqual(await names('?offset=3'), []);
    const page = await list('?query=a&status=stopped&limit=1');
    assert.deepEqual([page.total, page.counts.running, page.counts.stopped], [1, 2, 1]);
    for (const query of ['status=asleep', 'sort=height', 'limit=0', 'limit=501', 'offset=-1', 'descending=yes', 'query='])
      assert.equal((await world.get(`/api/daemons?${query}`, alice.token)).status, 400, query);
  });

  await test('what each has done is counted exactly, and kept', async () => {
    for (let i = 0; i < 3; i++) await ask(world.general.id, '@ada hello');
    await ask(world.general.id, '@zed hello');
    await ask(world.general.id, '@zed please fail');
    const seen = async () => Promise.all([ada, zed].map(async ({ id }) => {
      const { answered, failed, inputTokens, outputTokens } = await daemon(id);
      return [answered, failed, inputTokens, outputTokens];
    }));
    assert.deepEqual(await seen(), [[3, 0, 0, 0], [1, 1, 11, 3]]);
    assert.deepEqual(await names('?sort=answered&descending=true&limit=1'), ['ada']);
    for (const sort of ['failed', 'tokens']) assert.deepEqual(await names(`?sort=${sort}&descending=true&limit=1`), ['zed']);
    assert.ok(openai.seen.every((body) => body.max_tokens > 0), JSON.stringify(openai.seen[0]));
    for (const id of [off.id, zed.id]) await until('its events are stored', async () => (await world.get(`/api/daemons/${id}/events`, alice.token)).body.events.some(({ kind }) => kind === (id === zed.id ? 'turn-failed' : 'created')));
    await world.server.kill('SIGKILL');
    await world.server.start();
    assert.deepEqual(await seen(), [[3, 0, 0, 0], [1, 1, 11, 3]]);
  });

  await test('whose notices come is chosen', async () => {
    const heard = {};
    for (const [name, daemons] of [['all', undefined], ['every', 'all'], ['one', [ada.id]], ['none', 'none'], ['nobody', []]]) {
      const rpc = await world.rpc(world.admin);
      heard[name] = new Listener(rpc);
      heard[name].rpc = rpc;
      await rpc.call('subscribe', daemons === undefined ? {} : { daemons });
    }
    const of = (name) => new Set(heard[name].seen.filter(({ method }) => method.startsWith('daemon.')).map(({ params }) => ids[params.orchestratorId]));
    for (const name of ['all', 'every']) {
      await heard[name].next('daemon.heartbeat', ({ orchestratorId }) => orchestratorId === ada.id);
      await heard[name].next('daemon.heartbeat', ({ orchestratorId }) => orchestratorId === zed.id);
    }
    await heard.one.next('daemon.heartbeat');
    assert.deepEqual([...of('one')], ['ada']);
    for (const name of ['none', 'nobody']) assert.equal(of(name).size, 0);
    await heard.none.rpc.call('subscribe', { daemons: [zed.id, off.id] }); // the next one replaces the first
    await heard.none.next('daemon.heartbeat');
    assert.deepEqual([...of('none')], ['zed']);
    await assert.rejects(heard.none.rpc.call('subscribe', { daemons: ['ghost'] }), ({ data }) => data.code === 'not_found' && data.field === 'daemons');
    for (const { rpc } of Object.values(heard)) await rpc.close();
  });

  await test('figures over time: of all, of one, kept over an end in good order', async () => {
    const sum = (points, field) => points.reduce((total, point) => total + point[field], 0);
    const read = async (query = '', token = alice.token) => (await world.get(`/api/statistics?${query}`, token)).body;
    const totals = (points) => ['answered', 'failed', 'inputTokens', 'outputTokens'].map((field) => sum(points, field));
    // Nothing where the server was killed within the minute.
    const [before, beforeOfOne] = await Promise.all(['', `orchestratorId=${zed.id}`].map(async (query) => totals((await read(query)).points)));
    const since = (points, then) => totals(points).map((total, i) => total - then[i]);
    await ask(world.general.id, '@zed hello');
    await ask(world.general.id, '@zed please fail');
    await ask(world.general.id, '@ada hello');
    const check = async () => {
      const [whole, owners, one, hours] = await Promise.all([read(), read('', world.ownerToken), read(`orchestratorId=${zed.id}`), read(`from=2026-01-01&orchestratorId=${zed.slug}`)]);
      assert.equal(whole.stepMs, 60000);
      assert.deepEqual(since(whole.points, before), [2, 1, 11, 3]);
      assert.deepEqual(owners.points, whole.points);
      for (const { points } of [one, hours]) assert.deepEqual(since(points, beforeOfOne), [1, 1, 11, 3]);
      assert.ok(hours.stepMs >= 3600000);
      for (const { at, answered, latencyMs } of whole.points) {
        assert.equal(new Date(at) % whole.stepMs, 0);
        assert.equal(latencyMs !== undefined, answered > 0);
        if (latencyMs) assert.ok(latencyMs.p50 <= latencyMs.p95 && latencyMs.p95 <= latencyMs.max && latencyMs.max < 60000);
      }
      assert.ok(new Date(whole.to) >= Date.now() - 1000 && new Date(whole.from) <= Date.now() - 3600000);
    };
    await check();
    await world.server.kill('SIGTERM');
    await world.server.start();
    await check();
    for (const query of ['from=tomorrow', 'from=2026-01-02&to=2026-01-01', 'points=0', 'points=501', 'orchestratorId=ghost'])
      assert.ok([400, 404].includes((await world.get(`/api/statistics?${query}`, alice.token)).status), query);
    assert.deepEqual((await read('from=2020-01-01&to=2020-01-02')).points, []);
  });

  await test('events: kept, newest first, in pages, without texts of messages', async () => {
    const events = async (query = '', id = zed.id) => (await world.get(`/api/daemons/${id}/events?${query}`, bob.token)).body;
    await world.post(`/api/daemons/${zed.id}/stop`, world.admin);
    await world.post(`/api/daemons/${zed.id}/start`, world.ownerToken);
    await world.call('PATCH', `/api/orchestrators/${zed.id}`, world.admin, { role: 'Miller', charter: { ...reply, systemPrompt: 'hush' } });
    await world.post(`/api/orchestrators/${off.id}/login`, world.admin);
    const kinds = ({ events: items }) => items.map(({ kind }) => kind);
    await until('all are stored', async () => kinds(await events()).includes('configured') && kinds(await events('', off.id)).includes('started'));
    const { events: items } = await events('limit=200');
    assert.deepEqual(kinds({ events: items }).slice(0, 5), ['configured', 'started', 'command', 'stopped', 'command']);
    assert.deepEqual(kinds({ events: items }).slice(-2), ['started', 'created']);
    const [configured, , byOwner, , byAdmin] = items;
    assert.deepEqual(configured.details.fields, ['role', 'charter']);
    assert.deepEqual([byOwner.details, byAdmin.details.command, typeof byAdmin.details.userId], [{ owner: true, command: 'start' }, 'stop', 'string']);
    assert.equal(items.find(({ kind }) => kind === 'turn-failed').details.code, 'model_error');
    assert.ok(!/hello|fail(?!ed)|sesame|hush/.test(JSON.stringify(items)), JSON.stringify(items));
    assert.deepEqual(kinds(await events('', off.id)), ['started', 'login', 'created']);
    const pages = [];
    for (let before, guard = 0; guard < 100; guard++) {
      const page = await events(`limit=2${before ? `&before=${before}` : ''}`);
      pages.push(...page.events);
      before = page.next;
      if (!before) break;
    }
    assert.deepEqual(pages, items);
    assert.deepEqual((await events('', 'ghost')).error.code, 'not_found');
    await world.server.kill('SIGKILL');
    await world.server.start();
    assert.deepEqual((await events(`before=${items[0].id + 1}&limit=200`)).events, items);
  });

  await test('conversations: where one may look; elsewhere only how much', async () => {
    const secret = await world.addChannel('secret', [alice.id, ada.userId]);
    await ask(secret.id, '@ada hello');
    const root = await world.say(alice.token, world.general.id, 'a thread');
    const thread = await world.post(`/api/channels/${world.general.id}/messages`, alice.token, { content: '@ada hello', parentId: root.id });
    assert.equal(thread.status, 201);
    const read = async (token, id = ada.id) => (await world.get(`/api/daemons/${id}/conversations`, token)).body;
    await until('the thread is answered', async () => (await read(alice.token)).conversations.some(({ parentId, answered }) => parentId === root.id && answered === 1));
    const mine = await read(alice.token);
    assert.deepEqual(mine.conversations.map(({ channelName, parentId, answered }) => [channelName, parentId, answered]), [['general', root.id, 1], ['secret', undefined, 1], ['general', undefined, 4]]);
    assert.ok(mine.conversations.every(({ running, queued, lastAnsweredAt }) => running === 0 && queued === 0 && Date.parse(lastAnsweredAt)));
    assert.deepEqual(mine.hidden, { conversations: 0, running: 0, queued: 0, answered: 0 });
    const others = await read(bob.token);
    assert.deepEqual(others.conversations.map(({ channelName }) => channelName), ['general', 'general']);
    assert.deepEqual(others.hidden, { conversations: 1, running: 0, queued: 0, answered: 1 });
    assert.equal((await read(world.ownerToken)).conversations.length, 3);
    await world.post(`/api/daemons/${off.id}/stop`, world.admin);
    await world.say(alice.token, world.general.id, '@olaf hello');
    const waiting = await read(alice.token, off.id);
    assert.deepEqual(waiting.conversations.map(({ running, queued, answered, lastAnsweredAt }) => [running, queued, answered, lastAnsweredAt]), [[0, 1, 0, undefined]]);
  });

  await test('a long list comes in parts of bounded size', async () => {
    await world.server.kill('SIGTERM');
    await addOrchestrators(world.data, 3000, { stopped: true });
    await world.server.start();
    const rpc = await world.rpc(alice.token);
    const found = [];
    let parts = 0;
    for (let total = 1; found.length < total; parts++) {
      const page = await rpc.call('daemon.list', found.length ? { offset: found.length } : {});
      assert.ok(JSON.stringify(page).length < 1.1 * 1024 * 1024 && page.daemons.length > 0);
      found.push(...page.daemons.map(({ orchestratorId }) => orchestratorId));
      total = page.total;
      assert.equal(total, 3003);
    }
    assert.deepEqual([parts, new Set(found).size], [2, 3003]);
    const { total, daemons } = await rpc.call('daemon.list', { query: 'crowd-0299', sort: 'name', descending: true });
    const shown = daemons.map(({ name }) => name);
    assert.equal(total, 10);
    assert.deepEqual(shown, [...shown].sort().reverse());
    await rpc.close();
  });

  await world.end();
  openai.close();
}
