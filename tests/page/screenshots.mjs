// Pictures of every view for docs: `BUILD=build/release node tests/page/screenshots.mjs [NAME…]` writes docs/images/page-*.png, light,
// dark and narrow, each with at most 256 colours (by Debian's pngquant) so that it stays small.
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from '../harness/browser.mjs';
import { until } from '../harness/check.mjs';
import { dataDirectory, orchdOk, root, Server } from '../harness/orchd.mjs';

const SIZE_MAX = 100 * 1024;
const password = 'correct horse battery';
const email = 'kim@lighthouse.example';
const folder = join(root, 'docs/images');
const looks = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  narrow: { colorScheme: 'light', viewport: { width: 390, height: 780 } },
};

const ready = (page, selector) => page.locator(selector).last().waitFor();
const views = [
  { name: 'login', path: '/login', stranger: true, there: (page) => page.getByRole('button', { name: 'Continue with Google' }).waitFor() },
  { name: 'chat', path: '/c/kitchen', there: (page) => page.getByText('Leek and potato').first().waitFor() },
  { name: 'control-room', path: '/daemons', there: (page) => ready(page, '.chart__plot canvas') },
  { name: 'daemon', path: '/daemons/mei-lin', there: (page) => ready(page, '.chart__plot canvas') },
  { name: 'new-orchestrator', path: '/orchestrators/new', there: (page) => ready(page, '.template') },
  {
    name: 'charter', path: '/orchestrators/bruno-steam',
    there: async (page) => {
      await page.getByLabel('Tone').waitFor();
      const panes = page.getByRole('radiogroup', { name: 'What is shown' });
      if (await panes.isVisible()) await panes.getByRole('radio', { name: 'Try it' }).click();
      for (const words of ['Hello! How are things?', 'Is the server down?']) {
        const say = page.getByLabel(/^Say something to/);
        await say.fill(words);
        await say.press('Enter');
        await page.getByRole('button', { name: 'Send' }).waitFor();
      }
    },
  },
  { name: 'settings', path: '/settings', there: (page) => page.getByText('this one').waitFor() },
];

/** The demo workspace, with some talk in it. */
async function lighthouse() {
  const data = dataDirectory();
  await orchdOk(['init', '--demo', '--data', data, '--email', email, '--name', 'Kim Keeper', '--password-stdin'], { input: `${password}\n` });
  return new Server(data, { env: { ORCHD_MODEL: 'rules', GOOGLE_CLIENT_ID: 'lighthouse', GOOGLE_CLIENT_SECRET: 'not-used' } }).start();
}

async function talk(page, address) {
  const send = async (slug, content) => {
    const answer = await page.request.post(`${address}/api/channels/${slug}/messages`, { data: { content } });
    if (answer.status() !== 201) throw new Error(await answer.text());
  };
  const lines = [
    ['kitchen', 'Eleven of us tonight. @mei, soup?'], ['kitchen', '@mei and **coffee** for the night shift, please'], ['general', '@orchestrator hello, all of you'],
    ['engine-room', '@bruno status?'], ['general', '@ada tell us a story'],
  ];
  for (const [slug, content] of lines) await send(slug, content);
  await until('all are answered', async () => {
    const { daemons } = await (await page.request.get(`${address}/api/daemons`)).json();
    return daemons.reduce((sum, { answered, queued, active }) => sum + answered - queued - active, 0) >= 7;
  });
}

/** Fewer colours, where the picture is too large; Debian's pngquant is not always there, and a picture is not worth failing for. */
function shrink(path) {
  try {
    execFileSync('pngquant', ['--force', '--skip-if-larger', '--output', path, '256', path], { stdio: 'ignore' });
  } catch {
    // It stays as it is; the check of sizes below says where that is too much.
  }
}

mkdirSync(folder, { recursive: true });
const wanted = process.argv.slice(2);
const server = await lighthouse();
const browser = await openBrowser();
const large = [];
let talked = false;
for (const [look, options] of Object.entries(looks)) {
  const stranger = await browser.visitor({ ...options, reducedMotion: 'reduce', deviceScaleFactor: 1 });
  const member = await browser.visitor({ ...options, reducedMotion: 'reduce', deviceScaleFactor: 1 });
  await member.request.post(`${server.address}/api/auth/login`, { data: { email, password } });
  if (!talked) await talk(member, server.address);
  talked = true;
  for (const { name, path, stranger: bare, there } of views.filter((each) => !wanted.length || wanted.includes(each.name))) {
    const page = bare ? stranger : member;
    await page.goto(server.address + path);
    await there(page);
    await page.evaluate(() => document.fonts.ready);
    const file = join(folder, `page-${name}-${look}.png`);
    await page.screenshot({ path: file });
    shrink(file);
    const { size } = statSync(file);
    console.log(`${file}: ${(size / 1024).toFixed(0)} KB`);
    if (size > SIZE_MAX) large.push(file);
  }
}
await browser.close();
await server.kill('SIGTERM');
if (large.length > 0) throw new Error(`larger than ${SIZE_MAX} bytes: ${large.join(', ')}`);
