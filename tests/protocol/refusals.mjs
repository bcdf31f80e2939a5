// Each field of each operation and method, made wrong: the error names it. What is not described is not there.
import assert from 'node:assert/strict';
import { test } from '../harness/check.mjs';
import { World } from '../server/world.mjs';
import { Description } from './description.mjs';
import { Wire } from './wire.mjs';

const kindOf = ({ type, enum: choices, anyOf }) => (anyOf ? 'chosen' : choices ? 'choice' : Array.isArray(type) ? 'document' : type);

// A value that the schema allows.
function example({ schema }) {
  if (schema['x-example'] !== undefined) return schema['x-example'];
  return {
    string: () => 'x'.repeat(schema.minLength ?? 1),
    choice: () => schema.enum[0],
    integer: () => schema.minimum,
    number: () => schema.minimum,
    boolean: () => false,
    object: () => ({}),
    document: () => [],
    array: () => [],
    chosen: () => [],
  }[kindOf(schema)]();
}

const wrongTypes = {
  string: [5, true, [], {}],
  choice: [5, 'other', '', []],
  integer: ['5', 1.5, true, [], {}],
  number: ['5', true, [], {}],
  boolean: ['true', 1, [], {}],
  object: [[], 'x', 5, false],
  document: ['x', 5, false],
  array: ['x', 5, {}, [5], [null], [{}]],
  chosen: ['x', 5, true, {}, [5], [null], [{}]],
};

// As text, in a path or a query.
const textTypes = { integer: ['x', '1.5', '-', '99999999999999999999'], boolean: ['yes', '1', 'TRUE'] };

// Values beyond a limit: [value, whether JSON Schema alone sees it].
function beyond({ schema }) {
  switch (kindOf(schema)) {
    case 'string': {
      const max = schema['x-max-bytes'];
      const long = [['x'.repeat(max + 1), true], ['ü'.repeat(Math.floor(max / 2) + 1), false]];
      return schema.minLength ? [...long, ['x'.repeat(schema.minLength - 1), true]] : long;
    }
    case 'integer':
    case 'number':
      return [[schema.minimum - 1, true], [schema.maximum + 1, true]];
    case 'object':
      return [[{ pad: 'x'.repeat(schema['x-max-bytes'] - 9) }, false]];
    case 'document':
      return [[['x'.repeat(schema['x-max-bytes'] - 3)], false], [{ pad: 'x'.repeat(schema['x-max-bytes']) }, false]];
    case 'chosen':
    case 'array': {
      const max = schema.maxItems ?? schema.anyOf.find((one) => one.maxItems).maxItems;
      return [[Array(max + 1).fill('x'), true], [['x'.repeat((schema.items['x-max-bytes'] ?? 0) + 1)], true], [[''], Boolean(schema.items.minLength)]];
    }
    default:
      return [];
  }
}

// [what, the value (undefined: left out), whether JSON Schema sees it] for a place of an input.
function mutations(input, place) {
  const inText = place === 'path' || place === 'query';
  const types = inText ? (textTypes[kindOf(input.schema)] ?? []) : wrongTypes[kindOf(input.schema)];
  const list = [
    ...types.map((value) => ['type', value, true]),
    ...beyond(input).filter(([value]) => !(inText && value === '')).map(([value, seen]) => ['limit', value, seen]),
  ];
  if (input.required && place !== 'path') list.push(['missing', undefined, true]);
  if (input.required && !inText) list.push(['missing', null, true]);
  return list;
}

const samples = (inputs, without = []) =>
  Object.fromEntries(inputs.filter((input) => (input.required || input.places.includes('path')) && !without.includes(input.name)).map((input) => [input.name, example(input)]));

const shown = (value) => JSON.stringify(value)?.slice(0, 60);

// The words of a refusal: what is wrong, and what is allowed.
function assertWords(message, what) {
  const pattern = { type: /; .* (needed|allowed)$/, limit: /; .* (needed|allowed)$/, missing: / is missing$| is needed$/ }[what];
  assert.match(message, pattern);
}

export default async function () {
  const world = await World.make();
  const { alice } = world.people;
  const description = await Description.of(world.address);
  const wire = new Wire(world.address, description);
  const tokenFor = (access) => ({ open: null, near: null, login: alice.token, user: alice.token, administrator: world.admin, owner: world.ownerToken })[access];
  let fields = 0;

  await test('HTTP: each field with a wrong type, beyond its limits, missing', async () => {
    for (const operation of description.operations) {
      const base = samples(operation.inputs);
      if (operation.oneOf) base[operation.oneOf[0]] = 'x';
      for (const input of operation.inputs) {
        for (const place of input.places) {
          fields++;
          for (const [what, value, seen] of mutations(input, place)) {
            const inputs = { ...base, [input.name]: value };
            if (value === undefined) delete inputs[input.name];
            if (seen && value !== undefined && place === 'body') assert.equal(input.fits(value), false, `the schema of ${operation.id} ${input.name} allows ${shown(value)}`);
            const { status, body } = await wire.http(operation.id, tokenFor(operation.access), inputs, { places: { [input.name]: place } });
            const context = `${operation.id}: ${input.name} in ${place} ${shown(value)}: ${status} ${JSON.stringify(body)}`;
            assert.equal(status, 400, context);
            assert.deepEqual([body.error.code, body.error.field], ['invalid', input.name], context);
            assertWords(body.error.message, what);
          }
        }
      }
    }
    assert.ok(fields > 60, `${fields} fields`);
  });

  await test('HTTP: one of two fields is needed', async () => {
    for (const operation of description.operations.filter(({ oneOf }) => oneOf)) {
      const { status, body } = await wire.http(operation.id, tokenFor(operation.access), samples(operation.inputs));
      assert.deepEqual([status, body.error.field], [400, operation.oneOf[1]]);
      assert.equal(body.error.message, `${operation.oneOf[0]} or ${operation.oneOf[1]} is needed`);
    }
  });

  await test('JSON-RPC: the same', async () => {
    const rpcs = { user: await world.rpc(alice.token), administrator: await world.rpc(world.admin) };
    for (const method of description.methods) {
      const rpc = rpcs[method.access] ?? rpcs.user;
      for (const input of method.inputs) {
        for (const [what, value, seen] of mutations(input, 'params')) {
          const params = { ...samples(method.inputs), [input.name]: value };
          if (seen && value !== undefined) assert.equal(input.fits(value), false, `the schema of ${method.name} ${input.name} allows ${shown(value)}`);
          const error = await wire.call(rpc, method.name, params).then(() => null, (refusal) => refusal);
          const context = `${method.name}: ${input.name} ${shown(value)}: ${error?.message}`;
          assert.deepEqual([error?.code, error?.data?.code, error?.data?.field, error?.data?.status], [-32602, 'invalid', input.name, 400], context);
          assertWords(error.message, what);
        }
      }
    }
    await Promise.all(Object.values(rpcs).map((rpc) => rpc.close()));
  });

  await test('fields that nobody knows, and optional ones that are null, change nothing', async () => {
    const made = await wire.ok('channelCreate', alice.token, { name: 'Odd', topic: null, type: null, members: null, colour: 'red', more: { deep: [1] } });
    assert.deepEqual([made.channel.topic, made.channel.type], [null, 'PUBLIC']);
    const rpc = await world.rpc(alice.token);
    await wire.call(rpc, 'channel.history', { channelId: made.channel.id, limit: null, before: null, colour: 1 });
    const path = `/api/channels/${made.channel.id}/messages?${'x'.repeat(100)}=1&colour=%ff&__proto__=1`;
    assert.equal((await world.get(path, alice.token)).status, 200);
    await rpc.close();
  });

  await test('a path wins over query and body', async () => {
    const other = await world.addChannel('other', [alice.id]);
    await world.say(alice.token, other.id, 'there');
    const { body } = await world.get(`/api/channels/${world.general.id}/messages?channelId=${other.id}`, alice.token);
    assert.deepEqual(body.messages, []);
  });

  await test('what is not described is not there: 404, 405 with Allow, -32601', async () => {
    for (const path of ['/nothing', '/api', '/api/', '/api/nothing', '/api/channels/', '/healthz/x', '/API/channels', '/api/openapi.yaml'])
      assert.equal((await world.get(path, alice.token)).status, 404, path);
    const known = ['GET', 'POST', 'PATCH', 'DELETE'];
    const paths = [...new Set(description.operations.map(({ path }) => path))];
    for (const path of paths) {
      const described = known.filter((verb) => description.operations.some((one) => one.path === path && one.verb === verb));
      for (const verb of [...known, 'PUT'].filter((one) => !described.includes(one))) {
        const response = await fetch(world.address + path.replace(/\{\w+\}/g, 'x'), { method: verb, headers: { authorization: `Bearer ${alice.token}` } });
        assert.equal(response.status, 405, `${verb} ${path}`);
        assert.equal((await response.json()).error.code, 'method_not_allowed');
        const allowed = response.headers.get('allow');
        assert.ok(verb === 'PUT' || allowed === described.join(', '), `${verb} ${path}: ${allowed}`);
      }
    }
    const rpc = await world.rpc(alice.token);
    for (const name of ['', 'nothing', 'channel', 'channel.', 'Ping', 'ping ', 'constructor', '__proto__', 'rpc.discover'])
      await assert.rejects(rpc.call(name), ({ code }) => code === -32601, name);
    await rpc.close();
  });

  await test('who may is as described', async () => {
    const levels = { open: 0, near: 0, login: 1, user: 1, administrator: 2, owner: 3 };
    for (const operation of description.operations.filter(({ id }) => id !== 'logout' && id !== 'websocket')) {
      const ask = async (token) => (await wire.http(operation.id, token, { ...samples(operation.inputs), ...(operation.oneOf && { email: 'x' }) })).body?.error;
      const nobody = await ask(null);
      const level = levels[operation.access];
      if (level === 0) assert.ok(nobody?.code !== 'unauthorized' || operation.id === 'login', operation.id);
      else assert.equal(nobody.code, 'unauthorized', operation.id);
      if (level > 1) assert.equal((await ask(alice.token)).code, 'forbidden', operation.id);
      if (level > 2) assert.equal((await ask(world.admin)).code, 'forbidden', operation.id);
      if (operation.access === 'user') assert.equal((await ask(world.ownerToken)).code, 'forbidden', operation.id);
    }
  });

  await world.end();
}
