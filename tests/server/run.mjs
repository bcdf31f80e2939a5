// The server's face against a real process: `BUILD=build/release node tests/server/run.mjs [TOPIC…]`
import { finish, test } from '../harness/check.mjs';

const topics = ['http', 'auth', 'account', 'login_link', 'openid', 'owner', 'people', 'channels', 'messages', 'history', 'unread', 'turns', 'search', 'orchestrators', 'control', 'charters', 'completions', 'websocket', 'resume', 'slow', 'limits', 'tls', 'ending'];
const wanted = process.argv.slice(2);

for (const topic of topics) {
  if (wanted.length && !wanted.includes(topic)) continue;
  console.log(`-- ${topic}`);
  await test(`${topic}, from start to end`, (await import(`./${topic}.mjs`)).default);
}
finish('BUILD=' + (process.env.BUILD ?? 'build/release') + ' node tests/server/run.mjs ' + wanted.join(' '));
