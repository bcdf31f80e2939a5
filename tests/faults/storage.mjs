// The disk: full, read-only, failing, hanging, the file moved away. Told, refused, and over by itself; nothing acknowledged is
// lost, no answer of a model is asked for twice.
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../harness/check.mjs';
import { GateModel } from './gate_model.mjs';
import { Stage } from './stage.mjs';

// [rules, code of the error]
const FAILURES = [
  [['write ENOSPC 1 orchd.db'], 'disk_full'],
  [['write EDQUOT 1 orchd.db'], 'disk_full'],
  [['write EIO 1 orchd.db'], 'io'],
  [['write torn 1 orchd.db-wal'], 'io'],
  [['write EROFS 1 orchd.db'], 'io'],
  [['sync EIO 1 orchd.db'], 'io'],
];

async function refusesAndRecovers(stage, rules, code) {
  const clientId = rules[0];
  stage.faults.set(...rules);
  const refused = await stage.post(`lost? ${rules[0]}`, clientId);
  assert.equal(refused.status, 503, JSON.stringify(refused));
  assert.equal(refused.body.error.code, code, JSON.stringify(refused));
  assert.ok(!(await stage.contents()).includes(`lost? ${rules[0]}`), 'a refused message is there');
  const { status, body } = await stage.ready();
  assert.equal(status, 503);
  assert.equal(body.status, 'unavailable');
  assert.equal(body.error.code, code);
  assert.equal(body.parts['database-write'].status, 'failing');
  assert.ok(Date.parse(body.parts['database-write'].since) > Date.now() - 60000);
  assert.equal((await stage.world.get('/healthz')).status, 200);
  stage.faults.clear();
  await stage.isReady();
  const accepted = await stage.post(`lost? ${rules[0]}`, clientId);
  assert.equal(accepted.status, 201, JSON.stringify(accepted));
  assert.equal((await stage.contents()).filter((content) => content === `lost? ${rules[0]}`).length, 1);
}

export const cases = {
  async 'every way in which a write fails: refused with a code, shown by readyz, over by itself'() {
    const stage = await Stage.make();
    for (const [rules, code] of FAILURES) await refusesAndRecovers(stage, rules, code);
    const lines = stage.logged('fault.database-write');
    assert.equal(lines.length, 1, JSON.stringify(lines));
    assert.match(lines[0].message, /Make room/);
    assert.ok((await stage.metric('orchd_faults_total', 'database-write')) >= FAILURES.length);
    assert.equal(await stage.metric('orchd_fault_active', 'database-write'), 0);
    await stage.end();
  },

  async 'a full disk over WebSocket, and 300 refusals are one line in the log'() {
    const stage = await Stage.make();
    const rpc = await stage.world.rpc(stage.token);
    const send = (content) => rpc.call('message.send', { channelId: stage.world.general.id, content });
    stage.faults.set('write ENOSPC 1 orchd.db');
    for (let i = 0; i < 10; i++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, k) => send(`refused ${i}-${k}`)));
      for (const { status, reason } of outcomes) {
        assert.equal(status, 'rejected');
        assert.equal(reason.data.code, 'disk_full');
        assert.equal(reason.data.status, 503);
      }
    }
    assert.deepEqual(await stage.contents(), []);
    assert.equal(stage.logged('fault.database-write').length, 1);
    stage.faults.clear();
    await stage.isReady();
    await send('accepted');
    assert.deepEqual(await stage.contents(), ['accepted']);
    await until('the end is logged', () => stage.logged('fault.database-write.over').length === 1);
    await rpc.close();
    await stage.end();
  },

  async 'an answer that comes while the disk is full is kept, stored once when there is room, and not asked for again'() {
    const model = await GateModel.start();
    const stage = await Stage.make({ env: model.env });
    const ada = await stage.world.addOrchestrator('Ada Quill');
    assert.equal((await stage.post('@ada how full is it?')).status, 201);
    await model.isAsked(1);
    stage.faults.set('write ENOSPC 1 orchd.db');
    model.release('Very full.');
    await until('storing it was tried and tried again', async () => (await stage.metric('orchd_faults_total', 'database-write')) >= 3);
    assert.deepEqual(await stage.contents(), ['@ada how full is it?']);
    assert.equal((await stage.daemon(ada)).health.status, 'running');
    stage.faults.clear();
    await until('the answer is stored', async () => (await stage.contents()).includes('Very full.'));
    await stage.isReady();
    assert.deepEqual(await stage.contents(), ['@ada how full is it?', 'Very full.']);
    assert.equal(model.asked, 1);
    assert.equal(await stage.metric('orchd_turns_failed_total'), 0);
    await stage.end();
    model.close();
  },

  async 'a kill while an answer cannot be stored: it is asked for again after the start, and posted once'() {
    const model = await GateModel.start();
    const stage = await Stage.make({ env: model.env });
    await stage.world.addOrchestrator('Ada Quill');
    assert.equal((await stage.post('@ada are you there?')).status, 201);
    await model.isAsked(1);
    stage.faults.set('write ENOSPC 1 orchd.db');
    model.release('First.');
    await until('storing it was tried', async () => (await stage.metric('orchd_faults_total', 'database-write')) >= 1);
    await stage.server.kill('SIGKILL');
    stage.faults.clear();
    await stage.server.start();
    await model.isAsked(2);
    model.release('Second.');
    await until('the answer is stored', async () => (await stage.contents()).includes('Second.'));
    assert.deepEqual(await stage.contents(), ['@ada are you there?', 'Second.']);
    await stage.end();
    model.close();
  },

  async 'a disk that does not read: the request fails, the others and the server go on'() {
    const stage = await Stage.make();
    assert.equal((await stage.post('written before')).status, 201);
    stage.faults.set('read EIO 1 orchd.db');
    const refused = await stage.world.get(`/api/channels/${stage.world.general.id}/messages`, stage.token);
    assert.equal(refused.status, 503, JSON.stringify(refused));
    assert.equal(refused.body.error.code, 'io');
    stage.faults.clear();
    await stage.isReady();
    assert.deepEqual(await stage.contents(), ['written before']);
    assert.equal(stage.logged('fault.database-read').length, 1);
    assert.equal(stage.logged('fault.database-damage').length, 0);
    await stage.end();
  },

  async 'a database that hangs: reads go on, posts are refused at last, daemons come back, what waited is stored'() {
    const stage = await Stage.make();
    const ada = await stage.world.addOrchestrator('Ada Quill');
    stage.faults.set('sync hang 1 orchd.db-wal');
    let answered = false;
    const waiting = stage.post('waiting', 'waiting').finally(() => (answered = true));
    await until('the daemon is in error, for want of heartbeats', async () => (await stage.daemon(ada)).health.status !== 'running');
    const { status, body } = await stage.ready();
    assert.equal(status, 503);
    assert.equal(body.error.code, 'timeout');
    assert.equal(body.parts['database-answer'].status, 'failing');
    const refused = await stage.post('refused');
    assert.equal(refused.status, 503);
    assert.equal(refused.body.error.code, 'timeout');
    assert.deepEqual(await stage.contents(), []);
    assert.equal(answered, false);
    stage.faults.clear();
    assert.equal((await waiting).status, 201);
    await stage.isReady();
    await until('the daemon runs again', async () => (await stage.daemon(ada)).health.status === 'running');
    assert.equal((await stage.post('@ada hello')).status, 201);
    await until('she answers', async () => (await stage.contents()).includes('Ada Quill says hello'));
    assert.deepEqual((await stage.contents()).filter((content) => !content.startsWith('@') && !content.startsWith('Ada')), ['waiting']);
    assert.equal(stage.logged('fault.database-answer').length, 1);
    await stage.end();
  },

  async 'SIGTERM while the database hangs: the end comes all the same, and nothing acknowledged is lost'() {
    const stage = await Stage.make();
    assert.equal((await stage.post('acknowledged')).status, 201);
    stage.faults.set('sync hang 1 orchd.db-wal');
    stage.post('in the air').catch(() => {});
    await until('the writer hangs', async () => stage.ready().then(({ status }) => status === 503));
    const begin = Date.now();
    await stage.server.kill('SIGTERM');
    assert.ok(Date.now() - begin < 25000, `${Date.now() - begin} ms`);
    stage.faults.clear();
    await stage.server.start();
    const contents = await stage.contents();
    assert.equal(contents[0], 'acknowledged');
    assert.ok(contents.length <= 2);
    await stage.end();
  },

  async 'a database file that is moved away takes nothing more, until it is back'() {
    const stage = await Stage.make();
    const file = join(stage.world.data, 'orchd.db');
    assert.equal((await stage.post('before')).status, 201);
    renameSync(file, `${file}.away`);
    const refused = await stage.post('meanwhile');
    assert.equal(refused.status, 503, JSON.stringify(refused));
    assert.match(refused.body.error.message, /moved, deleted or replaced/);
    assert.equal((await stage.ready()).status, 503);
    renameSync(`${file}.away`, file);
    await stage.isReady();
    assert.equal((await stage.post('after')).status, 201);
    assert.deepEqual(await stage.contents(), ['before', 'after']);
    await stage.end();
  },
};
