// Answers that people stop, and failures that are tried again; also with kill -9 between.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test, until } from '../harness/check.mjs';
import { Listener, World } from './world.mjs';

// A model that says what the test tells it, when the test tells it. Speaks OpenAI's stream.
class HeldModel {
  constructor() {
    this.requests = [];
    this.server = createServer(async (request, response) => {
      for await (const part of request) void part;
      this.requests.push(response);
    });
  }

  async start() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${this.server.address().port}/v1`;
  }

  // The next request, which waits for its answer.
  async next() {
    await until('the model is asked', () => this.requests.length > 0);
    return this.requests.shift();
  }

  static say(response, text) {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text } }] })}\n\n`);
  }

  static end(response) {
    response.end(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`);
  }

  static refuse(response) {
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"no such key"}}');
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export default async function () {
  const model = new HeldModel();
  const env = { ORCHD_MODEL: 'openai/held', OPENAI_BASE_URL: await model.start(), OPENAI_API_KEY: 'k' };
  const world = await World.make({ env });
  const { alice, bob, carol } = world.people;
  const ada = await world.addOrchestrator('Ada');
  const eve = await world.addOrchestrator('Eve', undefined, { loggedIn: false });
  const channelId = world.general.id;
  const secret = await world.addChannel('secret', [alice.id, ada.email]);
  let rpc = await world.rpc(alice.token);
  let listener = new Listener(rpc);
  await rpc.call('subscribe');
  const ask = async (content, where = channelId) => (await rpc.call('message.send', { channelId: where, content })).message;
  const started = (message) => listener.next('turn.started', ({ messageId }) => messageId === message.id);
  const turns = async (message, where = channelId) => (await rpc.call('channel.history', { channelId: where, around: message.id, limit: 1 })).messages[0].turns;
  const replies = async (message) => (await rpc.call('channel.history', { channelId, after: message.id })).messages.filter(({ metadata }) => metadata.replyToId === message.id);
  const refusal = (call, code) => assert.rejects(call, ({ data }) => data.code === code, code);

  await test('what was said so far is the reply of a stopped answer', async () => {
    const message = await ask('@ada tell me a long story');
    const { turnId } = await started(message);
    assert.deepEqual((await turns(message)).map(({ state, turnId: id }) => [state, id]), [['running', turnId]]);
    const response = await model.next();
    HeldModel.say(response, 'Once upon a time ');
    await listener.next('message.delta', (delta) => delta.turnId === turnId && delta.messageId === message.id);
    const gone = once(response, 'close');
    assert.deepEqual(await rpc.call('turn.cancel', { turnId }), {});
    const { message: reply } = await listener.next('message.created', (params) => params.message.metadata.replyToId === message.id);
    assert.deepEqual([reply.content.trim(), reply.metadata.stopped, reply.authorId], ['Once upon a time', true, ada.userId]);
    await gone; // the model is not asked for more
    await until('the turn is over', async () => (await turns(message)) === undefined);
    await refusal(rpc.call('turn.cancel', { turnId }), 'not_found');
  });

  await test('an answer of which nothing was said fails visibly, and the next one of the conversation goes on', async () => {
    const first = await ask('@ada one');
    const second = await ask('@ada two');
    const { turnId } = await started(first);
    await model.next();
    assert.equal((await turns(second))[0].state, 'waiting');
    assert.equal((await world.post(`/api/turns/${turnId}/cancel`, bob.token)).status, 204); // any member
    const failed = await listener.next('turn.failed', (params) => params.turnId === turnId);
    assert.deepEqual([failed.error.code, failed.error.message], ['stopped', 'The answer of Ada was stopped']);
    await started(second);
    const response = await model.next();
    HeldModel.say(response, 'Two.');
    HeldModel.end(response);
    await until('the second is answered', async () => (await replies(second)).length === 1);
    assert.deepEqual((await turns(first)).map(({ state, error }) => [state, error.code]), [['failed', 'stopped']]);
    const health = (await world.get(`/api/daemons/${ada.id}`, world.admin)).body;
    assert.deepEqual([health.health.status, health.lastError], ['running', null], 'a stop is not a fault of the daemon');
  });

  await test('one that waits for a daemon that does not run is stopped at once', async () => {
    const message = await ask('@eve are you there?');
    const [{ turnId, state }] = await turns(message);
    assert.equal(state, 'waiting');
    await rpc.call('turn.cancel', { turnId });
    await listener.next('turn.failed', (params) => params.turnId === turnId && params.error.code === 'stopped');
  });

  await test('who is not in the channel neither stops nor retries', async () => {
    const message = await ask('@ada psst', secret.id);
    const { turnId } = await started(message);
    const response = await model.next();
    assert.equal((await world.post(`/api/turns/${turnId}/cancel`, carol.token)).status, 404);
    assert.equal((await world.post(`/api/turns/${turnId}/retry`, carol.token)).status, 404);
    assert.equal((await world.post(`/api/turns/${turnId}/retry`, alice.token)).body.error.code, 'wrong_state');
    HeldModel.refuse(response);
    await listener.next('turn.failed', (params) => params.turnId === turnId);
    assert.equal((await world.post(`/api/turns/${turnId}/retry`, carol.token)).status, 404);
    for (const path of ['0/cancel', 'x/retry', '-1/cancel']) assert.equal((await world.post(`/api/turns/${path}`, alice.token)).status, 400, path);
    assert.equal((await world.post('/api/turns/999999999/retry', alice.token)).status, 404);
  });

  await test('a failed turn is tried again by its author, and answered once', async () => {
    const message = await ask('@ada try');
    const { turnId } = await started(message);
    HeldModel.refuse(await model.next());
    await listener.next('turn.failed', (params) => params.turnId === turnId);
    await refusal((async () => {
      const other = await world.rpc(bob.token);
      try {
        await other.call('turn.retry', { turnId });
      } finally {
        await other.close();
      }
    })(), 'forbidden');
    const tried = await Promise.allSettled([rpc.call('turn.retry', { turnId }), rpc.call('turn.retry', { turnId })]);
    assert.deepEqual(tried.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'two at once: one counts');
    const again = tried.find(({ status }) => status === 'fulfilled').value.turnId;
    assert.notEqual(again, turnId);
    await listener.next('turn.started', (params) => params.turnId === again && params.messageId === message.id);
    const response = await model.next();
    HeldModel.say(response, 'Now it works.');
    HeldModel.end(response);
    await until('it is answered', async () => (await replies(message)).length === 1);
    await refusal(rpc.call('turn.retry', { turnId: again }), 'wrong_state');
    await refusal(rpc.call('turn.retry', { turnId }), 'not_found');
  });

  await test('the retry of a deleted message is refused', async () => {
    const message = await ask('@ada soon gone');
    const { turnId } = await started(message);
    HeldModel.refuse(await model.next());
    await listener.next('turn.failed', (params) => params.turnId === turnId);
    await rpc.call('message.delete', { messageId: message.id });
    await refusal(rpc.call('turn.retry', { turnId }), 'wrong_state');
  });

  await test('a retry and a stop outlive kill -9', async () => {
    const retried = await ask('@ada survive');
    const stopped = await ask('@eve never mind');
    const { turnId } = await started(retried);
    HeldModel.refuse(await model.next());
    await listener.next('turn.failed', (params) => params.turnId === turnId);
    const [waiting] = await turns(stopped);
    await rpc.call('turn.cancel', { turnId: waiting.turnId });
    await listener.next('turn.failed', (params) => params.turnId === waiting.turnId);
    const { turnId: again } = await rpc.call('turn.retry', { turnId });
    await model.next();
    await world.server.kill('SIGKILL');
    await world.server.start();
    rpc = await world.rpc(alice.token);
    listener = new Listener(rpc);
    const response = await model.next();
    HeldModel.say(response, 'Still here.');
    HeldModel.end(response);
    await until('it is answered', async () => (await replies(retried)).length === 1);
    assert.equal(await turns(retried), undefined);
    assert.ok(again > turnId);
    assert.deepEqual((await turns(stopped)).map(({ state }) => state), ['failed'], 'what was stopped stays so');
    assert.equal(model.requests.length, 0);
  });

  await rpc.close();
  await world.end();
  model.close();
}
