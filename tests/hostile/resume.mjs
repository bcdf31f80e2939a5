// Clients that are cut at random points, by themselves, by a server that is killed, and by being too slow: each puts the
// sequence of events together from what it was told, and has exactly what history says, or was told to reload.
import assert from 'node:assert/strict';
import { test, until } from '../harness/check.mjs';

export const server = { args: ['--feed-keep', '3000', '--limit', 'waiting-mb=48'] };

const SEED = Number(process.env.SEED ?? 11);
const PEOPLE = 4;

function generator(seed) {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % sides;
  };
}

// What one client knows. `slow`: does not read for a while now and then.
class Reader {
  constructor(world, token, channel, random, slow) {
    Object.assign(this, { world, token, channel, random, slow, seen: [], cursor: undefined, gaps: 0, resyncs: 0, cuts: 0, faults: [] });
  }

  #take(method, params) {
    if (method === 'resync') {
      this.resyncs++;
      this.cursor = params.cursor;
      this.behind = true;
      return;
    }
    if (params.cursor === undefined) return;
    if (this.behind && !this.catching) this.faults.push(`${method} ${params.cursor} came after resync, before subscribe`);
    if (params.cursor <= this.cursor) this.faults.push(`${method} ${params.cursor} came after ${this.cursor}`);
    this.cursor = params.cursor;
    if (method === 'message.created' && params.message.channelId === this.channel) this.seen.push(params.message.content.split(' ')[0]);
  }

  async #subscribe(rpc) {
    this.catching = true;
    const since = this.cursor;
    const { cursor, gap } = await rpc.call('subscribe', since === undefined ? {} : { since });
    if (gap) {
      this.gaps++;
      this.seen.length = 0;
      this.seen.push('GAP');
    }
    // A resync may have come right behind the answer: it counts.
    if (!this.behind || this.resyncsBefore === this.resyncs) {
      this.behind = false;
      if (gap || since === undefined) this.cursor = Math.max(cursor, this.told ?? 0);
    }
    this.catching = false;
  }

  // Comes and goes until `stop`, then stays until it has seen `last`.
  async run(stop) {
    while (!this.over) {
      let rpc;
      try {
        rpc = await this.world.rpc(this.token);
        let gone = false;
        rpc.on('closed', () => (gone = true));
        rpc.on('notification', (method, params) => this.#take(method, params));
        this.behind = false;
        this.resyncsBefore = this.resyncs;
        await this.#subscribe(rpc);
        const turns = stop.now ? Infinity : 1 + this.random(12);
        for (let i = 0; i < turns && !gone && !this.over; i++) {
          if (this.slow && !stop.now && this.random(3) === 0) {
            rpc.socket.pause();
            await new Promise((done) => setTimeout(done, 50 + this.random(400)));
            rpc.socket.resume();
          }
          if (this.behind) {
            this.resyncsBefore = this.resyncs;
            await this.#subscribe(rpc);
          }
          await new Promise((done) => setTimeout(done, 5 + this.random(30)));
          if (stop.last && this.seen.at(-1) === stop.last) this.over = true;
        }
      } catch {
        await new Promise((done) => setTimeout(done, 20)); // the server is not there: it is being started again
      }
      this.cuts++;
      rpc?.socket.terminate();
    }
  }
}

async function wholeHistory(world, token, channel) {
  const all = [];
  for (let before; ; ) {
    const page = (await world.get(`/api/channels/${channel}/messages?limit=200${before ? `&before=${before}` : ''}`, token)).body;
    all.unshift(...page.messages.map(({ content }) => content.split(' ')[0]));
    before = page.next;
    if (!before) return all;
  }
}

// Sends until `stop`; what was acknowledged.
async function write(world, token, channel, name, pad, stop) {
  const acknowledged = [];
  for (let i = 0; !stop.now; i++) {
    const content = `${name}-${i}`;
    for (let done = false; !done && !stop.now; )
      try {
        const made = await world.post(`/api/channels/${channel}/messages`, token, { content: `${content} ${pad}`, clientId: content });
        done = made.status === 201;
        if (done) acknowledged.push(content);
      } catch {
        await new Promise((wait) => setTimeout(wait, 20));
      }
    await new Promise((wait) => setTimeout(wait, 2));
  }
  return acknowledged;
}

function judge(reader, history, what) {
  assert.deepEqual(reader.faults, [], what);
  const from = reader.seen.indexOf('GAP') + 1;
  const had = reader.seen.slice(from);
  assert.equal(new Set(had).size, had.length, `${what}: something twice`);
  assert.deepEqual(had, history.slice(history.length - had.length), `${what}: not the end of history`);
  if (!reader.gaps) assert.equal(had.length, history.length, `${what}: something is missing, and no gap was told`);
}

export default async function (world, honest) {
  const { alice, mallory, bob } = world.people;
  await honest.end();

  await test('killed and started again, clients that come and go, slow ones: each has exactly the history', async () => {
    const random = generator(SEED);
    const channel = (await world.addChannel('chaos', [alice.id, mallory.id, bob.id])).id;
    const stop = { now: false };
    const readers = Array.from({ length: 3 * PEOPLE }, (_, i) => new Reader(world, i % 2 ? bob.token : mallory.token, channel, random, i % 3 === 0));
    // From before the first message on.
    for (const reader of readers) {
      const rpc = await world.rpc(reader.token);
      reader.cursor = (await rpc.call('subscribe')).cursor;
      await rpc.close();
    }
    const running = readers.map((reader) => reader.run(stop));
    const writing = Array.from({ length: 3 }, (_, i) => write(world, alice.token, channel, `w${i}`, 'x'.repeat(4000), stop));
    for (let round = 0; round < 4; round++) {
      await new Promise((done) => setTimeout(done, 300 + random(700)));
      await world.server.kill('SIGKILL');
      await world.server.start();
    }
    await new Promise((done) => setTimeout(done, 300));
    stop.now = true;
    const acknowledged = (await Promise.all(writing)).flat();
    await world.say(alice.token, channel, 'the-end');
    stop.last = 'the-end';
    await until('all have seen the end', () => readers.every(({ over }) => over), 60000);
    await Promise.all(running);
    const history = await wholeHistory(world, alice.token, channel);
    const stored = new Set(history);
    assert.ok(acknowledged.every((content) => stored.has(content)), 'an acknowledged message is lost');
    readers.forEach((reader, i) => judge(reader, history, `client ${i} (SEED=${SEED})`));
    const sum = (name) => readers.reduce((total, reader) => total + reader[name], 0);
    console.log(`       ${history.length} messages, 4 kills; ${sum('cuts')} connections, ${sum('resyncs')} resyncs, ${sum('gaps')} gaps`);
    assert.ok(sum('cuts') > readers.length, 'nobody was cut');
  });

  await test('what is no longer kept is a gap, told once; then all goes on', async () => {
    const channel = (await world.addChannel('gap', [alice.id, mallory.id])).id;
    const rpc = await world.rpc(mallory.token);
    const { cursor } = await rpc.call('subscribe');
    await rpc.close();
    const writer = await world.rpc(alice.token);
    for (let i = 0; i < 3600; i += 200) await Promise.all(Array.from({ length: 200 }, (_, k) => writer.call('message.send', { channelId: channel, content: `g${i + k}` })));
    await writer.close();
    const reader = new Reader(world, mallory.token, channel, generator(1), false);
    reader.cursor = cursor;
    const stop = { now: true };
    await until('it is trimmed', async () => {
      const probe = await world.rpc(mallory.token);
      const { gap } = await probe.call('subscribe', { since: cursor });
      await probe.close();
      return gap;
    });
    const running = reader.run(stop);
    await until('the gap is told', () => reader.gaps > 0);
    await world.say(alice.token, channel, 'after-the-gap');
    stop.last = 'after-the-gap';
    await running;
    assert.deepEqual([reader.gaps, reader.seen, reader.faults], [1, ['GAP', 'after-the-gap'], []]);
  });

  await test('hundreds of clients that do not read hold a bounded amount together, the others get everything', async () => {
    const channel = (await world.addChannel('flood', [alice.id, mallory.id, bob.id])).id;
    const metric = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${world.address}/metrics`)).text())[1]);
    const slow = await Promise.all(Array.from({ length: 300 }, async () => {
      const rpc = await world.rpc(mallory.token);
      const { cursor } = await rpc.call('subscribe', { channels: [channel] });
      rpc.socket.pause();
      // Questions whose answers nobody reads: each is a page of its own.
      for (let i = 0; i < 8; i++) rpc.call('channel.history', { channelId: channel, limit: 200 }).catch(() => {});
      return { rpc, cursor };
    }));
    const reader = new Reader(world, bob.token, channel, generator(2), false);
    const stop = { now: true };
    const running = reader.run(stop);
    await until('it listens', () => reader.cursor !== undefined);
    const writer = await world.rpc(alice.token);
    const pad = 'y'.repeat(20000);
    let most = 0;
    for (let i = 0; i < 400; i += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, k) => writer.call('message.send', { channelId: channel, content: `f${String(i + k).padStart(3, '0')} ${pad}` })));
      most = Math.max(most, await metric('orchd_waiting_bytes'));
      for (const { rpc } of slow) if (i % 100 === 0) rpc.call('channel.history', { channelId: channel, limit: 200 }).catch(() => {});
    }
    await world.say(alice.token, channel, 'flood-end');
    stop.last = 'flood-end';
    await running;
    assert.deepEqual(reader.faults, []);
    assert.equal(new Set(reader.seen).size, 401);
    const told = await metric('orchd_resyncs_total') + await metric('orchd_cut_total');
    assert.ok(told > 0, 'nobody was told anything');
    assert.ok(most < 64 * 1048576, `${most} bytes waited`);
    console.log(`       at most ${(most / 1048576).toFixed(1)} MiB waited for 300 clients (48 are allowed); ${await metric('orchd_resyncs_total')} resyncs, ${await metric('orchd_cut_total')} cut`);
    // Each of them comes back and gets what it missed.
    await Promise.all(slow.slice(0, 20).map(async ({ rpc, cursor }) => {
      rpc.socket.terminate();
      const late = new Reader(world, mallory.token, channel, generator(3), false);
      late.cursor = cursor;
      await late.run({ now: true, last: 'flood-end' });
      assert.deepEqual(late.faults, []);
      assert.equal(new Set(late.seen).size, late.gaps ? new Set(late.seen).size : 401);
    }));
    for (const { rpc } of slow) rpc.socket.terminate();
    await writer.close();
    await until('nothing waits any more', async () => (await metric('orchd_waiting_bytes')) < 65536);
  });
}
