// The search, by the keyboard alone: channels, people, messages; a hit far back in the long channel of long.mjs, and in a thread.
import assert from 'node:assert/strict';

import { until } from '../harness/check.mjs';

const said = (page, text) => page.locator('article.message', { hasText: text });
const option = (page, name) => page.getByRole('option', { name });
const note = (page) => page.locator('.search__note');

async function open(page, query) {
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Search' });
  await field.waitFor();
  if (query) await page.keyboard.insertText(query);
  return field;
}

/** The message is in view, marked, and has the focus. */
async function isShown(page, message) {
  await message.and(page.locator('.message--target')).waitFor();
  await until('it is in view and has the focus', () => message.evaluate((each) => {
    const { top, bottom } = each.getBoundingClientRect();
    return top > 0 && bottom < innerHeight && document.activeElement === each;
  }));
}

const numbers = (page) => page.locator('article.message .md').allTextContents().then((texts) => texts.map((text) => Number(/Message (\d+) of/.exec(text)?.[1])));

export async function search(browser, stage) {
  const ann = await stage.person(browser, 'ann');
  await ann.goto('/c/kitchen');
  await ann.getByRole('textbox', { name: /^Message / }).waitFor();

  await browser.test('search: a channel, a person, and back where one was, without the mouse', async () => {
    await open(ann, '#archive');
    await option(ann, /^archive/).waitFor();
    await ann.keyboard.press('Enter');
    await ann.waitForURL('**/c/archive');
    await open(ann, 'ben');
    await option(ann, /^Ben Cole/).waitFor();
    await ann.keyboard.press('Enter');
    await ann.getByRole('heading', { name: 'Ben Cole', level: 1 }).waitFor();
    await ann.getByRole('textbox', { name: 'Message Ben Cole' }).focus();
    await open(ann);
    await ann.keyboard.press('Escape');
    assert.equal(await ann.evaluate(() => document.activeElement.ariaLabel), 'Message Ben Cole');
  });

  await browser.test('search: a message far back is shown in its place, marked, and both ends grow; once more shows it once more', async () => {
    await open(ann, 'Message 4321 of the log');
    await option(ann, /Message 4321/).waitFor();
    await ann.keyboard.press('Enter');
    const message = said(ann, /Message 4321 of/);
    await isShown(ann, message);
    const box = ann.locator('.channel-view .scroller');
    for (const [end, beyond] of [[0, (all) => Math.min(...all) < 4290], [1e9, (all) => Math.max(...all) > 4350]]) {
      await until('what is beyond is loaded', async () => {
        await box.evaluate((each, top) => (each.scrollTop = top), end);
        const all = (await numbers(ann)).filter((each) => !Number.isNaN(each));
        assert.deepEqual(all, all.map((_, i) => all[0] + i), 'no hole, no double');
        return beyond(all);
      });
    }
    await until('it is out of view', async () => {
      await box.evaluate((each) => (each.scrollTop = 1e9));
      return ann.evaluate(() => !(document.querySelector('.message--target')?.getBoundingClientRect().bottom > 0));
    });
    await open(ann, 'Message 4321 of the log');
    await option(ann, /Message 4321/).waitFor();
    await ann.keyboard.press('Enter');
    await isShown(ann, message);
  });

  await browser.test('search: the arrows reach every hit and keep it in view; Enter before the answer waits for it', async () => {
    const field = await open(ann, 'log');
    await option(ann, /Message 9999/).waitFor();
    const count = await ann.getByRole('option').count();
    assert.ok(count >= 20, `${count} hits`);
    await note(ann).getByText(/These are the newest/).waitFor();
    for (let i = 1; i < count; i++) await ann.keyboard.press('ArrowDown');
    const last = ann.getByRole('option').last();
    assert.equal(await last.getAttribute('aria-selected'), 'true');
    assert.ok(await last.evaluate((each) => {
      const place = each.getBoundingClientRect();
      const list = each.parentElement.getBoundingClientRect();
      return place.top >= list.top - 1 && place.bottom <= list.bottom + 1;
    }), 'the chosen hit is in view');
    await field.fill('Message 1234 of the log');
    await ann.keyboard.press('Enter'); // the hits that stand there are those of "log"
    await isShown(ann, said(ann, /Message 1234 of/));
  });

  await browser.test('search: a reply opens its thread, and is shown in it', async () => {
    const { body: { channels } } = await stage.api('GET', '/api/channels');
    const { id } = channels.find((each) => each.slug === 'archive');
    const write = async (content, parentId) => (await stage.api('POST', `/api/channels/${id}/messages`, { content, parentId })).body.message;
    const root = await write('A thread begins.');
    for (let i = 0; i < 70; i++) await write(i === 3 ? 'The needle, a reply.' : `Hay ${i}. ${'and more hay, '.repeat(12)}`, root.id);
    await ann.goto('/c/kitchen');
    await ann.getByRole('textbox', { name: /^Message / }).waitFor();
    await open(ann, 'needle reply');
    await option(ann, /needle/).waitFor();
    await ann.keyboard.press('Enter');
    await isShown(ann, ann.locator('.thread article.message', { hasText: 'The needle' }));
    await said(ann.locator('.channel-view'), 'A thread begins.').and(ann.locator('.message--target')).waitFor();
  });

  await browser.test('search: what is marked is what was found, and no part of a longer word', async () => {
    const { body: { channels } } = await stage.api('GET', '/api/channels');
    const { id } = channels.find((each) => each.slug === 'archive');
    await stage.api('POST', `/api/channels/${id}/messages`, { content: 'Preludes, İ said; a pre-luded Prélude for LUDE, prelude.' });
    const field = await open(ann);
    for (const [query, marked] of [
      ['prelude ', ['Prélude', 'prelude']], ['prelude', ['Prelude', 'Prélude', 'prelude']], ['LUDE for ', ['for', 'LUDE']], ['pre-lud', ['pre-lud']],
    ]) {
      await field.fill(query);
      await until(() => `${query} is marked`, async () => {
        const there = await option(ann, /a pre-luded/).locator('mark').allTextContents();
        return JSON.stringify(there) === JSON.stringify(marked);
      });
    }
    await ann.keyboard.press('Escape');
  });

  await browser.test('search: nothing found, one letter, odd and long queries are told in words', async () => {
    const field = await open(ann, 'zzyzx quux');
    await note(ann).getByText('Nothing was found for “zzyzx quux”.').waitFor();
    for (const [query, told] of [
      ['q', /two letters or more/], ['"*(:', /two letters or more/], ['AND OR NOT NEAR', /Nothing was found/], ['xx\u0000yy', /NUL or half a character/], ['ẞ İ ﷺ 🦆 zz', /Nothing was found/],
      ["'; DROP TABLE messages; --", /Nothing was found/], [Array.from({ length: 20 }, (_, i) => `w${i}`).join(' '), /more than 16 words/],
      ['ö'.repeat(256), /256/], ['q'.repeat(5000), /Nothing was found/],
    ]) {
      await field.fill('');
      await ann.keyboard.insertText(query);
      await note(ann).getByText(told).waitFor();
      assert.ok(await ann.evaluate(() => document.querySelector('dialog').scrollWidth <= document.querySelector('dialog').clientWidth), `${query} fits`);
    }
    await ann.keyboard.press('Escape');
  });

  await ann.context().close();
}
