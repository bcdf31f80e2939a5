// @neolith/core in this process, beside the plainest JavaScript that emits the same objects. One part a process, as JSON:
//   node bench/javascript.mjs messages      messages a second, one after the other and a hundred at once
//   node --expose-gc bench/javascript.mjs daemons      bytes a daemon, and the CPU of a heartbeat
//   node bench/javascript.mjs count plain|module BATCHES      so many batches of one of them, to be counted by valgrind
import { EventEmitter } from 'node:events';

const memories = [];
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...args) {
    super(...args);
    memories.push(this.exports.memory);
  }
};
const { createOrchestratorDaemon, getDaemonManager } = await import('../bindings/javascript/dist/index.js');

function orchestrator(number) {
  const name = `Ada Quill${number}`;
  const user = { id: `user_${number}`, name, email: `ada${number}@example.org`, isOrchestrator: true };
  return { id: `orch_${number}`, role: 'Librarian', user };
}

/* ---- messages ---- */

/** What a program is that answers each message and tells it, and nothing else. */
class PlainDaemon extends EventEmitter {
  constructor({ orchestrator: who, generateResponse }) {
    super();
    this.orchestrator = who;
    this.generateResponse = generateResponse;
  }

  async handleMessage(message) {
    const content = await this.generateResponse(message, { orchestrator: this.orchestrator });
    this.emit('message:send', {
      content, channelId: message.channelId, replyToId: message.id,
      metadata: { orchestratorId: this.orchestrator.id, timestamp: new Date().toISOString(), hops: 1 },
    });
    this.emit('message:processed', message);
  }
}

const BATCH = 500;
const BATCHES = 200;
const ROUNDS = 15;
let made = 0;

/** A few, as they come from a wire or a database. */
function messages() {
  const all = Array.from({ length: BATCH }, () => ({
    id: `clx${(++made).toString(36).padStart(21, '0')}`, content: '@ada, can you find the book on bees?', channelId: `channel_${made % 10}`,
    authorId: `person_${made % 7}`,
  }));
  return JSON.parse(JSON.stringify(all)).map(({ id, content, channelId, authorId }) => ({ id, content, channelId, authorId, timestamp: new Date() }));
}

async function oneByOne(daemon, all) {
  for (const message of all) await daemon.handleMessage(message);
}

async function hundreds(daemon, all) {
  for (let i = 0; i < all.length; i += 100) await Promise.all(all.slice(i, i + 100).map((message) => daemon.handleMessage(message)));
}

/** A listener of each event that looks at what it gets, as listeners do. */
function listen(daemon) {
  const seen = { sent: 0, processed: 0 };
  daemon.on('message:send', ({ content, replyToId, metadata }) => {
    if (content === 'On the second shelf.' && replyToId.length === 24 && metadata.timestamp.length === 24) seen.sent++;
  });
  daemon.on('message:processed', ({ id }) => {
    if (id.length === 24) seen.processed++;
  });
  return seen;
}

async function rate(way, daemon, seen) {
  let spent = 0;
  for (let i = 0; i < BATCHES; i++) {
    const all = messages();
    const begin = performance.now();
    await way(daemon, all);
    spent += performance.now() - begin;
  }
  if (seen.sent !== BATCH * BATCHES || seen.processed !== seen.sent) throw new Error(`${seen.sent} were sent, ${seen.processed} processed`);
  seen.sent = seen.processed = 0;
  return BATCH * BATCHES / (spent / 1000);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

const config = { orchestrator: orchestrator(0), generateResponse: async () => 'On the second shelf.' };

/** Both in turn, so that what else the machine does meets both; the first rounds warm them up. */
async function compare(way) {
  const plain = new PlainDaemon(config);
  const daemon = createOrchestratorDaemon(config);
  const [seenPlain, seen] = [listen(plain), listen(daemon)];
  await daemon.start();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({ plain: await rate(way, plain, seenPlain), measured: await rate(way, daemon, seen) });
  }
  await daemon.stop();
  const counted = rounds.slice(3);
  return {
    measured: median(counted.map((round) => round.measured)),
    plain: median(counted.map((round) => round.plain)),
    ratio: median(counted.map((round) => round.measured / round.plain)),
  };
}

/** Nothing is measured here. */
async function count(daemon, batches) {
  listen(daemon);
  await daemon.start?.();
  for (let i = 0; i < batches; i++) await oneByOne(daemon, messages());
  return { messages: batches * BATCH };
}

/* ---- daemons ---- */

const DAEMONS = 100_000;
const HEARTBEAT_MS = 1000;
const SECONDS = 10;

/** What Node calls external has the core's memory in it. */
function bytes() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  const wasm = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  return { heap: heapUsed + external - wasm, wasm };
}

async function daemons() {
  const all = Array.from({ length: DAEMONS }, (_, number) => orchestrator(number));
  const manager = getDaemonManager({ daemon: { heartbeatInterval: HEARTBEAT_MS } });
  const before = bytes();
  for (const each of all) await manager.startDaemon(each);
  const after = bytes();
  await new Promise((resolve) => setTimeout(resolve, 2 * HEARTBEAT_MS));
  const begin = process.cpuUsage();
  const at = performance.now();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  const { user, system } = process.cpuUsage(begin);
  const beats = DAEMONS * (performance.now() - at) / HEARTBEAT_MS;
  const now = Date.now(); // asking all of them takes a while
  const late = all.filter(({ id }) => now - manager.getDaemonStatus(id).lastHeartbeat.getTime() > 2 * HEARTBEAT_MS);
  if (late.length > 0) throw new Error(`${late.length} daemons have no heartbeat`);
  return {
    heap: (after.heap - before.heap) / DAEMONS, wasm: (after.wasm - before.wasm) / DAEMONS, heartbeat: (user + system) / beats,
  };
}

const [part, which, batches] = process.argv.slice(2);
const parts = {
  messages: async () => ({ one: await compare(oneByOne), hundred: await compare(hundreds) }),
  count: () => count(which === 'plain' ? new PlainDaemon(config) : createOrchestratorDaemon(config), Number(batches)),
  daemons,
};
console.log(JSON.stringify(await parts[part]()));
process.exit();
