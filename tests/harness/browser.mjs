// A real browser for tests: Debian's Chromium, driven by playwright-core. Its pages are playwright's own; what they add up to is
// watched: an error on a console, an exception that nobody caught, a request that failed and a page that crashed make the test
// fail, unless the test says that it expects them. When a test fails, build/log/ has a picture of every open page.
//
//     const browser = await openBrowser();
//     const page = await browser.visitor();                  // somebody new, with cookies and storage of their own
//     await browser.test('the page greets', async () => {
//       await page.goto(address);
//       await page.getByRole('heading', { name: 'Welcome' }).waitFor();
//     });
//     await browser.close();
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

import { test } from './check.mjs';
import { dataDirectory, root } from './orchd.mjs';

const program = process.env.CHROMIUM ?? '/usr/bin/chromium';
const pictures = join(root, 'build/log');
const WAIT_MS = 20000;
/** A page that is opened is loaded, compiled and drawn for the first time: of all that is waited for, the most work. */
const LOAD_MS = 60000;
/** Answers to calls over a WebSocket come up to so many milliseconds later, behind notices that were sent after them: JITTER=200.
 * Not those about daemons, which the server answers from memory, in the order of its notices. */
const jitterMs = Number(process.env.JITTER ?? 0);

/** Options are those of playwright's launch(): args, ignoreDefaultArgs, … */
export async function openBrowser(options = {}) {
  const launched = await chromium.launch({ executablePath: program, chromiumSandbox: false, ...options });
  return new Browser((more) => launched.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...more }), () => launched.close());
}

/** A browser as people have it, with one visitor. Playwright keeps its own pages in front and awake; here a page behind another
 * one is hidden, and its timers are slowed. */
export async function openPlainBrowser() {
  const args = ['--headless', '--no-sandbox', '--no-first-run', '--disable-dev-shm-usage', '--remote-debugging-port=0', `--user-data-dir=${dataDirectory()}`];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  process.on('exit', () => child.kill('SIGKILL'));
  const address = await new Promise((listening, failed) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const found = /^DevTools listening on (\S+)/.exec(line);
      if (found) listening(found[1]);
    });
    exited.then(() => failed(new Error(`${program} ended`)));
  });
  const driven = await chromium.connectOverCDP(address, { noDefaults: true });
  return new Browser(() => driven.contexts()[0], async () => {
    await driven.close();
    child.kill();
    await exited;
  });
}

async function delayAnswers(context) {
  await context.routeWebSocket(/\/ws/, (socket) => {
    const server = socket.connectToServer();
    const inOrder = new Set();
    socket.onMessage((text) => {
      const { id, method } = JSON.parse(text);
      if (method.startsWith('daemon.')) inOrder.add(id);
      server.send(text);
    });
    server.onMessage((text) => {
      const { id, method } = JSON.parse(text);
      if (method || inOrder.delete(id)) socket.send(text);
      else setTimeout(() => socket.send(text), Math.random() * jitterMs);
    });
  });
}

class Browser {
  #makeContext;
  #end;
  #pages = new Set();
  #troubles = [];

  constructor(makeContext, end) {
    this.#makeContext = makeContext;
    this.#end = end;
  }

  /** A page of somebody new; a second one of the same person is `page.context().newPage()`. Options are those of playwright's
   * newContext(): viewport, colorScheme, reducedMotion, … */
  async visitor(options = {}) {
    const context = await this.#makeContext(options);
    context.setDefaultTimeout(WAIT_MS);
    context.setDefaultNavigationTimeout(LOAD_MS);
    context.on('page', (page) => this.#watch(page));
    if (jitterMs > 0) await delayAnswers(context);
    return context.newPage();
  }

  #watch(page) {
    const trouble = (text) => this.#troubles.push(text);
    this.#pages.add(page);
    page.on('console', (message) => message.type() === 'error' && trouble(`console: ${message.text()} (${message.location().url})`));
    page.on('pageerror', (error) => trouble(`exception: ${error?.stack ?? error}`));
    page.on('crash', () => trouble(`the page ${page.url()} crashed`));
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText;
      // A page that is left or closed gives up what it was loading.
      if (why !== 'net::ERR_ABORTED') trouble(`request: ${request.method()} ${request.url()}: ${why}`);
    });
    page.on('close', () => this.#pages.delete(page));
  }

  /** A named case. `expected`: patterns of the troubles that belong to it. */
  test(name, body, { expected = [] } = {}) {
    return test(name, async () => {
      try {
        await body();
      } catch (error) {
        throw await this.#explained(error, name, expected);
      }
      await this.#heard();
      const unexpected = this.#unexpected(expected);
      if (unexpected.length > 0) throw await this.#explained(new Error(`trouble in the browser:\n${unexpected.join('\n')}`), name);
    });
  }

  /** What pages told before this is in the list after it: their events come in order. */
  #heard() {
    return Promise.all([...this.#pages].map((page) => page.evaluate(() => 0).catch(() => {})));
  }

  #unexpected(expected) {
    return this.#troubles.splice(0).filter((trouble) => !expected.some((pattern) => pattern.test(trouble)));
  }

  async #explained(error, name, expected = []) {
    const lines = this.#unexpected(expected);
    const taken = await this.#takePictures(name);
    error.stack = [error.stack, ...lines, ...taken.map((path) => `picture: ${path}`)].join('\n');
    return error;
  }

  async #takePictures(name) {
    mkdirSync(pictures, { recursive: true });
    const slug = name.toLowerCase().replace(/\W+/g, '-').slice(0, 60);
    const taken = [...this.#pages].map(async (page, index) => {
      const path = join(pictures, `${slug}-${index + 1}.png`);
      await page.screenshot({ path, timeout: 5000 });
      return path;
    });
    return (await Promise.allSettled(taken)).filter(({ value }) => value).map(({ value }) => value);
  }

  /** From now on the tasks of this page are recorded. */
  async traced(page) {
    await page.context().browser().startTracing(page, { categories: ['disabled-by-default-devtools.timeline', 'devtools.timeline'] });
  }

  /** The longest task since then, in milliseconds of the processor: how busy the machine is otherwise does not count. */
  async longestTask(page) {
    const { traceEvents } = JSON.parse(await page.context().browser().stopTracing());
    const main = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
    const tasks = traceEvents.filter(({ name, pid, tid, tdur }) => name === 'RunTask' && tdur !== undefined && main.has(`${pid} ${tid}`));
    if (tasks.length === 0) throw new Error('no task was recorded');
    return Math.max(...tasks.map(({ tdur }) => tdur)) / 1000;
  }

  close() {
    return this.#end();
  }
}
