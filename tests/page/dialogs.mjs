// Questions, by the keyboard alone: the focus goes into them, stays, and comes back; Escape is a no.
import assert from 'node:assert/strict';

import { until } from '../harness/check.mjs';
import { write } from './chat.mjs';

const dialog = (page) => page.getByRole('dialog');
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim());

/** Tab goes around in the dialog (and the browser's own parts), never behind it. */
async function staysIn(page) {
  const names = new Set();
  for (const key of ['Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab']) {
    await page.keyboard.press(key);
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog[open]') !== null), 'the focus is behind the dialog');
    names.add(await focused(page));
  }
  return names;
}

async function tabTo(page, name) {
  for (let i = 0; i < 70; i++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === name) return;
  }
  throw new Error(`Tab did not reach ${name}`);
}

/** Escape says no and gives the focus back to what had it. */
async function refusedByEscape(page, from) {
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  assert.equal(await focused(page), from);
}

export async function dialogs(browser, stage, model) {
  const ann = await stage.person(browser, 'ann');
  const daemon = async () => (await stage.api('GET', '/api/daemons')).body.daemons.find(({ name }) => name === 'Mei Lin');

  await browser.test('dialogs: one that is answering is stopped, or restarted, after a question', async () => {
    const { slug } = await daemon();
    await ann.goto('/c/kitchen');
    await write(ann, '@mei what takes so long?');
    await until('the model is asked', () => model.waiting === 1);
    await ann.goto(`/daemons/${slug}`);
    await ann.getByRole('button', { name: 'Stop' }).waitFor();
    await until('the page knows that it answers', async () => (await daemon()).active === 1);
    await tabTo(ann, 'Restart');
    await ann.keyboard.press('Enter');
    await ann.getByRole('dialog', { name: 'Restart Mei Lin?' }).getByText('One conversation is under way.').waitFor();
    assert.equal(await focused(ann), 'Restart');
    assert.ok((await staysIn(ann)).has('Cancel'));
    await refusedByEscape(ann, 'Restart');
    await ann.keyboard.press('Shift+Tab');
    while ((await focused(ann)) !== 'Stop') await ann.keyboard.press('Shift+Tab');
    await ann.keyboard.press('Enter');
    await ann.getByRole('dialog', { name: 'Stop Mei Lin?' }).waitFor();
    assert.equal(await focused(ann), 'Cancel', 'of what is dangerous, the way out has the focus');
    await ann.keyboard.press('Enter');
    await dialog(ann).waitFor({ state: 'detached' });
    assert.equal((await daemon()).health.status, 'running');
    await ann.keyboard.press('Enter');
    await dialog(ann).waitFor();
    await ann.keyboard.press('Tab');
    assert.equal(await focused(ann), 'Stop');
    await ann.keyboard.press('Enter');
    await until('it is stopping', async () => (await daemon()).health.status !== 'running');
    model.say('This.');
    model.end();
    await ann.getByRole('button', { name: 'Start', exact: true }).waitFor();
    await tabTo(ann, 'Start');
    await ann.keyboard.press('Enter');
    await ann.getByRole('button', { name: 'Stop' }).waitFor();
  });

  await browser.test('dialogs: a message is deleted after a question, and the place in the list is kept', async () => {
    await ann.goto('/c/kitchen');
    await write(ann, 'To be thought better of.');
    const message = ann.locator('article.message', { hasText: 'To be thought better of.' });
    await message.and(ann.locator(':not(.message--waiting):not(.message--sending)')).waitFor();
    for (let i = 0; i < 4 && !(await ann.evaluate(() => document.activeElement.matches('article.message'))); i++) await ann.keyboard.press('F6');
    for (let i = 0; i < 9 && !(await message.evaluate((each) => each === document.activeElement)); i++) await ann.keyboard.press('ArrowDown');
    const name = await focused(ann);
    await ann.keyboard.press('Delete');
    await ann.getByRole('dialog', { name: 'Delete this message?' }).waitFor();
    await staysIn(ann);
    await refusedByEscape(ann, name);
    await ann.keyboard.press('Delete');
    await dialog(ann).waitFor();
    await ann.keyboard.press('Tab');
    await ann.keyboard.press('Enter');
    await message.waitFor({ state: 'detached' });
    await ann.waitForFunction(() => document.activeElement.matches('article.message'));
  });

  await browser.test('dialogs: an unsaved charter is left after a question', async () => {
    const { slug } = await daemon();
    await ann.goto(`/orchestrators/${slug}`);
    await ann.getByLabel('Tone').waitFor();
    await ann.getByLabel('Tone').focus();
    await ann.keyboard.press('Control+a');
    await ann.keyboard.type('undecided');
    await ann.getByRole('link', { name: 'Health' }).focus();
    await ann.keyboard.press('Enter');
    await ann.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    assert.equal(await focused(ann), 'Cancel');
    await staysIn(ann);
    await refusedByEscape(ann, 'Health');
    assert.equal(await ann.getByLabel('Tone').inputValue(), 'undecided');
    await ann.keyboard.press('Enter');
    await dialog(ann).waitFor();
    await ann.keyboard.press('Tab');
    assert.equal(await focused(ann), 'Leave');
    await ann.keyboard.press('Enter');
    await ann.waitForURL(`**/daemons/${slug}`);
  });

  await ann.context().close();
}
