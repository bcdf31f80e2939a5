// Too few descriptors, too little memory, files that may not grow: the one who asks for more is told, the others go on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from '../harness/check.mjs';
import { closed } from '../server/world.mjs';
import { Stage } from './stage.mjs';

const limit = (server, what) => execFileSync('prlimit', ['--pid', String(server.child.pid), what]);
const descriptors = (server) => readdirSync(`/proc/${server.child.pid}/fd`).length;

// Ticks of the processor that the process has used.
function ticks(server) {
  const fields = readFileSync(`/proc/${server.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

export const cases = {
  async 'no descriptors left: who is connected goes on, who comes waits, nothing spins, and it is over by itself'() {
    const stage = await Stage.make();
    const rpc = await stage.world.rpc(stage.token);
    const send = (content) => rpc.call('message.send', { channelId: stage.world.general.id, content });
    const { hostname, port } = new URL(stage.world.address);
    await send('before');
    limit(stage.server, `--nofile=${descriptors(stage.server) + 4}:`);
    const crowd = Array.from({ length: 30 }, () => connect(Number(port), hostname).on('error', () => {}));
    await until('it is told', () => stage.logged('fault.descriptors').length === 1);
    const before = ticks(stage.server);
    for (let i = 0; i < 20; i++) await send(`meanwhile ${i}`);
    await new Promise((done) => setTimeout(done, 1000));
    assert.ok(ticks(stage.server) - before < 60, `${ticks(stage.server) - before} ticks: it spins`);
    for (const socket of crowd) socket.destroy();
    await until('connections are accepted again', () => stage.logged('fault.descriptors.over').length === 1);
    assert.equal((await stage.post('after')).status, 201);
    assert.equal(stage.logged('fault.descriptors').length, 1);
    assert.equal((await stage.contents()).length, 22);
    await rpc.close();
    await stage.end();
  },

  async 'no memory for one request: it is told so, the others go on'() {
    const stage = await Stage.make();
    const rpc = await stage.world.rpc(stage.token);
    const send = (content) => rpc.call('message.send', { channelId: stage.world.general.id, content });
    stage.faults.set('malloc 20000 1 -');
    const refused = await stage.post('x'.repeat(30000));
    assert.equal(refused.status, 503, JSON.stringify(refused));
    assert.equal(refused.body.error.code, 'no_memory');
    const other = await stage.world.rpc(stage.token);
    other.call('message.send', { channelId: stage.world.general.id, content: 'x'.repeat(40000) }).catch(() => {});
    assert.equal(await closed(other), 1011);
    assert.equal(stage.logged('fault.memory').length, 1);
    await send('small');
    assert.equal((await stage.post('small as well')).status, 201);
    stage.faults.clear();
    await send('after');
    assert.equal((await stage.post('x'.repeat(30000))).status, 201);
    assert.deepEqual((await stage.contents()).map((content) => content.length), [5, 13, 5, 30000]);
    await rpc.close();
    await stage.end();
  },

  async 'files that may not grow (RLIMIT_FSIZE): told as a full disk, over when they may'() {
    const stage = await Stage.make();
    const size = (name) => statSync(join(stage.world.data, name)).size;
    assert.equal((await stage.post('before')).status, 201);
    limit(stage.server, `--fsize=${Math.max(size('orchd.db'), size('orchd.db-wal'))}:`);
    const accepted = ['before'];
    let refused;
    for (let i = 0; !refused; i++) {
      const { status, body } = await stage.post(`${i} ${'y'.repeat(1000)}`);
      if (status === 201) accepted.push(`${i} ${'y'.repeat(1000)}`);
      else refused = body.error;
    }
    assert.equal(refused.code, 'disk_full');
    assert.deepEqual(await stage.contents(), accepted);
    assert.equal((await stage.ready()).status, 503);
    limit(stage.server, '--fsize=unlimited:');
    await stage.isReady();
    assert.equal((await stage.post('after')).status, 201);
    assert.deepEqual(await stage.contents(), [...accepted, 'after']);
    await stage.end();
  },
};
