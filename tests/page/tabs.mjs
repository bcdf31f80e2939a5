// Two tabs of one reader: one outbox, one login.
import assert from 'node:assert/strict';

import { until } from '../harness/check.mjs';
import { write } from './chat.mjs';
import { Gate } from './gate.mjs';

const AWAY = { expected: [/WebSocket/, /Failed to load resource/, /ERR_(CONNECTION|EMPTY|SOCKET)/, /status of 401/] };
const said = (page, text) => page.locator('article.message', { hasText: text });
const waits = (page, text) => said(page, text).getByText(/Waits to be sent/);

/** The network is there again, the browser says. */
const back = (page) => page.evaluate(() => dispatchEvent(new Event('online')));

/** What this device keeps of the reader. */
const keptOn = (page) => page.evaluate(() => new Promise((done) => {
  indexedDB.open('orchd').onsuccess = ({ target: { result: database } }) => {
    const names = [...database.objectStoreNames];
    const transaction = database.transaction(names);
    Promise.all(names.map((name) => new Promise((read) => {
      transaction.objectStore(name).getAll().onsuccess = ({ target }) => read([name, target.result]);
    }))).then((all) => {
      database.close();
      done({ ...Object.fromEntries(all), small: Object.keys(localStorage) });
    });
  };
}));

export async function tabs(browser, stage) {
  const gate = await Gate.open(stage.server);
  const one = await stage.person(browser, 'ann', { baseURL: gate.address });
  const { body: { channel } } = await stage.api('POST', '/api/channels', { name: 'tabs' });
  const stored = async () => (await stage.api('GET', `/api/channels/${channel.id}/messages?limit=50`)).body.messages.map((each) => each.content);
  const open = async () => {
    const page = await one.context().newPage();
    await page.goto('/c/tabs');
    await page.getByRole('textbox', { name: /^Message / }).waitFor();
    return page;
  };
  await one.goto('/c/tabs');
  const two = await open();

  await browser.test('tabs: what both wrote without network waits in both, and is sent by the one that is left, once and in order', async () => {
    gate.down = true;
    gate.cut();
    for (const page of [one, two]) await page.getByText('You are offline').waitFor();
    await write(one, 'first of one');
    await write(one, 'second of one');
    await waits(two, 'second of one').waitFor();
    await write(two, 'third of two');
    await waits(one, 'third of two').waitFor();
    await one.close();
    gate.down = false;
    await back(two);
    await two.locator('.message--waiting, .message--sending').first().waitFor({ state: 'detached' });
    assert.deepEqual(await stored(), ['first of one', 'second of one', 'third of two']);
    assert.deepEqual((await keptOn(two)).outbox, []);
  }, AWAY);

  await browser.test('tabs: one is closed while it sends: the other sends what the server did not get, and nothing twice', async () => {
    const three = await open();
    gate.hold(); // the server gets what is sent; that it did is not heard
    await write(three, 'fourth, got but not heard');
    await until('the server has it', async () => (await stored()).length === 4);
    await write(three, 'fifth, not sent');
    await waits(two, 'fifth, not sent').waitFor();
    await three.close();
    gate.release();
    await two.locator('.message--waiting, .message--sending').first().waitFor({ state: 'detached' });
    assert.deepEqual((await stored()).slice(3), ['fourth, got but not heard', 'fifth, not sent']);
    assert.equal(await said(two, 'fourth, got').count(), 1);
  }, AWAY);

  await browser.test('tabs: both write at once: every message is there once, those of a tab in their order', async () => {
    const three = await open();
    const before = (await stored()).length;
    const texts = (name) => [1, 2, 3, 4, 5].map((each) => `${name} ${each}`);
    await Promise.all([[two, 'left'], [three, 'right']].map(async ([page, name]) => {
      for (const text of texts(name)) await write(page, text);
    }));
    for (const page of [two, three]) {
      for (const text of ['left 5', 'right 5']) await said(page, text).and(page.locator(':not(.message--waiting):not(.message--sending)')).waitFor();
    }
    const all = (await stored()).slice(before);
    assert.equal(all.length, 10);
    for (const name of ['left', 'right']) assert.deepEqual(all.filter((text) => text.startsWith(name)), texts(name));
    await three.close();
  }, AWAY);

  await browser.test('tabs: what the server refused is there in both, and dropped in both', async () => {
    const three = await open();
    gate.down = true;
    gate.cut();
    await two.getByText('You are offline').waitFor();
    await write(two, 'to be refused');
    await waits(three, 'to be refused').waitFor();
    await stage.api('POST', `/api/channels/${channel.id}/leave`);
    gate.down = false;
    await back(two);
    await two.getByRole('button', { name: 'Join the channel' }).click();
    await three.reload();
    for (const page of [two, three]) await said(page, 'to be refused').getByText('Not sent.').waitFor();
    await said(two, 'to be refused').getByRole('button', { name: 'Drop it' }).press('Enter');
    await two.waitForFunction(() => document.activeElement.matches('article.message')); // the focus is not lost with the button
    for (const page of [two, three]) await said(page, 'to be refused').waitFor({ state: 'detached' });
    await three.close();
  }, AWAY);

  await browser.test('tabs: logging out in one logs the other out, and nothing is left on the device', async () => {
    const three = await open();
    await three.getByRole('textbox', { name: /^Message / }).fill('A draft of mine');
    await two.getByRole('button', { name: 'Ann Fisher ann@test.example' }).click();
    await two.getByRole('menuitem', { name: 'Log out' }).click();
    for (const page of [two, three]) await page.waitForURL(/\/login/);
    await until('nothing is kept', async () => {
      const { outbox, timelines, lists, small } = await keptOn(three);
      return outbox.length + timelines.length + lists.length === 0 && !small.some((name) => /user|draft/.test(name));
    });
  }, AWAY);

  await two.context().close();
  await gate.close();
}
