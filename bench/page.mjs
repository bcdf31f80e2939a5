// The first load of the page on a throttled connection and a slow processor: `./dev bench page [ROUNDS [NETWORK]]`.
//
//   paint      the first of it is on the screen
//   usable     the login's first field is there; the channel's messages are shown, one can write, and no bar says that one is offline
//
// cold: a browser that was never here; warm: its files are in the browser's cache; installed: the service worker has them. The network is
// that of Chromium's developer tools, of the same name; the delay is that of each request, as theirs.
import { openBrowser } from '../tests/harness/browser.mjs';
import { SpokenModel } from '../tests/page/model.mjs';
import { Stage } from '../tests/page/stage.mjs';

const SLOW = { down: 1_440_000, up: 675_000, delay: 562.5 };
const FAST = { down: 8_100_000, up: 1_350_000, delay: 165 };
const NETWORKS = {
  'Slow 4G': { ...SLOW, cpu: 1 },
  'Slow 4G and a processor 4 times slower': { ...SLOW, cpu: 4 },
  'Fast 4G and a processor 4 times slower': { ...FAST, cpu: 4 },
  'this machine': { down: -1, up: -1, delay: 0, cpu: 1 },
};
const rounds = Number(process.argv[2] ?? 3);
const only = process.argv[3] ?? '';
const FIELD = { chat: 'textarea', login: 'input[name=email]' };

async function throttle(page, { down, up, delay, cpu }) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: delay, downloadThroughput: down / 8, uploadThroughput: up / 8 });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: cpu });
  return devtools;
}

/** What comes over the wire, by kind, heads included. */
function weigh(devtools) {
  const kinds = new Map();
  const bytes = {};
  let requests = 0;
  devtools.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? 'Other';
    bytes[kind] = (bytes[kind] ?? 0) + encodedDataLength;
    requests++;
  });
  return () => ({ ...bytes, requests });
}

async function visit(page, network, path, view) {
  const devtools = await throttle(page, network);
  const weight = weigh(devtools);
  await page.addInitScript((selector) => {
    const seen = () => {
      const ready = selector === 'textarea' ? document.querySelector('article.message') && !document.querySelector('.offline-bar') : true;
      if (document.querySelector(selector) && ready) globalThis.readyAt ??= performance.now();
      else requestAnimationFrame(seen);
    };
    requestAnimationFrame(seen);
  }, FIELD[view]);
  await page.goto(path, { timeout: 120_000 });
  await page.waitForFunction(() => globalThis.readyAt !== undefined && performance.getEntriesByName('first-contentful-paint').length > 0, undefined, { timeout: 120_000 });
  const times = await page.evaluate(() => ({ paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, ready: globalThis.readyAt }));
  await devtools.detach();
  return { ...times, weight: weight() };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

const browser = await openBrowser();
const model = await SpokenModel.start();
const stage = await Stage.open(model);
const { body: { channels } } = await stage.api('GET', '/api/channels');
const kitchen = channels.find(({ slug }) => slug === 'kitchen');
for (let i = 1; i <= 60; i++) await stage.api('POST', `/api/channels/${kitchen.id}/messages`, { content: `Entry ${i} of the kitchen's book, with **some** words and a \`spoon\`.` });

async function newcomer(options = {}) {
  return browser.visitor({ baseURL: stage.address, serviceWorkers: 'block', ...options });
}

const CASES = {
  'login, cold': async (network) => {
    const page = await newcomer();
    return [page, await visit(page, network, '/', 'login')];
  },
  'chat, cold': async (network) => {
    const page = await stage.person(browser, 'ann', { serviceWorkers: 'block' });
    return [page, await visit(page, network, '/c/kitchen', 'chat')];
  },
  'chat, warm': async (network) => {
    const first = await stage.person(browser, 'ann', { serviceWorkers: 'block' });
    await visit(first, NETWORKS['this machine'], '/c/kitchen', 'chat');
    const page = await first.context().newPage();
    await first.close();
    return [page, await visit(page, network, '/c/kitchen', 'chat')];
  },
  'chat, installed': async (network) => {
    const first = await stage.person(browser, 'ann');
    await visit(first, NETWORKS['this machine'], '/c/kitchen', 'chat');
    await first.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
    const page = await first.context().newPage();
    await first.close();
    return [page, await visit(page, network, '/c/kitchen', 'chat')];
  },
};

for (const [name, network] of Object.entries(NETWORKS).filter(([each]) => each.startsWith(only))) {
  console.log(`\n${name}`);
  for (const [what, run] of Object.entries(CASES)) {
    const results = [];
    for (let i = 0; i < rounds; i++) {
      const [page, result] = await run(network);
      results.push(result);
      await page.context().close();
    }
    console.log(`  ${what.padEnd(18)} paint ${seconds(median(results.map(({ paint }) => paint)))}, usable ${seconds(median(results.map(({ ready }) => ready)))}`);
    if (name !== 'this machine') continue;
    const { requests, ...kinds } = results[0].weight;
    console.log(`${''.padEnd(21)}${requests} requests; ${Object.entries(kinds).map(([kind, bytes]) => `${kind.toLowerCase()} ${(bytes / 1024).toFixed(1)} KB`).join(', ')}`);
  }
}
await stage.server.kill();
model.close();
await browser.close();
process.exit(0);
