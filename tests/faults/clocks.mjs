// Clocks that jump and a process that is stopped: nothing is late, nobody is blamed, ids and messages keep their order.
import assert from 'node:assert/strict';
import { until } from '../harness/check.mjs';
import { GateModel } from './gate_model.mjs';
import { Stage } from './stage.mjs';

const HOUR = 3600;
const ascends = (values) => values.every((value, i) => i === 0 || value > values[i - 1]);

async function heartbeatAt(stage, ada, at) {
  await until('a heartbeat at the new time', async () => {
    const { health } = await stage.daemon(ada);
    assert.equal(health.status, 'running');
    return Math.abs(Date.parse(health.lastHeartbeat) - at()) < 10000;
  });
}

export const cases = {
  async 'the clock is set by hours, forward and back: daemons run, messages and ids keep their order, also over a restart'() {
    const stage = await Stage.make();
    const ada = await stage.world.addOrchestrator('Ada Quill');
    const expected = [];
    const say = async (content) => {
      assert.equal((await stage.post(content)).status, 201);
      expected.push(content);
    };
    for (const shift of [0, 5 * HOUR, -30 * HOUR, 48 * HOUR, -2 * HOUR]) {
      stage.faults.set(`clock ${shift} 1 -`);
      await say(`at ${shift}`);
      await heartbeatAt(stage, ada, () => Date.now() + shift * 1000);
      await say(`still ${shift}`);
    }
    await stage.server.kill('SIGKILL');
    stage.faults.set(`clock ${-50 * HOUR} 1 -`);
    await stage.server.start();
    await say('after the restart');
    const messages = await stage.history();
    assert.deepEqual(messages.map((message) => message.content), expected);
    assert.ok(ascends(messages.map((message) => message.id)), 'ids out of order');
    assert.equal(new Set(messages.map((message) => message.id)).size, messages.length);
    assert.ok(!stage.server.log.includes('heartbeat_missed'));
    await stage.end();
  },

  async 'a turn under way while the clock is set by two days is answered'() {
    const model = await GateModel.start();
    const stage = await Stage.make({ env: model.env });
    const ada = await stage.world.addOrchestrator('Ada Quill');
    assert.equal((await stage.post('@ada what time is it?')).status, 201);
    await model.isAsked(1);
    stage.faults.set(`clock ${48 * HOUR} 1 -`);
    await heartbeatAt(stage, ada, () => Date.now() + 48 * HOUR * 1000);
    stage.faults.set(`clock ${-48 * HOUR} 1 -`);
    await heartbeatAt(stage, ada, () => Date.now() - 48 * HOUR * 1000);
    model.release('Late.');
    await until('the answer is stored', async () => (await stage.contents()).includes('Late.'));
    assert.equal(model.asked, 1);
    assert.equal(await stage.metric('orchd_turns_failed_total'), 0);
    await stage.end();
    model.close();
  },

  async 'a process that is stopped for longer than a turn may last: the turn is answered, by the first call of the model'() {
    const model = await GateModel.start();
    const stage = await Stage.make({ env: model.env, args: ['--turn-deadline', '4'] });
    const ada = await stage.world.addOrchestrator('Ada Quill');
    assert.equal((await stage.post('@ada are you awake?')).status, 201);
    await model.isAsked(1);
    stage.server.child.kill('SIGSTOP');
    await new Promise((done) => setTimeout(done, 6000));
    model.release('Awake.');
    stage.server.child.kill('SIGCONT');
    await until('the answer is stored', async () => (await stage.contents()).includes('Awake.'));
    assert.equal(model.asked, 1);
    assert.equal((await stage.daemon(ada)).health.status, 'running');
    assert.equal(await stage.metric('orchd_turns_failed_total'), 0);
    await stage.end();
    model.close();
  },
};
