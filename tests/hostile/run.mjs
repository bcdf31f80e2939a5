// Bad input by independent clients, while honest ones chat: `BUILD=build/release node tests/hostile/run.mjs [TOPIC…]`
import { finish, test } from '../harness/check.mjs';
import { World } from '../server/world.mjs';
import { Honest } from './honest.mjs';

const topics = ['frames', 'calls', 'requests', 'rights', 'slow', 'resume', 'crowd'];
const wanted = process.argv.slice(2);

process.on('warning', () => {}); // of node's own parser of HTTP, which is not meant to be used alone

for (const topic of topics) {
  if (wanted.length && !wanted.includes(topic)) continue;
  console.log(`-- ${topic}`);
  await test(`${topic}, from start to end`, async () => {
    const { default: run, server = {} } = await import(`./${topic}.mjs`);
    const world = await World.make(server);
    world.people.mallory = await world.addUser('mallory');
    const honest = await Honest.begin(world);
    await run(world, honest);
    await honest.end();
    console.log(`       ${honest.said.length} honest questions answered, the slowest in ${honest.slowest} ms`);
    await world.end();
  });
}
finish('BUILD=' + (process.env.BUILD ?? 'build/release') + ' node tests/hostile/run.mjs ' + wanted.join(' '));
