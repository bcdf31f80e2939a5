// The server's memory while 5,000 connections are idle and waves of 500 hostile ones come and go, and honest clients chat.
//
//   node bench/hostile.mjs [WAVES [SECONDS]]   writes build/bench/hostile.csv and docs/images/hostile-memory.svg
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { attacks, Wave } from '../tests/hostile/attacks.mjs';
import { idleCrowd, server } from '../tests/hostile/crowd.mjs';
import { Honest } from '../tests/hostile/honest.mjs';
import { World } from '../tests/server/world.mjs';

const WAVES = Number(process.argv[2] ?? 5);
const WAVE_MS = Number(process.argv[3] ?? 8) * 1000;
const IDLE = 5000;
const HOSTILE = 500;
const csv = 'build/bench/hostile.csv';
const image = 'docs/images/hostile-memory.svg';

const world = await World.make(server);
world.people.mallory = await world.addUser('mallory');
const honest = await Honest.begin(world);
for (let i = 0; i < 60; i++) await world.say(world.people.mallory.token, world.general.id, `page ${i} ${'p'.repeat(4000)}`);

const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${world.server.child.pid}/status`, 'utf8'))[1]) / 1024;
const metric = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${world.address}/metrics`)).text())[1]);
const begin = Date.now();
const rows = [];
const sampler = setInterval(async () => {
  const at = (Date.now() - begin) / 1000;
  const waiting = (await metric('orchd_waiting_bytes').catch(() => NaN)) / 1048576;
  rows.push([at.toFixed(2), resident().toFixed(2), waiting.toFixed(2), honest.said.length].join(','));
}, 250);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const settled = async () => {
  for (let i = 0; i < 200 && ((await metric('orchd_connections')) > IDLE + 50 || (await metric('orchd_waiting_bytes')) > 1048576); i++) await pause(100);
  await pause(3000);
};

await pause(2000);
console.log(`alone                  ${resident().toFixed(1).padStart(8)} MB resident`);
const crowd = await idleCrowd(world, IDLE);
await pause(3000);
const full = resident();
console.log(`${IDLE} idle              ${full.toFixed(1).padStart(8)} MB resident`);
for (let wave = 1; wave <= WAVES; wave++) {
  const attackers = new Wave(world.address, HOSTILE, world.people.mallory.token, Object.keys(attacks));
  const end = Date.now() + WAVE_MS;
  let most = 0;
  for (; Date.now() < end; await pause(50)) most = Math.max(most, resident());
  await attackers.end();
  await settled();
  console.log(`wave ${wave} of ${HOSTILE} hostile  ${most.toFixed(1).padStart(8)} MB at most, ${resident().toFixed(1)} MB after it`);
}
for (const wire of crowd) wire.end();
await pause(18000); // what was freed goes back to the system every 15 s
console.log(`alone again            ${resident().toFixed(1).padStart(8)} MB resident`);
clearInterval(sampler);
console.log(`honest clients         ${String(honest.said.length).padStart(8)} questions answered, the slowest in ${honest.slowest} ms`);
await honest.end();
await world.end();

mkdirSync('build/bench', { recursive: true });
mkdirSync('docs/images', { recursive: true });
writeFileSync(csv, 'seconds,resident_mb,waiting_mb,honest_answers\n' + rows.join('\n') + '\n');
execFileSync('gnuplot', {
  input: `
set terminal svg size 900,420 background "white" font "sans,13"
set output "${image}"
set datafile separator ","
set title "5,000 idle connections, ${WAVES} waves of ${HOSTILE} hostile ones, honest clients all the time"
set xlabel "seconds"
set ylabel "MB"
set y2label "honest questions answered"
set y2tics
set ytics nomirror
set yrange [0:*]
set key top left
plot "${csv}" every ::1 using 1:2 with lines lw 2 title "resident memory of the server", \\
     "" every ::1 using 1:3 with lines lw 1 title "waiting for slow clients (64 MiB allowed)", \\
     "" every ::1 using 1:4 axes x1y2 with lines dt 2 title "honest questions answered"
`,
});
console.log(`${csv} and ${image} are written`);
process.exit(0);
