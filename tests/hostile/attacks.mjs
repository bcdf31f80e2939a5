// Ways to be a burden: each keeps one connection busy with nonsense until it is told to stop. Used by the tests and the bench.
import { connect } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { frame, upgrade } from './wire.mjs';

const get = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const call = (method, params = {}) => frame(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));

// Writes `bytes` again and again, as fast as they are taken.
function pour(socket, bytes) {
  const go = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', go);
  go();
}

// One byte now and then, without an end.
function drip(socket, bytes, every = 250) {
  let at = 0;
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(bytes.subarray(at % bytes.length, ++at % bytes.length || bytes.length))), every);
  socket.on('close', () => clearInterval(timer));
}

const post = (token, length) => `POST /api/channels/general/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

export const attacks = {
  'a byte of a head now and then': (socket) => drip(socket, Buffer.from(`GET /${'a'.repeat(5000)}`)),
  'a byte of a body now and then': (socket, { token }) => (socket.write(post(token, 100000)), drip(socket, Buffer.from(' '.repeat(1000)))),
  'a byte of a frame now and then': (socket, { token }) => (socket.write(upgrade(token)), drip(socket, frame('x'.repeat(100000)))),
  'a body that stops before its end': (socket, { token }) => socket.write(post(token, 1000000) + ' '.repeat(999000)),
  'headers without an end': (socket) => (socket.write('GET / HTTP/1.1\r\n'), pour(socket, 'X-A: b\r\n'.repeat(100))),
  'fragments without an end': (socket, { token }) => (socket.write(upgrade(token)), socket.write(frame('x', { fin: false })), pour(socket, frame('y'.repeat(1000), { opcode: 0, fin: false }))),
  'a message that stops before its end': (socket, { token }) => (socket.write(upgrade(token)), socket.write(frame('z'.repeat(250000), { fin: false }))),
  'requests whose answers nobody reads': (socket, { token }) => (socket.pause(), pour(socket, get.replace('\r\n\r\n', `\r\nAuthorization: Bearer ${token}\r\n\r\n`).replace('/healthz', '/api/channels/general/messages?limit=200').repeat(20))),
  'calls whose answers nobody reads': (socket, { token }) => (socket.pause(), socket.write(upgrade(token)), pour(socket, Buffer.concat(Array(20).fill(call('channel.history', { channelId: 'general', limit: 200 }))))),
  'a subscription that nobody reads': (socket, { token }) => (socket.pause(), socket.write(upgrade(token)), socket.write(call('subscribe'))),
  'pings without an end': (socket, { token }) => (socket.write(upgrade(token)), pour(socket, Buffer.concat(Array(50).fill(frame('p'.repeat(125), { opcode: 9 }))))),
  'broken JSON without an end': (socket, { token }) => (socket.write(upgrade(token)), pour(socket, Buffer.concat(Array(20).fill(frame('['.repeat(2000)))))),
  'noise': (socket) => pour(socket, Buffer.alloc(16384, 0xa5)),
};

// A connection under attack; what becomes of it does not matter. A server that cuts it is met again, as attackers do.
function attack(address, name, context) {
  const { hostname, port } = new URL(address);
  const attacker = { over: false };
  const begin = () => {
    if (attacker.over) return;
    const socket = connect({ host: hostname, port: Number(port) });
    attacker.socket = socket;
    socket.on('connect', () => attacks[name](socket, context));
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => setTimeout(begin, 200));
  };
  attacker.end = () => {
    attacker.over = true;
    attacker.socket.destroy();
  };
  begin();
  return attacker;
}

// A wave of attackers on a thread of their own, so that the honest clients of this process are not slowed by the attackers'
// work. `names`: which attacks, default all of them.
export class Wave {
  constructor(address, count, token, names = Object.keys(attacks)) {
    this.worker = new Worker(new URL(import.meta.url), { workerData: { address, count, token, names } });
    this.gone = new Promise((done, failed) => this.worker.on('exit', done).on('error', failed));
  }

  end() {
    this.worker.postMessage('end');
    return this.gone;
  }
}

if (!isMainThread && workerData?.names) {
  const { address, count, token, names } = workerData;
  const attackers = Array.from({ length: count }, (_, i) => attack(address, names[i % names.length], { token }));
  parentPort.once('message', () => {
    for (const each of attackers) each.end();
    process.exit(0);
  });
}
