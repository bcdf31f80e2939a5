// WebSocket frames that no library would send. Each gets its close code (docs/protocol.md); nobody else notices.
import assert from 'node:assert/strict';
import { test } from '../harness/check.mjs';
import { attacker, frame, upgrade, Wire } from './wire.mjs';

const HUGE = 1n << 30n;
const part = (payload, options = {}) => frame(payload, { fin: false, ...options });

const broken = [
  ['a reserved bit', 1002, frame('{}', { rsv: 4 })],
  ['other reserved bits', 1002, frame('{}', { rsv: 3 })],
  ['a reserved opcode', 1002, frame('{}', { opcode: 3 })],
  ['a reserved control opcode', 1002, frame('{}', { opcode: 11 })],
  ['a continuation of nothing', 1002, frame('{}', { opcode: 0 })],
  ['a new message within another one', 1002, part('{'), frame('{}')],
  ['a control frame of 126 bytes', 1002, frame('x'.repeat(126), { opcode: 9 })],
  ['a pong of 126 bytes', 1002, frame('x'.repeat(126), { opcode: 10 })],
  ['a close frame of 126 bytes', 1002, frame('x'.repeat(126), { opcode: 8 })],
  ['a control frame in fragments', 1002, part('x', { opcode: 9 })],
  ['a length of 2^63', 1002, frame('x', { length: 1n << 63n })],
  ['a close code that may not be sent', 1002, frame(Buffer.from([3, 231]), { opcode: 8 })],
  ['a binary frame', 1003, frame('x', { opcode: 2 })],
  ['a frame that is told to have a gigabyte', 1009, frame('x'.repeat(2000), { length: HUGE })],
  ['a frame of 300,000 bytes', 1009, frame('x'.repeat(300000))],
  ['fragments without an end', 1009, part('x'), ...Array.from({ length: 300 }, () => part('y'.repeat(1000), { opcode: 0 }))],
];

export default async function (world, honest) {
  const { mallory } = world.people;

  for (const [name, code, ...bytes] of broken)
    await test(`${name}: closed with ${code}`, async () => {
      const wire = await attacker(world.address, mallory.token);
      for (const each of bytes) wire.send(each);
      assert.equal(await wire.closing(), code);
      wire.end();
    });

  await test('a close frame of one byte: closed', async () => {
    const wire = await attacker(world.address, mallory.token);
    wire.send(frame('x', { opcode: 8 }));
    assert.ok([1002, 1006].includes(await wire.closing()));
    wire.end();
  });

  await test('control frames between fragments, empty fragments and fragments of one byte are well', async () => {
    const wire = await attacker(world.address, mallory.token);
    const call = '{"jsonrpc":"2.0","id":"pieces","method":"ping"}';
    wire.send(part(call[0]));
    for (const letter of call.slice(1, -1)) wire.send(Buffer.concat([frame('p', { opcode: 9 }), part(letter, { opcode: 0 }), part('', { opcode: 0 })]));
    wire.send(frame(call.at(-1), { opcode: 0 }));
    assert.equal((await wire.answer('pieces')).result.pong, true);
    assert.ok(wire.frames().some(({ opcode, payload }) => opcode === 10 && payload === 'p'));
    wire.end();
  });

  await test('10,000 empty fragments cost nothing', async () => {
    const wire = await attacker(world.address, mallory.token);
    wire.send(Buffer.concat([part(''), ...Array.from({ length: 10000 }, () => part('', { opcode: 0 }))]));
    wire.send(frame('{"jsonrpc":"2.0","id":1,"method":"ping"}', { opcode: 0 }));
    assert.equal((await wire.answer(1)).result.pong, true);
    wire.end();
  });

  await test('a frame without a mask is read like any other', async () => {
    const wire = await attacker(world.address, mallory.token);
    wire.send(frame('{"jsonrpc":"2.0","id":1,"method":"ping"}', { masked: false }));
    assert.equal((await wire.answer(1)).result.pong, true);
    wire.end();
  });

  await test('calls that come with the handshake are answered after it', async () => {
    const wire = await Wire.open(world.address);
    wire.send(Buffer.concat([Buffer.from(upgrade(mallory.token)), frame('{"jsonrpc":"2.0","id":1,"method":"ping"}')]));
    await wire.until('an answer', (bytes) => bytes.includes('"pong":true'));
    wire.end();
  });

  await test('thousands of pings are answered, or not, but harm nobody', async () => {
    const wire = await attacker(world.address, mallory.token);
    wire.send(Buffer.concat(Array.from({ length: 5000 }, () => frame('x'.repeat(125), { opcode: 9 }))));
    assert.equal((await wire.call(1, 'ping')).result.pong, true);
    wire.end();
  });

  await test('random bytes as frames, a hundred times', async () => {
    let seed = 7;
    const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >>> 8;
    await Promise.all(Array.from({ length: 100 }, async () => {
      const bytes = Buffer.from(Array.from({ length: 400 }, () => random() & 255));
      const wire = await attacker(world.address, mallory.token);
      wire.send(bytes);
      wire.socket.end();
      await wire.closed;
    }));
    await honest.check();
  });
}
