// A new build of the page: offered, not forced; who does not take it keeps what they have, in every tab.
import assert from 'node:assert/strict';
import { Gate } from './gate.mjs';

const OFFER = 'A newer version of this page is there.';
const EXPECTED = { expected: [/WebSocket/, /Failed to load resource/, /ERR_(CONNECTION|EMPTY|SOCKET)/] };
const field = (page) => page.getByRole('textbox', { name: /^Message / });
const buildOf = (page) => page.evaluate(() => document.documentElement.dataset.build ?? 'first');

/** The worker of the first build serves this page. */
const controlled = (page) => page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');

export async function updates(browser, stage) {
  const gate = await Gate.open(stage.server);
  const one = await stage.person(browser, 'ann', { baseURL: gate.address });
  const two = await one.context().newPage();
  await one.goto('/c/engine-room');
  await two.goto('/c/kitchen');
  for (const page of [one, two]) await controlled(page);

  await browser.test('updates: a new build is offered in every tab; who does not take it goes on with the old one, also after a reload', async () => {
    await field(one).fill('Half a thou');
    gate.upgrade('second');
    gate.cut(); // as a server does that is upgraded
    for (const page of [one, two]) await page.getByText(OFFER).waitFor();
    assert.deepEqual([await buildOf(one), await buildOf(two)], ['first', 'first']);
    assert.equal(await field(one).inputValue(), 'Half a thou');
    // A view of the old build, which the server does not have any more.
    await one.getByRole('link', { name: 'Control room' }).click();
    await one.getByRole('heading', { name: 'Control room' }).waitFor();
    await one.goto('/c/engine-room');
    await one.getByText(OFFER).waitFor();
    assert.equal(await buildOf(one), 'first');
    assert.equal(await field(one).inputValue(), 'Half a thou');
  }, EXPECTED);

  await browser.test('updates: a tab takes it; the other keeps the old build with all its views, and takes it when it wants', async () => {
    await two.getByRole('button', { name: 'Update' }).click();
    await two.waitForFunction(() => document.documentElement.dataset.build === 'second');
    await two.locator('article.message, .introduction').first().waitFor();
    assert.equal(await two.getByText(OFFER).count(), 0);
    assert.equal(await buildOf(one), 'first');
    assert.equal(await field(one).inputValue(), 'Half a thou');
    await one.getByRole('button', { name: 'Ann Fisher ann@test.example' }).click();
    await one.getByRole('menuitem', { name: 'Settings' }).click(); // was never opened before
    await one.getByRole('heading', { name: 'Settings' }).waitFor();
    await one.goBack();
    await one.getByRole('button', { name: 'Update' }).click();
    await one.waitForFunction(() => document.documentElement.dataset.build === 'second');
    assert.equal(await field(one).inputValue(), 'Half a thou');
    await field(one).fill('');
  }, EXPECTED);

  await browser.test('updates: where no worker helps, a view that is gone says so and loads the new build', async () => {
    const ben = await stage.person(browser, 'ben', { baseURL: gate.address, serviceWorkers: 'block' });
    await ben.goto('/c/kitchen');
    await field(ben).waitFor();
    gate.upgrade('third');
    await ben.getByRole('link', { name: 'Control room' }).click();
    await ben.getByRole('heading', { name: 'This page has been updated' }).waitFor();
    await ben.getByRole('button', { name: 'Load it anew' }).click();
    await ben.waitForFunction(() => document.documentElement.dataset.build === 'third');
    await ben.getByRole('heading', { name: 'Control room' }).waitFor();
    await ben.context().close();
  }, { expected: [/Failed to load resource/, /dynamically imported module/, /Service Worker registration blocked/] });

  await one.context().close();
  await gate.close();
}
