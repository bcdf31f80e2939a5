// Faults of the machine against the unmodified program: `BUILD=build/release node tests/faults/run.mjs [TOPIC…]`
// Cases of a topic run side by side: most of their time is waiting.
import { finish, test } from '../harness/check.mjs';

const topics = ['storage', 'start', 'resources', 'clocks', 'network'];
const wanted = process.argv.slice(2);
const AT_ONCE = 3;

for (const topic of topics) {
  if (wanted.length && !wanted.includes(topic)) continue;
  console.log(`-- ${topic}`);
  const waiting = Object.entries((await import(`./${topic}.mjs`)).cases);
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await test(...next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
finish('BUILD=' + (process.env.BUILD ?? 'build/release') + ' node tests/faults/run.mjs ' + wanted.join(' '));
