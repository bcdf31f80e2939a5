// What stands between a browser and an orchd: a proxy that can be told to fail as proxies and networks do, and to serve another build
// of the page, as a server does after its upgrade.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';

import { root } from '../harness/orchd.mjs';

const built = join(root, 'build/page');

export class Gate {
  /** 'pass'; 'refuse': upgrades are answered by 502; 'swallow': they are never answered. */
  websockets = 'pass';
  /** Nothing is answered. */
  down = false;
  /** Of each path, how often it was asked for. */
  asked = new Map();
  #build = null;
  #streams = new Set();
  #held = false;

  /** `target` has an address; it may have another one later. */
  static async open(target) {
    const gate = new Gate();
    gate.target = target;
    gate.server = createServer((incoming, outgoing) => gate.#answer(incoming, outgoing));
    gate.server.on('upgrade', (incoming, socket, head) => gate.#upgrade(incoming, socket, head));
    gate.server.on('connection', (socket) => gate.#keep(socket));
    gate.server.listen(0, '127.0.0.1');
    await once(gate.server, 'listening');
    gate.address = `http://127.0.0.1:${gate.server.address().port}`;
    return gate;
  }

  #keep(socket) {
    this.#streams.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#streams.delete(socket));
  }

  #answer(incoming, outgoing) {
    const path = incoming.url.split('?')[0];
    this.asked.set(path, (this.asked.get(path) ?? 0) + 1);
    if (this.down) {
      incoming.destroy();
      return;
    }
    const file = this.#build?.get(/^\/(c|daemons|orchestrators|settings|login|setup)?(\/|$)/.test(path) ? '/' : path);
    if (file || (this.#build && path.startsWith('/assets/'))) {
      outgoing.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain', 'cache-control': 'no-cache' });
      outgoing.end(file?.body);
      return;
    }
    const asked = request(this.target.address + incoming.url, { method: incoming.method, headers: incoming.headers }, (response) => {
      outgoing.writeHead(response.statusCode, { ...response.headers, 'cache-control': 'no-store' }); // what is kept is kept by the service worker
      response.pipe(outgoing);
    });
    asked.on('error', () => outgoing.destroy());
    incoming.pipe(asked);
  }

  #upgrade(incoming, socket, head) {
    if (this.down) {
      socket.destroy();
      return;
    }
    if (this.websockets === 'swallow') return;
    if (this.websockets === 'refuse') {
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    const { hostname, port } = new URL(this.target.address);
    const upstream = connect(port, hostname, () => {
      const lines = incoming.rawHeaders.map((each, i, all) => (i % 2 === 0 ? `${each}: ${all[i + 1]}\r\n` : '')).join('');
      upstream.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines}\r\n`);
      upstream.write(head);
      socket.pipe(upstream);
      upstream.pipe(socket);
      if (this.#held) upstream.pause();
    });
    upstream.fromServer = true;
    this.#keep(upstream);
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  }

  /** What the server says over WebSockets is not read any more, until release(). */
  hold() {
    this.#held = true;
    for (const stream of this.#streams) if (stream.fromServer) stream.pause();
  }

  release() {
    this.#held = false;
    for (const stream of this.#streams) if (stream.fromServer) stream.resume();
  }

  /** Every connection ends now. */
  cut() {
    for (const stream of this.#streams) stream.destroy();
  }

  /** From now on another build is served: its scripts have other names, those of the build before are gone, and its pages have `name`
   * as <html data-build>. */
  upgrade(name) {
    const names = readdirSync(join(built, 'assets')).filter((each) => /^(main|SettingsPage|DaemonsPage)-.*\.js$/.test(each));
    const renamed = new Map(names.map((each) => [each, each.replace('-', `-${name}-`)]));
    const version = /"orchd-([0-9a-f]{16})"/.exec(readFileSync(join(built, 'service-worker.js'), 'utf8'))?.[1];
    if (!version) throw new Error('the service worker tells no version');
    const other = (text) => [...renamed, [version, name]].reduce((all, [from, to]) => all.replaceAll(from, to), text);
    this.#build = new Map(JSON.parse(readFileSync(join(built, 'page.json'), 'utf8')).files.map(({ path, type }) => {
      const bytes = readFileSync(join(built, path));
      const mark = path.startsWith('/assets/main-') && path.endsWith('.js') ? `\ndocument.documentElement.dataset.build = '${name}';` : '';
      return [path === '/index.html' ? '/' : other(path), { type, body: /script|html|css/.test(type) ? other(bytes.toString()) + mark : bytes }];
    }));
  }

  async close() {
    this.cut();
    this.server.close();
  }
}
