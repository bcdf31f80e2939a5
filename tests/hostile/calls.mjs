// Calls that are wrong: text, JSON, types, numbers, ids. Over WebSocket and HTTP, by the `ws` package and by hand.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';
import { test } from '../harness/check.mjs';
import { ask, attacker, frame } from './wire.mjs';

const deep = (depth) => '['.repeat(depth) + ']'.repeat(depth);
const call = (params, method = '"message.send"', id = '7') => `{"jsonrpc":"2.0","id":${id},"method":${method},"params":${params}}`;
const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));

export default async function (world, honest) {
  const { mallory } = world.people;
  const general = world.general.id;

  const texts = [
    ['invalid UTF-8', bytes('{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":"', [0xff, 0xfe], '"}}'), -32700],
    ['overlong UTF-8', bytes('"', [0xc0, 0xaf], '"'), -32700],
    ['half a surrogate', call(`{"channelId":"${general}","content":"\\ud800"}`), -32700],
    ['UTF-8 cut in the middle', bytes('{"a":"', [0xe2, 0x82]), -32700],
    ['a NUL byte', bytes('{"jsonrpc":"2.0","id":7,', [0], '"method":"ping"}'), -32700],
    ['an escaped NUL', call(`{"channelId":"${general}","content":"a\\u0000b"}`), -32700],
    ['nothing', '', -32700],
    ['half an object', '{"jsonrpc":"2.0"', -32700],
    ['a trailing comma', '{"jsonrpc":"2.0","id":7,"method":"ping",}', -32700],
    ['a comment', '{"jsonrpc":"2.0"/**/}', -32700],
    ['something behind it', '{"jsonrpc":"2.0","id":7,"method":"ping"} x', -32700],
    ['NaN', call('{"a":NaN}'), -32700],
    ['a number without an end', call(`{"a":${'9'.repeat(400)}}`), -32700],
    ['1e999', call('{"a":1e999}'), -32700],
    ['duplicate keys', '{"jsonrpc":"2.0","id":7,"id":8,"method":"ping"}', -32700],
    ['duplicate keys, one escaped', '{"jsonrpc":"2.0","id":7,"method":"ping","m\\u0065thod":"subscribe"}', -32700],
    ['duplicate keys in params', call(`{"channelId":"a","channelId":"${general}","content":"x"}`), -32700],
    ['40 levels', call(deep(40)), -32700],
    ['100,000 levels', deep(100000), -32700],
    ['100,000 open brackets in quotes', call(`{"channelId":"${general}","content":"${'['.repeat(40000)}"}`), -32602],
    ['a batch', `[${call('{}')}]`, -32600],
    ['a number', '5', -32600],
    ['no method', '{"jsonrpc":"2.0","id":7}', -32600],
    ['an id that is an array', '{"jsonrpc":"2.0","id":[1],"method":"ping"}', -32600],
    ['an unknown method', call('{}', '"rm -rf"'), -32601],
    ['a method with a NUL', call('{}', '"ping\\u0000"'), -32700],
    ['a method of 100,000 letters', call('{}', `"${'p'.repeat(100000)}"`), -32601],
    ['params that are a text', call('"x"', '"ping"'), -32602],
    ['no channel', call('{"content":"x"}'), -32602],
    ['a channel that is a number', call('{"channelId":5,"content":"x"}'), -32602],
    ['content that is an object', call(`{"channelId":"${general}","content":{"toString":"x"}}`), -32602],
    ['content of white space', call(`{"channelId":"${general}","content":" \\n\\t "}`), -32602],
    ['content of 40,000 bytes', call(`{"channelId":"${general}","content":"${'x'.repeat(40000)}"}`), -32602],
    ['metadata that is an array', call(`{"channelId":"${general}","content":"x","metadata":[]}`), -32602],
    ['an id of 100,000 letters', call(`{"channelId":"${'c'.repeat(100000)}","content":"x"}`), -32602],
    ['a page of -1', call(`{"channelId":"${general}","limit":-1}`, '"channel.history"'), -32602],
    ['a page of 2^53', call(`{"channelId":"${general}","limit":9007199254740992}`, '"channel.history"'), -32602],
    ['a page of 2^63', call(`{"channelId":"${general}","limit":9223372036854775808}`, '"channel.history"'), -32700],
    ['a page of 1.5', call(`{"channelId":"${general}","limit":1.5}`, '"channel.history"'), -32602],
    ['since -1', call('{"since":-1}', '"subscribe"'), -32602],
    ['since 2^53', call('{"since":9007199254740992}', '"subscribe"'), -32602],
    ['since 2^64', call('{"since":18446744073709551616}', '"subscribe"'), -32700],
    ['since a word', call('{"since":"yesterday"}', '"subscribe"'), -32602],
    ['300 channels', call(`{"channels":[${Array(300).fill(`"${general}"`)}]}`, '"subscribe"'), -32602],
  ];

  await test(`${texts.length} wrong frames, each with its error, on one connection`, async () => {
    const socket = new WebSocket(world.address.replace('http', 'ws') + '/ws', { headers: { authorization: `Bearer ${mallory.token}` } });
    const next = async () => JSON.parse((await once(socket, 'message', { signal: AbortSignal.timeout(30000) }))[0]);
    await once(socket, 'open');
    for (const [name, text, code] of texts) {
      const answer = next();
      socket.send(text, { binary: false });
      const { error, id, jsonrpc } = await answer;
      assert.deepEqual([error?.code, jsonrpc], [code, '2.0'], name);
      assert.ok(error.message.length > 0 && error.message.length < 600, `${name}: ${error.message}`);
      assert.ok(id === null || id === 7, name);
    }
    socket.close();
  });

  await test('ids and numbers beyond 2^53 come back as they were', async () => {
    const wire = await attacker(world.address, mallory.token);
    for (const id of ['9007199254740993', '-9223372036854775808', '"9223372036854775808"', '1.5']) {
      wire.send(frame(call('{}', '"ping"', id)));
      await wire.until(`an answer with the id ${id}`, () => wire.frames().some(({ payload }) => payload.includes(`"id":${id},`)));
    }
    wire.end();
  });

  await test('cursors from nowhere are a gap, not an error', async () => {
    const rpc = await world.rpc(mallory.token);
    for (const since of [1, 4294967296, 9007199254740991, Date.now(), Date.now() * 1000]) assert.equal((await rpc.call('subscribe', { since })).gap, true, String(since));
    await rpc.close();
  });

  await test('the same over HTTP', async () => {
    const post = (body, extra = '') => {
      const data = Buffer.from(body);
      const head = `POST /api/channels/${general}/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${mallory.token}\r\nContent-Type: application/json\r\nContent-Length: ${data.length}\r\n${extra}\r\n`;
      return ask(world.address, Buffer.concat([Buffer.from(head), data]));
    };
    for (const [name, text, status, code] of [
      ['invalid UTF-8', bytes('{"content":"', [0xff], '"}'), 400, 'invalid_json'],
      ['an escaped NUL', '{"content":"a\\u0000"}', 400, 'invalid_json'],
      ['half an object', '{"content":', 400, 'invalid_json'],
      ['an array', '[]', 400, 'invalid_json'],
      ['null', 'null', 400, 'invalid_json'],
      ['duplicate keys', '{"content":"a","content":"b"}', 400, 'invalid_json'],
      ['100,000 levels', deep(100000), 400, 'invalid_json'],
      ['a wrong type', '{"content":5}', 400, 'invalid'],
      ['too long', JSON.stringify({ content: 'x'.repeat(33000) }), 400, 'invalid'],
      ['too large', ' '.repeat(1100000), 413, 'too_large'],
    ]) {
      const answer = await post(text);
      assert.deepEqual([answer?.status, answer?.error?.code], [status, code], name);
    }
    await honest.check();
  });
}
