// The module in a real browser: daemons in a worker, and hooks that follow an orchd.
import assert from 'node:assert/strict';

import { openBrowser, openPlainBrowser } from '../harness/browser.mjs';
import { until } from '../harness/check.mjs';
import { World } from '../server/world.mjs';
import { orchestrator } from './app.mjs';
import { bundle, servePages } from './pages.mjs';

const someone = (name) => orchestrator(name, { rules: [{ match: 'hello', reply: `Hello from ${name}.` }] });

/** A page with the module in it. */
async function corePage(visitor, address) {
  await visitor.goto(`${address}/core`);
  await visitor.waitForFunction(() => window.core);
  await visitor.evaluate(() => {
    let count = 0;
    window.message = (content, more) => ({ id: `msg_${++count}`, content, channelId: 'ch_1', authorId: 'user_olga', timestamp: new Date(), ...more });
    window.next = (emitter, name) => new Promise((resolve) => emitter.once(name, resolve));
    window.refusal = (promise) => promise.then(() => 'none', ({ name, code, message }) => `${name} ${code}: ${message}`);
  });
  return visitor;
}

async function answering(page, test) {
  await test('worker: the same manager, daemons and events in the page', async () => {
    const told = await page.evaluate(async (ada) => {
      const manager = getWorkerDaemonManager({ daemon: { heartbeatInterval: 100 } });
      const names = [];
      for (const name of ['daemon:started', 'daemon:message-processed', 'daemon:message-send', 'daemon:action']) manager.on(name, ({ orchestratorId }) => names.push(`${name} ${orchestratorId}`));
      const daemon = await manager.startDaemon(ada);
      const replies = [];
      daemon.on('message:send', ({ content, replyToId }) => replies.push([content, replyToId]));
      await daemon.handleMessage(message('hello @ada'));
      await manager.routeMessage(message('hello @ada'));
      await manager.routeMessage(message('planning'));
      await daemon.executeAction({ type: 'react', payload: { emoji: '👍' } });
      const { health, startedAt } = manager.getDaemonStatus(ada.id);
      return {
        names, replies, health, isDate: startedAt instanceof Date && health.lastHeartbeat instanceof Date,
        same: core.getDaemonManager() === manager && (await manager.startDaemon(ada)) === daemon && manager.getDaemon(ada.id) === daemon,
        running: manager.isDaemonRunning(ada.id) && daemon.isRunning() && [...manager.getRunningDaemons().keys()].join(),
        refusals: [
          await refusal(daemon.start()), await refusal(daemon.executeAction({ type: 'dance' })), await refusal(manager.restartDaemon('nobody')),
          await refusal(manager.startDaemon({ ...ada, id: 'b', user: { ...ada.user, id: 'c', orchestratorConfig: { charter: { personality: { tone: 7 } } } } })),
        ],
      };
    }, someone('Ada'));
    assert.deepEqual(told.replies, [['Hello from Ada.', 'msg_1'], ['Hello from Ada.', 'msg_2']]);
    assert.deepEqual(new Set(told.names.map((name) => name.split(' ')[0])), new Set(['daemon:started', 'daemon:message-processed', 'daemon:message-send', 'daemon:action']));
    assert.ok(told.same && told.isDate);
    assert.equal(told.running, told.names[0].split(' ')[1]);
    assert.deepEqual([told.health.status, told.health.totalMessagesProcessed, told.health.activeConversations], ['running', 2, 0]);
    assert.match(told.refusals[0], /^OrchestratorError already_running: Daemon is already running$/);
    assert.match(told.refusals[1], /dance/);
    assert.match(told.refusals[2], /No daemon running for orchestrator: nobody/);
    assert.match(told.refusals[3], /personality\.tone is 7/);
  });

  await test('worker: what comes while a daemon is off is answered after its next start', async () => {
    const replies = await page.evaluate(async (ben) => {
      const manager = core.getDaemonManager();
      const daemon = await manager.startDaemon(ben);
      await manager.stopDaemon(ben.id);
      const answered = next(daemon, 'message:send');
      await daemon.handleMessage(message('hello @ben'));
      const before = [daemon.getStatus(), manager.isDaemonRunning(ben.id)];
      await daemon.start();
      return [...before, (await answered).content, daemon.getStatus()];
    }, someone('Ben'));
    assert.deepEqual(replies, ['stopped', false, 'Hello from Ben.', 'running']);
  });

  await test('worker: generateResponse is called in the page, with the conversation; what it throws is told', async () => {
    const told = await page.evaluate(async (cleo) => {
      const generateResponse = ({ content }, { systemPrompt, messages, charter: { personality }, orchestrator: { user } }) => {
        if (content.includes('fail')) throw new RangeError('out of words');
        return `${user.name} was asked ${messages.length} things; ${systemPrompt.includes(user.name)}${personality ? `, ${personality.tone}` : ''}`;
      };
      const manager = core.initializeDaemonManager({ daemon: { generateResponse } });
      const daemon = await manager.startDaemon(cleo);
      const reply = next(daemon, 'message:send');
      await daemon.handleMessage(message('what is it, @cleo?', { channelId: 'ch_2' }));
      const failure = next(daemon, 'message:error');
      await daemon.handleMessage(message('fail, @cleo', { channelId: 'ch_2' }));
      const { error, message: failed } = await failure;
      const charter = { personality: { tone: 'warm' } };
      await manager.startDaemon({ ...cleo, user: { ...cleo.user, orchestratorConfig: { charter } } });
      const warmer = next(daemon, 'message:send');
      await daemon.handleMessage(message('and now, @cleo?', { channelId: 'ch_3' }));
      return [(await reply).content, failed.content, error.name, error.message, (await warmer).content];
    }, someone('Cleo'));
    assert.deepEqual(told, ['Cleo was asked 1 things; true', 'fail, @cleo', 'RangeError', 'out of words', 'Cleo was asked 1 things; true, warm']);
  });
}

async function hidden(address) {
  const browser = await openPlainBrowser();
  const page = await corePage(await browser.visitor(), address);
  await browser.test('worker: heartbeats go on while the page is hidden, and its own timers hardly do', async () => {
    await page.evaluate(async (dora) => {
      const manager = getWorkerDaemonManager({ daemon: { heartbeatInterval: 100 } });
      const daemon = await manager.startDaemon(dora);
      window.beats = [];
      window.ticks = 0;
      daemon.on('heartbeat', ({ lastHeartbeat }) => beats.push([document.visibilityState, lastHeartbeat.getTime()]));
    }, someone('Dora'));
    const other = await page.context().newPage();
    await other.bringToFront();
    await until('the page is hidden', () => page.evaluate(() => document.visibilityState === 'hidden'));
    await page.evaluate(() => {
      beats.length = 0;
      window.since = performance.now();
      setInterval(() => ticks++, 100);
    });
    await until('thirty heartbeats sooner than a hidden page has another turn', () => page.evaluate(() => beats.filter(([, at], i) => i > 0 && at - beats[i - 1][1] < 900).length >= 30));
    const { beats, ticks, seconds, state } = await page.evaluate(() => ({ beats, ticks, seconds: (performance.now() - since) / 1000, state: document.visibilityState }));
    assert.equal(state, 'hidden');
    assert.ok(beats.every(([seen]) => seen === 'hidden'));
    assert.equal(new Set(beats.map(([, at]) => at)).size, beats.length, 'each heartbeat ran at a time of its own');
    assert.ok(ticks <= seconds + 2, `${ticks} ticks of the page's own timer in ${seconds} s beside ${beats.length} heartbeats`);
  });
  await browser.close();
}

async function ending(browser, page, address) {
  await browser.test('worker: resetInstance() stops the daemons and ends the worker', async () => {
    assert.equal(page.workers().length, 1);
    const left = await page.evaluate(async () => {
      const manager = core.getDaemonManager();
      await core.OrchestratorDaemonManager.resetInstance();
      return manager.getRunningDaemons().size;
    });
    assert.equal(left, 0);
    await until('the worker is gone', () => page.workers().length === 0);
  });

  await browser.test('worker: one whose script cannot be loaded refuses, and says so; afterwards there can be another', async () => {
    const said = await page.evaluate(async (ada) => {
      const manager = getWorkerDaemonManager({}, { worker: new Worker('/nowhere.js', { type: 'module' }) });
      const refusals = [await refusal(manager.startDaemon(ada)), await refusal(manager.startDaemon(ada))];
      await core.OrchestratorDaemonManager.resetInstance();
      return refusals;
    }, someone('Ada'));
    for (const each of said) assert.match(each, /^OrchestratorError worker: the worker of the daemons failed/);
  }, { expected: [/nowhere\.js/, /worker of the daemons failed/] });

  await browser.test('worker: one that breaks while its daemons run is ended, and they are in error', async () => {
    const told = await page.evaluate(async (ada) => {
      const worker = new Worker('/worker-script.js', { type: 'module' });
      const manager = getWorkerDaemonManager({}, { worker });
      const daemon = await manager.startDaemon(ada);
      const failed = next(manager, 'daemon:error');
      worker.postMessage('break'); // no message of the protocol
      const { error } = await failed;
      const told = [error.code, error.message, daemon.getStatus(), manager.getDaemonStatus(ada.id).status, manager.isDaemonRunning(ada.id)];
      await core.OrchestratorDaemonManager.resetInstance();
      return told;
    }, someone('Ada'));
    assert.deepEqual([told[0], ...told.slice(2)], ['worker', 'error', 'error', false]);
    assert.match(told[1], /the worker of the daemons failed: .*break/);
  }, { expected: [/break/] });

  await browser.test('worker: a shared one serves the pages of an origin; each sees the daemons of all, also when one of them is closed', async () => {
    const begin = (each, who) => each.evaluate(async (orchestrator) => {
      const worker = new SharedWorker('/worker-script.js', { type: 'module' });
      const manager = getWorkerDaemonManager({}, { worker });
      window.replies = [];
      manager.on('daemon:message-send', ({ message: { content } }) => replies.push(content));
      await manager.startDaemon(orchestrator);
    }, who);
    const eve = someone('Eve');
    const one = await corePage(await page.context().newPage(), address);
    const two = await corePage(await page.context().newPage(), address);
    await begin(one, eve);
    await begin(two, someone('Fay'));
    const running = (each) => each.evaluate(() => [...core.getDaemonManager().getRunningDaemons().values()].map(({ orchestrator }) => orchestrator.user.name).sort().join());
    for (const each of [one, two]) await until('it knows what the other one started', async () => (await running(each)) === 'Eve,Fay');
    await two.evaluate(() => core.getDaemonManager().routeMessage(message('hello @eve')));
    for (const each of [one, two]) await until('both pages hear the reply', () => each.evaluate(() => replies.length === 1));
    await one.close();
    await two.evaluate(() => core.getDaemonManager().routeMessage(message('hello @eve', { id: 'another' })));
    assert.deepEqual(await two.evaluate(() => replies), ['Hello from Eve.', 'Hello from Eve.']);
    const three = await corePage(await page.context().newPage(), address);
    await three.evaluate(() => void getWorkerDaemonManager({}, { worker: new SharedWorker('/worker-script.js', { type: 'module' }) }));
    await until('a page that came later knows all', async () => (await running(three)) === 'Eve,Fay');
    await three.evaluate((id) => core.getDaemonManager().stopDaemon(id), eve.id);
    await until('the other one sees it', async () => (await running(two)) === 'Fay');
    await three.close();
    await two.close();
  });
}

async function hooks(browser, address) {
  const world = await World.make({ args: ['--origin', address] });
  const ada = await world.addOrchestrator('Ada', undefined, { channels: [world.general.id] });
  await bundle('hooks.jsx', { 'process.env.NODE_ENV': '"development"', 'process.env.NEXT_PUBLIC_ORCHD_URL': JSON.stringify(world.address) });
  const page = await browser.visitor();
  const show = async (text) => {
    for (const label of ['own', "the document's"]) await page.getByLabel(label, { exact: true }).getByText(text).waitFor();
  };
  await page.goto(`${address}/hooks`);

  await browser.test('hook: the document\'s and the module\'s own follow an orchd at another origin', async () => {
    await page.evaluate(async ([url, email, password]) => {
      const headers = { 'content-type': 'application/json' };
      const { status } = await fetch(`${url}/api/auth/login`, { method: 'POST', credentials: 'include', headers, body: JSON.stringify({ email, password }) });
      if (status !== 200) throw new Error(`login: ${status}`);
    }, [world.address, 'alice@test.example', 'correct horse battery']);
    await page.evaluate((id) => show(id), ada.id);
    await show('running, runs');
    await world.post(`/api/daemons/${ada.id}/stop`, world.admin);
    await show('stopped, does not run');
    await world.post(`/api/daemons/${ada.id}/start`, world.admin);
    await show('running, runs');
  });

  await browser.test('hook: kill -9 of orchd is seen and recovered from', async () => {
    await world.server.kill('SIGKILL');
    await show('error, does not run');
    await world.server.start();
    await show('running, runs');
  }, { expected: [/WebSocket connection to .* failed/] });
  await world.server.kill('SIGTERM');
}

export async function inBrowser() {
  const browser = await openBrowser();
  const pages = await servePages();
  await bundle('core.js');
  const page = await corePage(await browser.visitor(), pages.address);
  const test = (...args) => browser.test(...args);
  await answering(page, test);
  await hidden(pages.address);
  await ending(browser, page, pages.address);
  await hooks(browser, pages.address);
  await browser.close();
  pages.close();
}
