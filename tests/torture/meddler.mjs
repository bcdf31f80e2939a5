// Somebody who stops answers and has failures tried again, whatever happens to the server.
import { Rpc } from '../harness/rpc.mjs';

export class Meddler {
  constructor({ server, token, dice }) {
    Object.assign(this, { server, token, dice });
    this.stopped = 0;
    this.retried = 0;
    this.ending = false;
  }

  start() {
    this.running = this.#run();
  }

  async finish() {
    this.ending = true;
    await this.rpc?.close().catch(() => {});
    await this.running;
  }

  async #run() {
    while (!this.ending) {
      try {
        this.rpc = await Rpc.open(this.server.address, this.token);
        const cut = new Promise((done) => this.rpc.once('closed', done));
        this.rpc.on('notification', (method, params) => this.#meddle(this.rpc, method, params));
        await this.rpc.call('subscribe');
        await cut;
      } catch {
        await new Promise((done) => setTimeout(done, 10 + this.dice() * 30));
      }
    }
  }

  // What is refused, or cut, is no matter: the judge looks at what became of it.
  #meddle(rpc, method, { turnId }) {
    const call = async (name, counter) => {
      await rpc.call(name, { turnId });
      this[counter]++;
    };
    if (this.dice() < (method === 'turn.started' ? 0.4 : method === 'message.delta' ? 0.05 : 0)) call('turn.cancel', 'stopped').catch(() => {});
    if (method === 'turn.failed' && this.dice() < 0.6) call('turn.retry', 'retried').catch(() => {});
  }
}
