// The card of a person or an orchestrator, which the hook of the daemon guide drives.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, until } from '../harness/check.mjs';
import { samples } from '../harness/document.mjs';
import { root } from '../harness/orchd.mjs';
import { faultsOf, House } from './house.mjs';

const HOOK = 'web/src/hooks/useOrchestratorDaemon.ts';

const card = (page, name) => page.getByRole('dialog', { name });
const time = (page, name, nth) => card(page, name).locator('time').nth(nth).getAttribute('datetime');

/** What the page asks of the server over its WebSocket, as [method, params]. */
function asked(page) {
  const calls = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => {
    const { method, params } = JSON.parse(payload);
    calls.push([method, params]);
  }));
  return calls;
}

export default async function (browser) {
  await test('the hook is the document\'s, letter for letter', () => {
    const codes = samples();
    if (!codes) {
      console.log('skipped: the document is not beside this checkout (ORCHD_DOCUMENT names it)');
      return;
    }
    assert.ok(codes.includes(readFileSync(join(root, HOOK), 'utf8')), `${HOOK} differs from the document`);
  });

  const house = await House.open(browser);
  const { world } = house;
  const bruno = await house.addOrchestrator('Bruno Steam');
  for (const name of ['Mei Lin', 'Otto Tide']) await house.addOrchestrator(name);
  const daemon = async () => (await world.get(`/api/daemons/${bruno.id}`, world.admin)).body;
  await world.say(world.people.alice.token, world.general.id, '@bruno hello');
  await until('it answered', async () => (await daemon()).answered === 1);

  /** The card, opened by the name above what Bruno wrote. */
  const open = async (options) => {
    const page = await house.stranger(options);
    const calls = asked(page);
    await page.context().addCookies([{ name: 'orchd_session', value: await world.sessionOf(options?.email ?? world.ownerEmail), url: house.address, httpOnly: true, sameSite: 'Lax' }]);
    await page.goto(`${house.address}/c/general`);
    await page.getByRole('article').getByRole('button', { name: 'Bruno Steam', exact: true }).last().click();
    await card(page, 'Bruno Steam').getByText('Running').first().waitFor();
    return { page, calls };
  };

  await house.test('how it is, with each heartbeat; only this daemon is mirrored, and only while it is shown', async () => {
    const { page, calls } = await open();
    const figures = card(page, 'Bruno Steam').locator('.figure');
    assert.deepEqual((await figures.locator('dt').allTextContents()), ['Heartbeat', 'Conversations', 'Answered']);
    assert.equal(await figures.nth(2).locator('dd').textContent(), '1');
    const first = await time(page, 'Bruno Steam', 1);
    await until('its heart beats', async () => await time(page, 'Bruno Steam', 1) !== first);
    await world.say(world.people.alice.token, world.general.id, '@bruno status');
    await figures.nth(2).locator('dd').getByText('2', { exact: true }).waitFor();
    assert.ok(!calls.some(([method]) => method === 'daemon.list'), 'all daemons were asked for');
    assert.deepEqual(calls.filter(([method]) => method === 'daemon.get').map(([, params]) => params), [{ orchestratorId: bruno.id }]);
    const wanted = () => calls.filter(([method]) => method === 'subscribe').at(-1)[1].daemons;
    assert.deepEqual(wanted(), [bruno.id]);
    await page.keyboard.press('Escape');
    await card(page, 'Bruno Steam').waitFor({ state: 'detached' });
    await until('it is not followed any more', () => wanted() === 'none');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Bruno Steam', 'the focus is back');
  });

  await house.test('stopped, started and restarted from the card, and by somebody else', async () => {
    const { page } = await open();
    const shown = card(page, 'Bruno Steam');
    await shown.getByRole('button', { name: 'Stop' }).click();
    await shown.getByText('Stopped').first().waitFor();
    assert.equal((await daemon()).health.status, 'stopped');
    await shown.getByRole('button', { name: 'Start' }).click();
    await shown.getByText('Running').first().waitFor();
    const { startedAt } = await daemon();
    const since = await time(page, 'Bruno Steam', 0);
    await shown.getByRole('button', { name: 'Restart' }).click();
    await until('it was restarted', async () => (await daemon()).startedAt !== startedAt);
    await until('it runs since another moment', async () => {
      const now = await time(page, 'Bruno Steam', 0);
      return now !== null && Date.parse(now) > Date.parse(since) && await shown.getByText('Running').first().isVisible();
    });
    await world.post(`/api/daemons/${bruno.id}/stop`, world.admin, {});
    await shown.getByText('Stopped').first().waitFor();
    await world.post(`/api/daemons/${bruno.id}/start`, world.admin, {});
    await shown.getByText('Running').first().waitFor();
  });

  await house.test('who may not order sees how it is; people have cards, too', async () => {
    const { page } = await open({ email: world.people.alice.email });
    assert.equal(await card(page, 'Bruno Steam').getByRole('button', { name: /Stop|Start|Restart|Charter/ }).count(), 0);
    await card(page, 'Bruno Steam').getByRole('button', { name: 'Message' }).click();
    await page.waitForURL(/\/c\/(?!general)/);
    await page.getByRole('heading', { level: 1, name: 'Bruno Steam' }).getByRole('button').click();
    await card(page, 'Bruno Steam').getByText('Running').first().waitFor();
    await card(page, 'Bruno Steam').getByRole('button', { name: 'History' }).click();
    await page.getByRole('heading', { level: 1, name: 'Bruno Steam' }).waitFor();
    await page.goto(`${house.address}/c/general`);
    await page.getByRole('article').getByRole('button', { name: 'About alice' }).first().click();
    await card(page, 'alice').getByRole('button', { name: 'Your settings' }).waitFor();
    assert.deepEqual(await faultsOf(page), []);
  });

  await house.test('by keys alone: P on a message, Tab to an order, Escape', async () => {
    const page = await house.enter('/c/general');
    const message = page.getByRole('article', { name: /^Bruno Steam/ }).last();
    await message.focus();
    await page.keyboard.press('p');
    await card(page, 'Bruno Steam').getByText('Running').first().waitFor();
    await until('the way to write to it has the focus', () => page.evaluate(() => document.activeElement.textContent === 'Message'));
    const before = await daemon();
    for (let i = 0; i < 8 && await page.evaluate(() => document.activeElement.textContent !== 'Restart'); i++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until('it was restarted', async () => (await daemon()).startedAt !== before.startedAt);
    await page.keyboard.press('Escape');
    await card(page, 'Bruno Steam').waitFor({ state: 'detached' });
    assert.ok(await message.evaluate((each) => each === document.activeElement), 'the focus is back');
  });

  await house.test('the server is killed and comes back: the card says so, and goes on', async () => {
    const { page } = await open();
    await world.server.kill('SIGKILL');
    await card(page, 'Bruno Steam').getByText('cannot be told while you are offline').waitFor();
    await world.server.start();
    await card(page, 'Bruno Steam').getByText('Running').first().waitFor();
    const first = await time(page, 'Bruno Steam', 1);
    await until('its heart beats', async () => await time(page, 'Bruno Steam', 1) !== first);
  }, { expected: [/WebSocket|ERR_CONNECTION_REFUSED/] });
  await house.close();
}
