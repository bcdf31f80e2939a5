// @neolith/core in a real app of Next.js: the document's login route and hook, as they stand, in a site that is built and started
// against a real orchd, visited by an orchestrator and by a person in a real browser.
import assert from 'node:assert/strict';
import { randomBytes, scryptSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import WebSocket from 'ws';

import { openBrowser } from '../harness/browser.mjs';
import { finish, test, until } from '../harness/check.mjs';
import { samples } from '../harness/document.mjs';
import { World } from '../server/world.mjs';
import { buildSite, prepareSite, Site, source } from './site.mjs';

const password = 'a password of the site';
// What browsers write on their console while orchd is away.
const away = [/WebSocket connection to .* failed/];

function account({ id, email, name }, isOrchestrator) {
  const salt = randomBytes(16).toString('hex');
  return { id, email, name, isOrchestrator, salt, hash: scryptSync(password, salt, 64).toString('hex') };
}

/** An orchd with Ada, who is off, and Alice; and the accounts of both at the site. */
async function makeWorld() {
  const world = await World.make();
  const ada = await world.addOrchestrator('Ada', { rules: [{ match: '/again/', reply: 'Here I am again.' }, { match: 'hello', reply: 'Hello, I am Ada.' }] },
    { channels: [world.general.id] });
  const { alice } = world.people;
  await world.post(`/api/orchestrators/${ada.id}/logout`, world.admin);
  await until('Ada is off', async () => (await statusOf(world, ada)) === 'stopped');
  const accounts = join(world.data, 'accounts.json');
  writeFileSync(accounts, JSON.stringify([account({ ...ada, id: ada.userId }, true), account(alice, false)]));
  const { body: { token } } = await world.post('/api/tokens', world.admin, { name: 'the site' });
  const env = {
    ORCHD_URL: world.address, ORCHD_TOKEN: token, ORCHD_OWNER_TOKEN_FILE: join(world.data, 'owner.token'), SITE_ACCOUNTS: accounts,
  };
  return { world, ada, alice, env };
}

async function statusOf(world, { id }) {
  return (await world.get(`/api/daemons/${id}`, world.admin)).body.health.status;
}

/** orchd again, as it is now told to be started. */
async function restart({ server }, signal) {
  await server.kill(signal);
  await server.start();
}

async function logIn(page, email, word = password) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(word);
  await page.getByRole('button', { name: 'Log in' }).click();
}

const status = (page) => page.getByRole('listitem', { name: 'Ada' }).getByRole('status');
const line = (page, text) => page.getByRole('list', { name: 'Messages' }).getByRole('listitem').filter({ hasText: text });

async function shows(page, word) {
  await status(page).getByText(word, { exact: true }).waitFor();
}

async function say(page, text) {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

/** How an upgrade of the site's /ws ends, for who is nobody there. */
function knock(site, headers) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${site.address.replace('http', 'ws')}/ws`, { headers });
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
    socket.on('open', () => resolve('open'));
    socket.on('error', (error) => resolve(error.message));
  });
}

await test('next: route and hook are the document\'s, letter for letter', () => {
  const codes = samples();
  if (!codes) {
    console.log('skipped: the document is not beside this checkout (ORCHD_DOCUMENT names it)');
    return;
  }
  for (const path of ['app/api/auth/login/route.ts', 'hooks/useOrchestratorDaemon.ts']) {
    assert.ok(codes.includes(readFileSync(join(source, path), 'utf8')), `${path} differs from the document`);
  }
});

const { world, ada, alice, env } = await makeWorld();
let site;
await test('next: the site is built, its types checked, and served', async () => {
  prepareSite();
  buildSite(env);
  site = await Site.start(env);
  // From now on orchd takes what pages of the site ask.
  world.server.args = ['--origin', site.address, '--trusted-proxy', '127.0.0.1'];
  await restart(world, 'SIGTERM');
});

const browser = await openBrowser();
const adas = await browser.visitor();
const alices = await browser.visitor({ colorScheme: 'dark' });

await test('next: who is not logged in, or comes from a page elsewhere, does not reach orchd', async () => {
  assert.equal((await fetch(`${site.address}/api/orchestrators`)).status, 401);
  assert.equal(await knock(site, {}), 401);
  const cookie = `orchd_session=${alice.token}`;
  assert.equal(await knock(site, { cookie, origin: 'https://elsewhere.example' }), 403);
  assert.equal(await knock(site, { cookie, origin: site.address }), 'open');
});

await browser.test('next: a wrong password is refused, and starts nothing', async () => {
  await adas.goto(site.address);
  await logIn(adas, ada.email, 'something else');
  await adas.getByRole('alert').getByText('wrong').waitFor();
  assert.deepEqual(await adas.context().cookies(), []);
  assert.equal(await statusOf(world, ada), 'stopped');
}, { expected: [/401 \(Unauthorized\)/] });

await browser.test('next: a person who logs in sees the daemons, and starts none', async () => {
  await alices.goto(site.address);
  await logIn(alices, alice.email);
  await shows(alices, 'stopped');
  assert.equal(await statusOf(world, ada), 'stopped');
  const [cookie] = await alices.context().cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite], ['orchd_session', true, 'Lax']);
});

await browser.test('next: the login of an orchestrator starts its daemon; pages see it run', async () => {
  await logIn(adas, ada.email);
  await shows(adas, 'running');
  await shows(alices, 'running');
  assert.equal(await statusOf(world, ada), 'running');
});

await browser.test('next: a message gets its reply, in every page', async () => {
  await say(alices, 'hello @ada');
  await line(alices, 'Hello, I am Ada.').waitFor();
  await line(adas, 'Hello, I am Ada.').waitFor();
  assert.equal(await line(alices, 'hello @ada').getAttribute('data-state'), 'dealt with');
});

await browser.test('next: a restart of orchd is seen and recovered from', async () => {
  await world.server.kill('SIGTERM');
  await shows(alices, 'stopped');
  await world.server.start();
  await shows(alices, 'running');
  await shows(adas, 'running');
  await say(alices, '@ada, again?');
  await line(alices, 'Here I am again.').waitFor();
  assert.equal(await line(alices, 'Here I am again.').count(), 1);
}, { expected: away });

await browser.test('next: kill -9 of orchd is seen and recovered from; what was not sent is sent again', async () => {
  await world.server.kill('SIGKILL');
  await shows(alices, 'error');
  await say(alices, 'hello @ada, are you there?');
  await world.server.start();
  await shows(alices, 'running');
  const sent = line(alices, 'are you there?');
  await until('the message was dealt with', async () => {
    const again = sent.getByRole('button', { name: 'Send again' });
    if (await again.isVisible()) await again.click();
    return (await sent.getAttribute('data-state')) === 'dealt with';
  });
  await until('its reply, once', async () => (await line(alices, 'Hello, I am Ada.').count()) === 2);
}, { expected: away });

await browser.test('next: a logout stops the daemon, a login after the kill starts it again', async () => {
  await adas.getByRole('button', { name: 'Log out' }).click();
  await adas.getByRole('button', { name: 'Log in' }).waitFor();
  await shows(alices, 'stopped');
  assert.equal(await statusOf(world, ada), 'stopped');
  await logIn(adas, ada.email);
  await shows(adas, 'running');
  await shows(alices, 'running');
}, { expected: away });

await browser.test('next: daemons in a worker of the page, which the bundler brought along', async () => {
  const page = await browser.visitor();
  await page.goto(`${site.address}/worker`);
  await page.getByRole('status').getByText('Hello @echo, Hello @echo').waitFor();
  await until('heartbeats', async () => parseInt(await page.getByText('heartbeats').textContent(), 10) >= 3);
  assert.equal(page.workers().length, 1);
});

await browser.close();
await site.end();
await world.server.kill('SIGTERM');
finish('./dev test next');
