// The manager of @neolith/core as the mirror of an orchd with many daemons: `node --expose-gc bench/mirror.mjs [DAEMONS]`, after `./dev build`.
import { getDaemonManager, OrchestratorDaemonManager } from '../bindings/javascript/dist/index.js';
import { until } from '../tests/harness/check.mjs';
import { World } from '../tests/server/world.mjs';

const DAEMONS = Number(process.argv[2] ?? 10_000);
const HEARD_S = 60;

const cpuMs = (since) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

function heap() {
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

async function measured(what, body) {
  const [cpu, begin] = [process.cpuUsage(), Date.now()];
  await body();
  console.log(`${what}: ${Date.now() - begin} ms, ${cpuMs(cpu).toFixed(0)} ms of CPU`);
}

const world = await World.make();
let made = 0;
await Promise.all(Array.from({ length: 16 }, async () => {
  while (made < DAEMONS) await world.addOrchestrator(`Agent ${++made}`, { systemPrompt: 'You are helpful.' }, { channels: [] });
}));
const before = heap();
let manager;
await measured(`the mirror of ${DAEMONS} daemons is whole`, async () => {
  manager = getDaemonManager({ url: world.address, token: world.admin });
  await until('all', () => manager.getRunningDaemons().size === DAEMONS, 120_000);
});
let heard = 0;
manager.on('daemon:heartbeat', () => heard++);
const cpu = process.cpuUsage();
await new Promise((done) => setTimeout(done, HEARD_S * 1000));
const used = cpuMs(cpu);
console.log(`${(heard / HEARD_S).toFixed(0)} heartbeats a second: ${(used / HEARD_S / 10).toFixed(1)} % of a core, ${(used / heard * 1000).toFixed(0)} us each`);
console.log(`${((heap() - before) / DAEMONS).toFixed(0)} bytes a daemon`);
await world.server.kill('SIGKILL');
await world.server.start();
await measured('whole again after kill -9 of the server', () => until('all', () => manager.getRunningDaemons().size === DAEMONS, 120_000));
await measured('all are stopped', () => manager.stopAllDaemons());
await OrchestratorDaemonManager.resetInstance();
await world.server.kill('SIGTERM');
process.exit();
