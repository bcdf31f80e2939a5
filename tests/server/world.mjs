// A served workspace for the tests: people, channels, one orchestrator that answers by rules.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, dataDirectory, initWorkspace, Server } from '../harness/orchd.mjs';
import { Rpc } from '../harness/rpc.mjs';

export const password = 'correct horse battery';

export class World {
  static async make(options = {}) {
    const world = new World();
    world.data = dataDirectory();
    world.ownerEmail = await initWorkspace(world.data);
    world.server = await new Server(world.data, options).start();
    world.people = {};
    for (const name of ['alice', 'bob', 'carol'])
      world.people[name] = await world.addUser(name);
    world.admin = await world.sessionOf(world.ownerEmail);
    const channels = await world.get('/api/channels', world.admin);
    world.general = channels.body.channels.find((channel) => channel.slug === 'general');
    return world;
  }

  get address() {
    return this.server.address;
  }

  get ownerToken() {
    return readFileSync(join(this.data, 'owner.token'), 'utf8').trim();
  }

  async addUser(name, extra = {}) {
    const made = await this.post('/api/users', this.ownerToken, { email: `${name}@test.example`, name, password, ...extra });
    if (made.status !== 201) throw new Error(JSON.stringify(made));
    return { ...made.body.user, token: await this.sessionOf(`${name}@test.example`) };
  }

  async sessionOf(email) {
    const made = await this.post('/api/owner/sessions', this.ownerToken, { email });
    if (made.status !== 201) throw new Error(JSON.stringify(made));
    return made.body.token;
  }

  async addOrchestrator(name, charter = { rules: [{ match: 'hello', reply: `${name} says hello` }] }, extra = {}) {
    const made = await this.post('/api/orchestrators', this.admin, { name, role: 'Helper', discipline: 'Testing', charter, ...extra });
    if (made.status !== 201) throw new Error(JSON.stringify(made));
    return made.body.orchestrator;
  }

  async addChannel(name, members, type = 'PRIVATE') {
    const made = await this.post('/api/channels', this.admin, { name, type, members });
    if (made.status !== 201) throw new Error(JSON.stringify(made));
    return made.body.channel;
  }

  async say(token, channelId, content, extra = {}) {
    const made = await this.post(`/api/channels/${channelId}/messages`, token, { content, ...extra });
    if (made.status !== 201) throw new Error(JSON.stringify(made));
    return made.body.message;
  }

  get(path, token) {
    return api(this.address, token, 'GET', path);
  }

  post(path, token, body) {
    return api(this.address, token, 'POST', path, body);
  }

  call(method, path, token, body) {
    return api(this.address, token, method, path, body);
  }

  rpc(token, options) {
    return Rpc.open(this.address, token, options);
  }

  // Ends it; the exit code of the server. Anything but 0 fails the topic: so a sanitizer tells what it found.
  async end() {
    const code = await this.server.kill('SIGTERM');
    if (code !== 0) throw new Error(`the server ended with ${code}\n${this.server.log}`);
    return code;
  }
}

// A wait with an end: what was awaited is in the error.
export function within(what, promise, timeout = 15000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${timeout} ms: ${what}`)), timeout);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Resolves with the close code of a client.
export const closed = (rpc, timeout) => within('the connection is closed', once(rpc, 'closed').then(([code]) => code), timeout);

// Collects notifications of a client and waits for one.
export class Listener {
  constructor(rpc) {
    this.seen = [];
    this.waiting = [];
    rpc.on('notification', (method, params) => {
      this.seen.push({ method, params });
      this.waiting = this.waiting.filter((wake) => !wake());
    });
  }

  find(method, fits = () => true) {
    return this.seen.find((notice) => notice.method === method && fits(notice.params))?.params;
  }

  next(method, fits = () => true, timeout = 15000) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${method} within ${timeout} ms; seen: ${this.seen.map((n) => n.method)}`)), timeout);
      const wake = () => {
        const found = this.find(method, fits);
        if (found) {
          clearTimeout(timer);
          resolve(found);
        }
        return Boolean(found);
      };
      if (!wake()) this.waiting.push(wake);
    });
  }
}
