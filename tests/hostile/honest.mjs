// The others: two people and an orchestrator who talk all the time, and would notice.
import { Listener, within } from '../server/world.mjs';

const LIMIT = 30000; // generous: that it is answered is asked, not how fast

export class Honest {
  static async begin(world) {
    const honest = new Honest();
    const { alice, bob } = world.people;
    Object.assign(honest, { world, said: [], slowest: 0, going: true });
    honest.channel = await world.addChannel('honest', [alice.id, bob.id]);
    await world.post(`/api/channels/${honest.channel.id}/members`, world.admin, { userId: (await world.addOrchestrator('Ada', undefined, { channels: ['honest'] })).userId });
    honest.alice = await world.rpc(alice.token);
    honest.bob = await world.rpc(bob.token);
    honest.heard = new Listener(honest.bob);
    await honest.bob.call('subscribe', { channels: [honest.channel.id] });
    for (const rpc of [honest.alice, honest.bob]) rpc.on('closed', (code) => (honest.broken ??= honest.going ? `an honest client was closed with ${code}` : undefined));
    honest.done = honest.#talk().catch((error) => (honest.broken ??= error.message));
    return honest;
  }

  async #talk() {
    for (let i = 0; this.going; i++) {
      const begin = Date.now();
      const content = `@ada hello ${i}`;
      const { message } = await within(`the answer to call ${i}`, this.alice.call('message.send', { channelId: this.channel.id, content }), LIMIT);
      await this.heard.next('message.created', (params) => params.message.metadata?.replyToId === message.id, LIMIT);
      await within(`GET ${i}`, this.world.get('/api/auth/me', this.world.people.alice.token), LIMIT);
      this.said.push(content);
      this.slowest = Math.max(this.slowest, Date.now() - begin);
      this.heard.seen.length = 0;
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  // Fails where anything was not as it should be.
  async check(least = 1) {
    const before = this.said.length;
    const end = Date.now() + LIMIT;
    while (!this.broken && this.said.length < before + least && Date.now() < end) await new Promise((done) => setTimeout(done, 20));
    if (this.broken) throw new Error(this.broken);
    if (this.said.length < before + least) throw new Error(`the honest clients were not answered within ${LIMIT} ms`);
  }

  async end() {
    if (!this.going) return;
    await this.check();
    this.going = false;
    await this.done;
    if (this.broken) throw new Error(this.broken);
    await Promise.all([this.alice.close(), this.bob.close()]);
  }
}
