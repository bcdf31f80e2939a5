// The way to a model: a name server that does not answer, no descriptors for a call, a proxy.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../harness/check.mjs';
import { root } from '../harness/orchd.mjs';
import { startModelServer } from '../models/server.mjs';
import { GateModel } from './gate_model.mjs';
import { Stage } from './stage.mjs';

const tls = {
  key: readFileSync(join(root, 'tests/models/localhost-key.pem')),
  cert: readFileSync(join(root, 'tests/models/localhost-cert.pem')),
};

// An HTTP proxy that passes everything on to `port` and counts.
async function startProxy(port) {
  const proxy = { passed: 0, tunnels: 0 };
  const server = createServer((request, response) => {
    proxy.passed++;
    const upstream = connect(port, '127.0.0.1');
    upstream.write(`${request.method} ${new URL(request.url).pathname} HTTP/1.1\r\n`);
    for (let i = 0; i < request.rawHeaders.length; i += 2) upstream.write(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}\r\n`);
    upstream.write('connection: close\r\n\r\n');
    request.pipe(upstream, { end: false });
    upstream.pipe(response.socket);
  });
  server.on('connect', (request, socket, head) => {
    proxy.tunnels++;
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket).on('error', () => {});
      socket.pipe(upstream).on('error', () => {});
    });
    upstream.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  proxy.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return proxy;
}

async function answered(env) {
  const stage = await Stage.make({ env: { NO_PROXY: '', no_proxy: '', ...env } });
  await stage.world.addOrchestrator('Ada Quill');
  assert.equal((await stage.post('@ada hello')).status, 201);
  await until('the answer is stored', async () => (await stage.contents()).some((content) => content.startsWith('Answer ')));
  await stage.end();
}

export const cases = {
  async 'no libcurl: the next model of the chain answers; without one the turn fails and says what to install'() {
    const folder = mkdtempSync(join(tmpdir(), 'orchd-library-'));
    try {
      writeFileSync(join(folder, 'libcurl.so.4'), 'no library');
      for (const [chain, wanted] of [['openai/none,rules', /./], ['openai/none', null]]) {
        const stage = await Stage.make({ env: { LD_LIBRARY_PATH: folder, ORCHD_MODEL: chain, OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' } });
        const ada = await stage.world.addOrchestrator('Ada Quill');
        assert.equal((await stage.post('@ada hello')).status, 201);
        if (wanted) await until('the answer is stored', async () => (await stage.history()).some((message) => message.authorId !== stage.world.people.alice.id && wanted.test(message.content)));
        else await until('the failure is told', async () => /install the package libcurl4/.test(JSON.stringify(await stage.daemon(ada))));
        await stage.end();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  async 'a name server that does not answer: that turn takes the next model, another answers meanwhile, the end does not wait'() {
    const stage = await Stage.make({ env: { ORCHD_MODEL: 'rules', OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://model.test/v1' }, args: ['--model-attempts', '1'] });
    await stage.world.addOrchestrator('Ada Quill', undefined, { model: 'openai/test-model,rules' });
    await stage.world.addOrchestrator('Bruno Steam');
    stage.faults.set('lookup hang 1 model.test');
    assert.equal((await stage.post('@ada hello')).status, 201);
    assert.equal((await stage.post('@bruno hello')).status, 201);
    await until('Bruno answers', async () => (await stage.contents()).includes('Bruno Steam says hello'));
    assert.ok(!(await stage.contents()).includes('Ada Quill says hello'));
    await until('Ada answers, by the next model', async () => (await stage.contents()).includes('Ada Quill says hello'), 40000);
    const [line] = stage.logged('fault.models');
    assert.match(line.detail, /model\.test.*within 10 s/);
    assert.equal((await stage.post('@ada hello')).status, 201);
    const begin = Date.now();
    assert.equal(await stage.server.kill('SIGTERM'), 0, stage.server.log);
    assert.ok(Date.now() - begin < 12000, 'the end waited for the name server');
    stage.faults.clear();
  },

  async 'no descriptor for the call of a model: it is tried again'() {
    const model = await GateModel.start();
    const stage = await Stage.make({ env: model.env });
    await stage.world.addOrchestrator('Ada Quill');
    stage.faults.set('socket EMFILE 1 -');
    assert.equal((await stage.post('@ada hello')).status, 201);
    await until('it was tried', async () => (await stage.metric('orchd_faults_total', 'models')) >= 1);
    stage.faults.clear();
    await model.isAsked(1);
    model.release('With a socket.');
    await until('the answer is stored', async () => (await stage.contents()).includes('With a socket.'));
    await stage.isReady();
    await stage.end();
    model.close();
  },

  async 'a proxy: http_proxy and HTTPS_PROXY are used, NO_PROXY is heeded'() {
    const plain = await startModelServer();
    const safe = await startModelServer({ tls });
    const openai = { ORCHD_MODEL: 'openai/test-model', OPENAI_API_KEY: 'k', SSL_CERT_FILE: join(root, 'tests/models/localhost-cert.pem') };
    let proxy = await startProxy(new URL(plain.url).port);
    await answered({ ...openai, OPENAI_BASE_URL: 'http://model.test/v1', http_proxy: proxy.url });
    assert.equal(proxy.passed, 1);
    await answered({ ...openai, OPENAI_BASE_URL: `${plain.url}/v1`, http_proxy: proxy.url, NO_PROXY: '127.0.0.1' });
    assert.equal(proxy.passed, 1);
    proxy.close();
    proxy = await startProxy(new URL(safe.url).port);
    await answered({ ...openai, OPENAI_BASE_URL: `https://127.0.0.1:${new URL(safe.url).port}/v1`, HTTPS_PROXY: proxy.url });
    assert.equal(proxy.tunnels, 1);
    proxy.close();
    await plain.close();
    await safe.close();
  },
};
