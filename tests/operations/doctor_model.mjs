// The doctor asks models: a list where there is one, else one short question; failures say what to do; no key is shown.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from '../harness/check.mjs';
import { orchdOk } from '../harness/orchd.mjs';
import { doctor, makeWorkspace } from './workspace.mjs';

const key = 'sk-this-must-never-be-shown';

async function withModel(handler, body) {
  const asked = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      asked.push(`${request.method} ${request.url}`);
      handler(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await body(`http://127.0.0.1:${server.address().port}`, asked);
  } finally {
    server.closeAllConnections?.();
    server.close();
  }
}

const json = (response, status, value) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const streamed = (response) =>
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choices":[{"index":0,"delta":{"content":"yes"}}]}\n\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');

function finding(report, verdict, pattern) {
  const found = report.findings.find((item) => item.check === 'model' && item.verdict === verdict && pattern.test(item.message));
  assert.ok(found, `no ${verdict} ${pattern}: ${JSON.stringify(report.findings.filter((item) => item.check === 'model'))}`);
  assert.ok(!JSON.stringify(report).includes(key), 'the key is shown');
  return found;
}

export default async function () {
  const data = await makeWorkspace();
  const openai = (url, extra) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, ORCHD_MODEL: 'openai/gull', ...extra });

  await test('a model of the list is not asked anything', () =>
    withModel(
      (request, response) => json(response, 200, { data: [{ id: 'heron' }, { id: 'gull' }] }),
      async (url, asked) => {
        const report = await doctor(data, { env: openai(url) });
        assert.equal(report.code, 0);
        finding(report, 'ok', /openai\/gull is there/);
        assert.deepEqual(asked, ['GET /v1/models']);
      },
    ));

  await test('a server without a list, and a model that the list lacks, get one question', () =>
    withModel(
      (request, response) => {
        if (request.method === 'GET') json(response, request.headers.authorization.includes('sk-') ? 404 : 500, {});
        else streamed(response);
      },
      async (url, asked) => {
        finding(await doctor(data, { env: openai(url) }), 'ok', /openai\/gull answers/);
        assert.deepEqual(asked, ['GET /v1/models', 'POST /v1/chat/completions']);
      },
    ));

  await test('a model that is not there', () =>
    withModel(
      (request, response) =>
        request.method === 'GET' ? json(response, 200, { data: [{ id: 'heron' }] }) : json(response, 404, { error: { message: `no model gull for ${key}`, code: 'model_not_found' } }),
      async (url) => {
        const report = await doctor(data, { env: openai(url) });
        assert.equal(report.code, 1);
        assert.match(finding(report, 'problem', /openai\/gull/).advice, /name a model/);
      },
    ));

  await test('a key that is refused', () =>
    withModel(
      (request, response) => json(response, 401, { error: { type: 'authentication_error', message: `invalid x-api-key ${key}` } }),
      async (url) => {
        const report = await doctor(data, { env: { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key, ORCHD_MODEL: 'anthropic/claude-x,rules' } });
        assert.equal(report.code, 1);
        assert.match(finding(report, 'problem', /anthropic\/claude-x.*key is refused/).advice, /ANTHROPIC_API_KEY/);
      },
    ));

  await test('nobody there; each model of the chain is asked', async () => {
    const url = await withModel(() => {}, (address) => address); // its port is free again
    const report = await doctor(data, { env: openai(url, { ORCHD_MODEL: 'openai/gull,openai/heron' }) });
    assert.equal(report.code, 1);
    finding(report, 'problem', /openai\/gull.*connect/i);
    assert.match(finding(report, 'problem', /openai\/heron/).advice, /OPENAI_BASE_URL/);
  });

  await test('models that orchestrators have of their own', async () => {
    await orchdOk(['orchestrator', 'add', '--data', data, '--name', 'Own', '--role', 'R', '--discipline', 'D', '--email', 'own@test.example', '--model', 'openai/puffin']);
    await withModel(
      (request, response) => json(response, 200, { data: [{ id: 'puffin' }] }),
      async (url) => finding(await doctor(data, { env: openai(url, { ORCHD_MODEL: 'rules' }) }), 'ok', /openai\/puffin \(of Own\) is there/),
    );
  });
}
