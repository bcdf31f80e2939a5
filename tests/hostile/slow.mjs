// A byte now and then, silence, and answers that nobody reads: each wait has an end, and holds up nobody else.
import assert from 'node:assert/strict';
import { test, until } from '../harness/check.mjs';
import { within } from '../server/world.mjs';
import { attacker, frame, Wire } from './wire.mjs';

// (pong-ms: the honest ones share a machine with everything else.)
const limits = ['head-ms=1000', 'body-ms=1500', 'answer-ms=1500', 'idle-ms=1500', 'quiet-ms=1000', 'pong-ms=4000'];
export const server = { args: limits.flatMap((limit) => ['--limit', limit]) };

// Sends one byte every `every` ms until the connection ends; resolves with how long that took.
async function drip(wire, bytes, every = 100) {
  const begin = Date.now();
  let at = 0;
  const timer = setInterval(() => wire.send(bytes.subarray(at, ++at)), every);
  try {
    await within('the server ends it', wire.closed, 30000);
  } finally {
    clearInterval(timer);
  }
  return Date.now() - begin;
}

export default async function (world, honest) {
  const { mallory } = world.people;
  const head = `POST /api/channels/general/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${mallory.token}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n`;

  await test('a head, a body, a silence: each ends after its time, with an answer or without', async () => {
    const cases = [
      ['a byte of a head at a time', async (wire) => drip(wire, Buffer.from(`GET /${'a'.repeat(3000)}`)), 1000],
      ['headers without an end, one at a time', async (wire) => (wire.send('GET /healthz HTTP/1.1\r\n'), drip(wire, Buffer.from('X-A: b\r\n'.repeat(90)), 50)), 1000],
      ['not a byte', async (wire) => drip(wire, Buffer.alloc(0), 10000), 1000],
      ['a byte of a body at a time', async (wire) => (wire.send(head), drip(wire, Buffer.from(' '.repeat(5000)))), 1500],
      ['no body', async (wire) => (wire.send(head), drip(wire, Buffer.alloc(0), 10000)), 1500],
      ['nothing after an answer', async (wire) => (wire.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'), drip(wire, Buffer.alloc(0), 10000)), 1500],
    ];
    await Promise.all(cases.flatMap((each) => [each, each, each]).map(async ([name, run, least]) => {
      const wire = await Wire.open(world.address);
      const took = await run(wire);
      assert.ok(took >= least - 50, `${name}: ended after ${took} ms already`);
      const status = wire.responses().at(-1)?.status;
      assert.ok([undefined, 408, 200].includes(status), `${name}: ${status}`);
      if (name.includes('body')) assert.equal(status, 408, name);
    }));
    await honest.check();
  });

  await test('an answer that nobody reads is thrown away', async () => {
    for (let i = 0; i < 60; i++) await world.say(mallory.token, world.general.id, `page ${i} ${'p'.repeat(15000)}`);
    const get = `GET /api/channels/general/messages?limit=200 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${mallory.token}\r\n\r\n`;
    const wire = await Wire.open(world.address);
    wire.socket.pause();
    wire.send(get.repeat(60));
    const metric = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${world.address}/metrics`)).text())[1]);
    // More than the kernel keeps: the server is left with the rest of an answer, for a while.
    const cut = wire.closed;
    await until('its answers are being sent', async () => (await metric('orchd_sent_bytes_total')) > 1000000);
    await new Promise((done) => setTimeout(done, 2500)); // time is the subject: answer-ms is over
    await until('nothing waits for it', async () => (await metric('orchd_waiting_bytes')) < 65536, 30000);
    wire.socket.resume();
    await within('it is cut', cut, 30000);
    assert.ok(wire.responses().length < 60, 'all answers came');
    wire.end();
    await honest.check();
  });

  await test('a WebSocket that gives no sign of life is closed; one that answers pings stays', async () => {
    const dead = await attacker(world.address, mallory.token);
    const begin = Date.now();
    const rpc = await world.rpc(mallory.token);
    let asked = 0;
    rpc.socket.on('ping', () => asked++);
    await within('the silent one is closed', dead.closed, 30000);
    assert.ok(Date.now() - begin >= 4900, 'too early');
    assert.ok(dead.frames().some(({ opcode }) => opcode === 9), 'it was never asked');
    await until('it was asked three times, and answered', () => asked >= 3);
    assert.equal((await rpc.call('ping')).pong, true);
    await rpc.close();
  });

  await test('a frame that comes a byte at a time is read, and holds up nobody', async () => {
    const wire = await attacker(world.address, mallory.token);
    const bytes = frame('{"jsonrpc":"2.0","id":1,"method":"ping"}');
    for (const byte of bytes) {
      wire.send(Buffer.from([byte]));
      await new Promise((done) => setTimeout(done, 20));
    }
    assert.equal((await wire.answer(1)).result.pong, true);
    wire.end();
    await honest.check();
  });
}
