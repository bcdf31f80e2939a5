// Daemons of an app whose replies come from a real orchd (ORCHD_URL): its chat completions.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';

import { openai } from '../models/wire.mjs';
import { World } from '../server/world.mjs';
import { message, orchestrator, record } from './app.mjs';

// A model that repeats what it was told last.
async function echo() {
  const asked = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { messages } = JSON.parse(Buffer.concat(parts));
    asked.push(messages);
    const answer = { pieces: [`You said: ${messages.at(-1).content}`], stop: 'end', usage: { input: 7, output: 3, cacheRead: 0, cacheWrite: 0 } };
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(openai.events(answer).join(''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { asked, server, url: `http://127.0.0.1:${server.address().port}/v1` };
}

export async function server(core, test) {
  const model = await echo();
  const world = await World.make({ env: { OPENAI_BASE_URL: model.url, ORCHD_MODEL: 'openai/echo' } });
  await world.addOrchestrator('Nora', { systemPrompt: 'You are the one on the server.' });
  const key = (await world.post('/api/tokens', world.people.alice.token, { name: 'for an app' })).body.token;
  const before = { url: process.env.ORCHD_URL, token: process.env.ORCHD_TOKEN };
  const daemon = core.createOrchestratorDaemon({ orchestrator: orchestrator('Nora') });
  const sent = record(daemon, ['message:send', 'message:error']);
  process.env.ORCHD_URL = world.address;
  process.env.ORCHD_TOKEN = key;
  try {
    await daemon.start();
    await test('ORCHD_URL: the reply is that of the orchestrator on the server', async () => {
      await daemon.handleMessage(message('@nora are you there?', { metadata: { authorName: 'Ann' } }));
      assert.equal(sent.length, 1);
      const [name, reply] = sent[0];
      assert.equal(name, 'message:send', String(reply.error));
      assert.match(reply.content, /^You said: \[.+\] @nora are you there\?$/);
      assert.deepEqual([reply.metadata.model, reply.metadata.usage], ['nora', { inputTokens: 7, outputTokens: 3 }]);
      assert.match(model.asked[0][0].content, /You are the one on the server\./);
    });

    await test('ORCHD_URL: a wrong token is a visible failure', async () => {
      process.env.ORCHD_TOKEN = 'orch_wrong';
      await daemon.handleMessage(message('@nora and now?'));
      assert.equal(sent.at(-1)[0], 'message:error');
      assert.match(sent.at(-1)[1].error.message, /token|log in/i);
    });
  } finally {
    await daemon.stop();
    for (const [name, value] of [['ORCHD_URL', before.url], ['ORCHD_TOKEN', before.token]])
      value === undefined ? delete process.env[name] : (process.env[name] = value);
    await world.end();
    model.server.close();
  }
}
