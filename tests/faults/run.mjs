// Faults of the machine against the unmodified program: `BUILD=build/release node tests/faults/run.mjs [TOPIC…]`
// Cases run side by side: most of their time is waiting. The longest ones come first.
import { finish, test } from '../harness/check.mjs';

const topics = ['network', 'storage', 'clocks', 'start', 'resources'];
const wanted = process.argv.slice(2);
const AT_ONCE = 4;
const waiting = [];

for (const topic of topics) {
  if (wanted.length && !wanted.includes(topic)) continue;
  for (const [name, body] of Object.entries((await import(`./${topic}.mjs`)).cases)) waiting.push([`${topic}: ${name}`, body]);
}
const worker = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) await test(...next);
};
await Promise.all(Array.from({ length: AT_ONCE }, worker));
finish('BUILD=' + (process.env.BUILD ?? 'build/release') + ' node tests/faults/run.mjs ' + wanted.join(' '));
