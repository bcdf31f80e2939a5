// A client that posts without pause, keeps what was not acknowledged, and sends it again with the same clientId.
import { Rpc } from '../harness/rpc.mjs';

const WINDOW = 3; // messages on their way at once. Of those one may be refused and the next accepted: not their order is kept then.

export class Client {
  constructor({ index, server, token, channels, daemons, pace, dice, window = WINDOW }) {
    Object.assign(this, { index, server, token, channels, daemons, pace, dice, window });
    this.acknowledged = []; // {message, clientId, addressed: [orchestratorId], channelId}, in order
    this.outbox = []; // not acknowledged, in order
    this.count = 0;
    this.refused = {}; // by code
    this.ending = false;
  }

  start() {
    this.running = this.#run();
  }

  // No new messages; resolves when everything is acknowledged.
  async finish() {
    this.ending = true;
    await this.running;
  }

  #write() {
    const number = this.count++;
    const channel = this.channels[Math.floor(this.dice() * this.channels.length)];
    const addressed = this.dice() < 0.5 ? this.daemons.filter(() => this.dice() < 0.4) : [];
    const content = [`[${this.index}-${number}]`, ...addressed.map((daemon) => `@${daemon.slug}`), 'the tide is in'].join(' ');
    this.outbox.push({ clientId: `torture-${this.index}-${number}`, channelId: channel.id, content, addressed: addressed.map((daemon) => daemon.orchestratorId) });
  }

  async #run() {
    while (!this.ending || this.outbox.length > 0) {
      try {
        const rpc = await Rpc.open(this.server.address, this.token);
        await this.#talk(rpc);
        await rpc.close();
      } catch {
        await new Promise((done) => setTimeout(done, 10 + this.dice() * 30));
      }
    }
  }

  // Sends in order; acknowledgements come in any. The connection's end throws.
  async #talk(rpc) {
    while (!this.ending || this.outbox.length > 0) {
      while (!this.ending && this.outbox.length < this.window) this.#write();
      await Promise.all(this.outbox.map((letter) => this.#send(rpc, letter)));
      this.outbox = this.outbox.filter((letter) => !letter.message);
      await new Promise((done) => setTimeout(done, this.dice() * this.pace));
    }
  }

  async #send(rpc, letter) {
    const { addressed, message, ...params } = letter;
    void addressed;
    if (message) return;
    try {
      const result = await rpc.call('message.send', params);
      letter.message = result.message;
      this.acknowledged.push(letter);
    } catch (error) {
      if (error.data?.status !== 503) throw error;
      // A clear refusal: busy, or the disk is full. It goes again as it is; it is not acknowledged.
      this.refused[error.data.code] = (this.refused[error.data.code] ?? 0) + 1;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}
