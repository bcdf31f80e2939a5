// The page in Debian's Chromium against a real orchd: `BUILD=build/release node tests/page/run.mjs [TOPIC…]`
import { openBrowser } from '../harness/browser.mjs';
import { finish } from '../harness/check.mjs';

const topics = ['talk', 'person', 'away', 'account', 'openid', 'control', 'charter', 'keyboard', 'accessible', 'hostile', 'many'];
const wanted = process.argv.slice(2);
const browser = await openBrowser();

for (const topic of topics) {
  if (wanted.length && !wanted.includes(topic)) continue;
  console.log(`-- ${topic}`);
  await browser.test(`${topic}, from start to end`, async () => (await import(`./${topic}.mjs`)).default(browser));
}
await browser.close();
finish('BUILD=' + (process.env.BUILD ?? 'build/release') + ' node tests/page/run.mjs ' + wanted.join(' '));
