// 5,000 connections that are idle and 500 that are hostile, at once and in waves: the honest clients are answered all the
// time, and the server's memory comes back to where it was.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, until } from '../harness/check.mjs';
import { Wave } from './attacks.mjs';
import { attacker, Wire } from './wire.mjs';

const WAVES = 3;
const WAVE_MS = 3000;
const sanitized = /asan/.test(process.env.BUILD ?? '');

// The hard limit of descriptors; node has raised its own to it, and the server gets it from there.
const descriptors = Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))[1]) || Infinity;
const IDLE = Math.min(5000, Math.floor((descriptors - 1200) / 5) * 5);
const HOSTILE = 500;

// As a server that is open to the world, but for the numbers of one address and one user, since all come from here.
const limits = ['near=1', 'connections-per-address=8000', 'sockets-per-user=8000', 'anonymous-per-s=0', 'requests-per-s=1000', 'requests-burst=7000', 'waiting-mb=64', 'head-ms=2000', 'body-ms=2000', 'idle-ms=300000'];
export const server = { args: limits.flatMap((limit) => ['--limit', limit]) };

export async function idleCrowd(world, count) {
  const crowd = [];
  const tokens = Object.values(world.people).map(({ token }) => token);
  for (let at = 0; at < count; at += 100)
    // Four of five are WebSockets, every other of them subscribed; the fifth has asked once and keeps its connection.
    crowd.push(...await Promise.all(Array.from({ length: Math.min(100, count - at) }, async (_, i) => {
      if (i % 5 === 4) {
        const wire = await Wire.open(world.address);
        await wire.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n').answers(1);
        return wire;
      }
      const wire = await attacker(world.address, tokens[i % tokens.length]);
      if (i % 2) await wire.call(1, 'ping');
      return wire;
    })));
  return crowd;
}

export default async function (world, honest) {
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${world.server.child.pid}/status`, 'utf8'))[1]) / 1024;
  const metric = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${world.address}/metrics`)).text())[1]);
  // Something for the attackers to ask for.
  for (let i = 0; i < 60; i++) await world.say(world.people.mallory.token, world.general.id, `page ${i} ${'p'.repeat(4000)}`);

  if (IDLE < 5000) console.log(`       the hard limit of ${descriptors} descriptors allows ${IDLE} idle connections only`);
  const before = memory();
  const crowd = await idleCrowd(world, IDLE);
  const full = memory();

  await test(`${IDLE} idle connections cost at most 16 KB each`, async () => {
    await honest.check();
    const each = ((full - before) * 1024) / IDLE;
    console.log(`       ${before.toFixed(1)} MB before, ${full.toFixed(1)} MB with them: ${each.toFixed(1)} KB each`);
    if (!sanitized) assert.ok(each < 16, `${each} KB`);
  });

  const peaks = [], rests = [];
  await test(`${WAVES} waves of ${HOSTILE} hostile connections: the honest are answered, the memory does not grow`, async () => {
    for (let wave = 0; wave < WAVES; wave++) {
      const attackers = new Wave(world.address, HOSTILE, world.people.mallory.token);
      const end = Date.now() + WAVE_MS;
      let peak = 0;
      do {
        await honest.check();
        peak = Math.max(peak, memory());
        assert.ok((await metric('orchd_waiting_bytes')) < 96 * 1048576);
      } while (Date.now() < end);
      await attackers.end();
      await until('the attackers are gone', async () => (await metric('orchd_connections')) < IDLE + 50, 60000);
      await until('nothing waits any more', async () => (await metric('orchd_waiting_bytes')) < 1048576, 60000);
      await honest.check(3);
      peaks.push(peak);
      rests.push(memory());
    }
    const words = (list) => list.map((mb) => mb.toFixed(0)).join(', ');
    console.log(`       MB with the crowd: ${full.toFixed(0)}; highest in a wave: ${words(peaks)}; after it: ${words(rests)}`);
    if (sanitized) return;
    assert.ok(Math.max(...peaks) - full < 64 + 128, 'the bound on what waits does not hold');
    assert.ok(rests.at(-1) - rests[0] < 48, 'each wave leaves something behind');
    assert.ok(rests.at(-1) - full < 64, 'the memory does not come back');
  });

  await test('the idle have noticed nothing', async () => {
    const sockets = crowd.filter((wire) => wire.call);
    const ended = crowd.filter((wire) => wire.ended);
    assert.deepEqual(ended.map((wire) => (wire.frames ? wire.frames().at(-1) : wire.received.toString('latin1').slice(-200))), []);
    await Promise.all(sockets.slice(0, 200).map((wire) => wire.call(9, 'ping')));
    for (const wire of crowd) wire.end();
    await until('they are gone', async () => (await metric('orchd_connections')) < 50, 60000);
  });
}
