// The server against its description: `BUILD=build/release node tests/protocol/run.mjs [TOPIC…]`
import { finish, test } from '../harness/check.mjs';

const topics = ['documents', 'calls', 'refusals', 'tables'];
const wanted = process.argv.slice(2);

for (const topic of topics) {
  if (wanted.length && !wanted.includes(topic)) continue;
  console.log(`-- ${topic}`);
  await test(`${topic}, from start to end`, (await import(`./${topic}.mjs`)).default);
}
finish('BUILD=' + (process.env.BUILD ?? 'build/release') + ' node tests/protocol/run.mjs ' + wanted.join(' '));
