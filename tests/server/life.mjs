// A whole life of a server in a program that watches it: `node tests/server/life.mjs WRAPPER…`. A demo workspace, a login, a reply
// of each orchestrator over the WebSocket, an answer streamed by a model, a piped chat, SIGTERM. What the watching program found
// is in the exit code of the server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { finish, test, until } from '../harness/check.mjs';
import { api, dataDirectory, orchdOk, program, tokenOf } from '../harness/orchd.mjs';
import { Rpc } from '../harness/rpc.mjs';

const wrapper = process.argv.slice(2);
const PATIENCE = 60000;
const person = 'admin@lighthouse.example';

// An OpenAI-compatible server that streams three words.
const model = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const word of ['streamed ', 'word by ', 'word'])
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: word }, finish_reason: null }] })}\n\n`);
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`);
    response.end('data: [DONE]\n\n');
  });
});
await once(model.listen(0, '127.0.0.1'), 'listening');

await test(`a whole life in ${wrapper.join(' ') || 'nothing'}`, async () => {
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data]);
  const [command, ...args] = [...wrapper, program, 'serve', '--data', data, '--listen', '127.0.0.1:0'];
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, OPENAI_BASE_URL: `http://127.0.0.1:${model.address().port}/v1` },
  });
  let log = '';
  const exited = once(child, 'exit');
  process.on('exit', () => child.kill('SIGKILL'));
  child.stderr.on('data', (bytes) => {
    log += bytes;
  });
  const [first] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exited.then(([code]) => [`exit ${code}\n${log}`])]);
  const address = /^listening on (\S+)$/.exec(first)?.[1];
  assert.ok(address, first);

  const { daemons } = (await api(address, await tokenOf(data, person), 'GET', '/api/daemons')).body;
  assert.ok(daemons.length >= 3);
  const token = await tokenOf(data, person);
  await orchdOk(['orchestrator', 'add', '--data', data, '--name', 'Streamer', '--role', 'Voice', '--discipline', 'Talk', '--email', 'streamer@test.example', '--model', 'openai/small']);
  await until('everybody runs', async () => (await api(address, token, 'GET', '/api/daemons')).body.daemons.every(({ health }) => health.status === 'running'), PATIENCE);

  const rpc = await Rpc.open(address, token);
  const replies = new Set();
  let streamed = '';
  rpc.on('notification', (method, params) => {
    if (method === 'message.created' && params.message.metadata?.orchestratorId) replies.add(params.message.metadata.orchestratorId);
    if (method === 'message.delta') streamed += params.text;
  });
  await rpc.call('subscribe', {});
  const channels = (await rpc.call('channel.list')).channels;
  const channelId = channels.find(({ slug }) => slug === 'general').id;
  for (const { slug } of [...daemons, { slug: 'streamer' }]) await rpc.call('message.send', { channelId, content: `@${slug} what can you do?` });
  await until('everybody has answered', () => replies.size === daemons.length + 1, PATIENCE);
  assert.match(streamed, /streamed word by word/);
  const { messages } = await rpc.call('channel.history', { channelId, limit: 50 });
  await rpc.call('reaction.add', { messageId: messages.at(-1).id, emoji: '+1' });
  await rpc.close();

  assert.match(await orchdOk(['chat', '--data', data], { input: '@streamer hello\n', timeout: PATIENCE }), /streamed word by word/);
  assert.match(await orchdOk(['status', '--data', data]), /Streamer +running/);
  await assert.rejects(Rpc.open(address, 'no-such-token').then((stranger) => stranger.call('ping')));
  child.kill('SIGTERM');
  const [code] = await exited;
  assert.equal(code, 0, log);
});

model.closeAllConnections?.();
model.close();
finish(`node tests/server/life.mjs ${wrapper.join(' ')}`);
