// The documents as such, judged by others: OpenAPI by Redocly's rules, OpenRPC by its published meta-schema.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { jsonSchema } from '@json-schema-tools/meta-schema';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { openrpcDocument } from '@open-rpc/meta-schema';
import { test } from '../harness/check.mjs';
import { root } from '../harness/orchd.mjs';
import { World } from '../server/world.mjs';

const require = createRequire(import.meta.url);
const { createConfig, lint } = require('@redocly/openapi-core');

// What we do otherwise than the recommended rules, and why.
const rules = {
  'no-server-example.com': 'off', // the server is wherever the document was read from
  'no-path-trailing-slash': 'error',
  'operation-operationId-unique': 'error',
  'path-parameters-defined': 'error',
};

export default async function () {
  await test('OpenAPI: no problem by the recommended rules of Redocly', async () => {
    const config = await createConfig({ extends: ['recommended'], rules });
    const problems = await lint({ ref: join(root, 'protocol/openapi.yaml'), config });
    assert.deepEqual(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`), []);
  });

  await test('OpenAPI: the linter notices what is wrong', async () => {
    const { lintFromString } = require('@redocly/openapi-core');
    const source = 'openapi: 3.1.0\ninfo: {title: x, version: "1"}\npaths:\n  /a/{b}:\n    get: {responses: {"200": {descripion: x}}}\n';
    const problems = await lintFromString({ source, config: await createConfig({ extends: ['recommended'], rules }) });
    assert.ok(problems.some(({ ruleId }) => ruleId === 'struct') && problems.some(({ ruleId }) => ruleId === 'path-parameters-defined'));
  });

  const world = await World.make();
  const read = async (name) => (await fetch(`${world.address}/api/${name}`)).json();
  const [openapi, jsonrpc] = [await read('openapi.json'), await read('jsonrpc.json')];

  await test('OpenRPC: valid by its meta-schema', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    const published = ({ $schema, ...schema }) => schema; // it names itself there
    addFormats(ajv);
    for (const $id of [jsonSchema.$id, jsonSchema.$id.replace(/\/$/, '')]) ajv.addSchema({ ...published(jsonSchema), $id }); // named either way
    const validate = ajv.compile(published(openrpcDocument));
    assert.ok(validate(jsonrpc), ajv.errorsText(validate.errors));
    assert.equal(validate({ ...jsonrpc, methods: [{ params: [] }] }), false);
  });

  await test('both are served to anybody, and every reference between them leads somewhere', async () => {
    const documents = { 'openapi.json': openapi, 'jsonrpc.json': jsonrpc };
    let count = 0;
    const walk = (node, name) => {
      if (typeof node?.$ref === 'string') {
        const [place, pointer] = node.$ref.split('#');
        const found = pointer.split('/').slice(1).reduce((at, key) => at?.[key], documents[place || name]);
        assert.ok(found, `${name}: ${node.$ref}`);
        count++;
      }
      if (node && typeof node === 'object') Object.values(node).forEach((child) => walk(child, name));
    };
    for (const [name, document] of Object.entries(documents)) walk(document, name);
    assert.ok(count > 300, String(count));
  });

  await world.end();
}
