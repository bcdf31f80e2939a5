// Charters that are not saved: checked, and tried out; and the models to choose from.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test, until } from '../harness/check.mjs';
import { Listener, World } from './world.mjs';

// A model whose answers the test gives: each request waits in `asked` as {body, stream(text), end(), fail(status)}.
async function heldModel() {
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const held = { body: JSON.parse(Buffer.concat(parts)), open: true };
    response.on('close', () => (held.open = false));
    const write = (chunk) => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    held.stream = (text) => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
      write({ choices: [{ index: 0, delta: { content: text } }] });
    };
    held.end = () => {
      write({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
      write({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 4 } });
      response.end('data: [DONE]\n\n');
    };
    held.fail = (status) => (response.headersSent ? response.destroy() : response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}'));
    server.asked.push(held);
  });
  server.asked = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.url = `http://127.0.0.1:${server.address().port}/v1`;
  server.next = async () => {
    await until('the model is asked', () => server.asked.length > 0);
    return server.asked.shift();
  };
  return server;
}

export default async function () {
  const model = await heldModel();
  const world = await World.make({ env: { ORCHD_MODEL: 'rules', OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk-hidden-0123456789' } });
  const { alice } = world.people;
  const rpc = await world.rpc(world.admin);
  const talk = (...contents) => contents.map((content, i) => ({ role: i % 2 ? 'assistant' : 'user', content }));
  const refusedWith = (code, field) => ({ data }) => data.code === code && data.field === field;

  await test('the models, and never a key', async () => {
    const { status, body } = await world.get('/api/models', alice.token);
    assert.equal(status, 200);
    assert.deepEqual(body.default, ['rules']);
    assert.deepEqual(body.providers.map(({ name, configured }) => [name, configured]), [['anthropic', false], ['openai', true], ['rules', true]]);
    assert.ok(!JSON.stringify(body).includes('sk-hidden'));
    assert.deepEqual(await rpc.call('model.list'), body);
  });

  await test('all that is wrong with a charter, or its prompt', async () => {
    const wrong = { personality: { tone: 5, traits: ['a', 7] }, communication: { formality: 'loud' }, operational: { workHours: { timezone: '../x', schedule: { 8: null } } }, rules: [{ match: '', reply: 'x' }] };
    const checked = await rpc.call('charter.check', { charter: wrong });
    assert.deepEqual(checked.problems.map(({ field }) => field), ['personality.tone', 'personality.traits[1]', 'communication.formality', 'operational.workHours.timezone', 'operational.workHours.schedule.8', 'rules[0].match']);
    assert.ok(checked.problems.every(({ message }) => message.length > 10));
    assert.equal(checked.prompt, null);
    for (const [input, field] of [
      [{ charter: { operational: { workHours: { timezone: 'Mars/Olympus', schedule: {} } } } }, 'operational.workHours.timezone'],
      [{ charter: { rules: [{ match: '/(/', reply: 'x' }] } }, 'rules'],
      [{ charter: {}, model: 'nobody/knows' }, 'model'],
    ]) assert.deepEqual((await rpc.call('charter.check', input)).problems.map((each) => each.field), [field]);
    const right = await rpc.call('charter.check', { charter: { systemPrompt: 'Speak in verse.' }, name: 'Ada Quill', role: 'Poet', discipline: 'Letters' });
    assert.deepEqual(right.problems, []);
    for (const part of ['Speak in verse.', 'Ada Quill', 'Poet', 'Letters']) assert.ok(right.prompt.includes(part), right.prompt);
    assert.equal((await world.post('/api/charters/check', alice.token, { charter: {} })).status, 403);
  });

  await test('a try: streamed to who asked, stored nowhere', async () => {
    const listener = new Listener(rpc);
    const charter = { systemPrompt: 'Speak in verse.' };
    const answer = rpc.call('charter.try', { tryId: 'one', name: 'Ada', role: 'Poet', discipline: 'Letters', charter, model: 'openai/some', messages: talk('Hello', 'Good day', 'And now?') });
    const held = await model.next();
    assert.deepEqual(held.body.messages.map(({ role }) => role), ['system', 'user', 'assistant', 'user']);
    assert.ok(held.body.messages[0].content.includes('Speak in verse.') && held.body.max_tokens > 0);
    held.stream('Roses ');
    await listener.next('charter.delta', ({ tryId, text }) => tryId === 'one' && text === 'Roses ');
    await assert.rejects(rpc.call('charter.try', { tryId: 'one', charter, messages: talk('x') }), refusedWith('conflict', 'tryId'));
    held.stream('are red');
    held.end();
    assert.deepEqual(await answer, { text: 'Roses are red', model: 'openai/some', usage: { inputTokens: 20, outputTokens: 4 } });
    assert.deepEqual((await world.get(`/api/channels/${world.general.id}/messages`, alice.token)).body.messages, []);
    assert.deepEqual((await world.get('/api/orchestrators', alice.token)).body.orchestrators, []);
    const { points } = (await world.get('/api/statistics', world.admin)).body;
    assert.deepEqual(points.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens]), [[20, 4]], 'what it took is in the figures of the organization');
    assert.equal((await rpc.call('charter.try', { tryId: 'one', charter: { rules: [{ match: 'hi', reply: 'By rule.' }] }, messages: talk('hi') })).text, 'By rule.');
  });

  await test('a failed attempt is followed by another, and its text is dropped', async () => {
    const listener = new Listener(rpc);
    const answer = rpc.call('charter.try', { tryId: 'two', charter: {}, model: 'openai/some,rules', messages: talk('hi') });
    const first = await model.next();
    first.stream('Half a');
    await listener.next('charter.delta', ({ text }) => text === 'Half a');
    first.fail();
    const second = await model.next();
    second.stream('Whole');
    second.end();
    assert.equal((await answer).text, 'Whole');
    assert.deepEqual(listener.seen.filter(({ method }) => method === 'charter.delta').map(({ params }) => [params.attempt, params.text]), [[1, 'Half a'], [2, 'Whole']]);
    const refused = rpc.call('charter.try', { tryId: 'two', charter: { rules: [{ match: 'hi', reply: 'From the chain.' }] }, model: 'openai/some,rules', messages: talk('hi') });
    (await model.next()).fail(404);
    assert.deepEqual([(await refused).text, (await refused).model], ['From the chain.', 'rules']);
    const lost = rpc.call('charter.try', { tryId: 'two', charter: {}, model: 'openai/some', messages: talk('hi') });
    (await model.next()).fail(401);
    await assert.rejects(lost, ({ data, message }) => data.status >= 400 && message.length > 0);
  });

  await test('stopped by its caller, and by the end of the connection', async () => {
    const stopped = rpc.call('charter.try', { tryId: 'three', charter: {}, model: 'openai/some', messages: talk('hi') });
    const held = await model.next();
    await rpc.call('charter.stop', { tryId: 'three' });
    await assert.rejects(stopped, ({ data }) => data.code === 'cancelled');
    await until('the call of the model is cut', () => !held.open);
    await rpc.call('charter.stop', { tryId: 'three' });
    const other = await world.rpc(world.admin);
    const gone = Array.from({ length: 4 }, (_, i) => other.call('charter.try', { tryId: `n${i}`, charter: {}, model: 'openai/some', messages: talk('hi') }).catch((error) => error.message));
    const many = [];
    for (let i = 0; i < 4; i++) many.push(await model.next());
    await assert.rejects(other.call('charter.try', { tryId: 'n4', charter: {}, model: 'openai/some', messages: talk('hi') }), ({ data }) => data.code === 'busy');
    await rpc.call('charter.stop', { tryId: 'n0' }); // of another connection
    assert.ok(many.every(({ open }) => open));
    await other.close();
    assert.ok((await Promise.all(gone)).every((words) => words === 'the connection was cut'));
    await until('all calls of the model are cut', () => many.every(({ open }) => !open));
  });

  await test('what is refused names the field', async () => {
    for (const [change, field] of [
      [{ charter: { expertise: 'all' } }, 'expertise'],
      [{ model: 'nobody/knows' }, 'model'],
      [{ messages: [] }, 'messages'],
      [{ messages: talk('a', 'b') }, 'messages'],
      [{ messages: [{ role: 'system', content: 'x' }] }, 'messages'],
      [{ tryId: '' }, 'tryId'],
    ]) await assert.rejects(rpc.call('charter.try', { tryId: 't', charter: {}, messages: talk('x'), ...change }), ({ data }) => data.status === 400 && data.field === field, JSON.stringify(change));
    const user = await world.rpc(alice.token);
    await assert.rejects(user.call('charter.try', { tryId: 't', charter: {}, messages: talk('x') }), ({ data }) => data.code === 'forbidden');
    await user.close();
  });

  await test('the end of the server ends a try', async () => {
    const cut = rpc.call('charter.try', { tryId: 'last', charter: {}, model: 'openai/some', messages: talk('hi') }).catch((error) => error);
    await model.next();
    await world.end();
    assert.ok((await cut) instanceof Error);
  });
  model.close();
}
