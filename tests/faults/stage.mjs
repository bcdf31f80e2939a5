// What the cases share: a served workspace under an injector, and what they ask of it.
import assert from 'node:assert/strict';
import { until } from '../harness/check.mjs';
import { World } from '../server/world.mjs';
import { Injector } from './injector.mjs';

export class Stage {
  static async make({ env = {}, args = [], seed = 1 } = {}) {
    const stage = new Stage();
    stage.faults = new Injector(seed);
    stage.world = await World.make({ env: { ...stage.faults.env, DAEMON_HEARTBEAT_INTERVAL: '300', ...env }, args });
    stage.token = stage.world.people.alice.token;
    stage.count = 0;
    return stage;
  }

  get server() {
    return this.world.server;
  }

  // POSTs a message to #general: {status, body}.
  post(content = `message ${++this.count}`, clientId) {
    return this.world.post(`/api/channels/${this.world.general.id}/messages`, this.token, { content, clientId });
  }

  async history() {
    const { status, body } = await this.world.get(`/api/channels/${this.world.general.id}/messages?limit=200`, this.token);
    assert.equal(status, 200, JSON.stringify(body));
    return body.messages;
  }

  async contents() {
    return (await this.history()).map((message) => message.content);
  }

  ready() {
    return this.world.get('/readyz');
  }

  // Until /readyz says that all is well; nobody posts meanwhile.
  isReady(timeout = 20000) {
    return until(
      'the server is ready',
      async () => {
        const { status, body } = await this.ready();
        return status === 200 && body.status === 'ready';
      },
      timeout,
    );
  }

  async metric(name, fault) {
    const response = await fetch(`${this.world.address}/metrics`);
    const line = (await response.text()).split('\n').find((row) => row.startsWith(fault ? `${name}{fault="${fault}"}` : `${name} `));
    return Number(line?.split(' ').at(-1));
  }

  // The lines of the log with this event.
  logged(event) {
    return this.server.log
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .filter((line) => line.event === event);
  }

  daemon(orchestrator) {
    return this.world.get(`/api/daemons/${orchestrator.id}`, this.world.admin).then(({ body }) => body);
  }

  async end() {
    this.faults.clear();
    assert.equal(await this.server.kill('SIGTERM'), 0, this.server.log);
  }
}
