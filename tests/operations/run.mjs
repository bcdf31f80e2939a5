// What the person who runs the server uses: doctor, backup, restore, the log, the service manager.
// `BUILD=build/release node tests/operations/run.mjs [TOPIC…]`
import { finish, test } from '../harness/check.mjs';

const topics = ['doctor', 'doctor_model', 'doctor_login', 'doctor_machine', 'backup', 'restore', 'log', 'service', 'unit'];
const wanted = process.argv.slice(2);

for (const topic of topics) {
  if (wanted.length && !wanted.includes(topic)) continue;
  console.log(`-- ${topic}`);
  await test(`${topic}, from start to end`, (await import(`./${topic}.mjs`)).default);
}
finish('BUILD=' + (process.env.BUILD ?? 'build/release') + ' node tests/operations/run.mjs ' + wanted.join(' '));
