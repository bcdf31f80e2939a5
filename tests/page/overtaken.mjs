// The server reads on several threads and writes on another: an answer may be of a moment before a notice and come after it, and the
// other way round. What is held here is told in that order.
import assert from 'node:assert/strict';

import { until } from '../harness/check.mjs';
import { api, tokenOf } from '../harness/orchd.mjs';
import { write } from './chat.mjs';

const said = (page, text) => page.locator('article.message', { hasText: text });

/** What the server says to a page; answers to calls of some methods, or notices of these, are kept back until release(). */
class Held {
  told = [];
  #kept = [];
  #wanted = [];
  #calls = new Map();

  static async between(page) {
    const held = new Held();
    await page.context().routeWebSocket(/\/ws/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((text) => {
        const { id, method } = JSON.parse(text);
        held.#calls.set(id, method);
        server.send(text);
      });
      server.onMessage((text) => held.#pass(JSON.parse(text), () => socket.send(text)));
    });
    return held;
  }

  #pass(message, go) {
    const method = message.method ?? this.#calls.get(message.id);
    this.told.push(JSON.stringify(message));
    if (this.#wanted.includes(method)) this.#kept.push({ method, go });
    else go();
  }

  hold(...methods) {
    this.#wanted = methods;
  }

  release() {
    this.#wanted = [];
    for (const { go } of this.#kept.splice(0)) go();
  }

  keeps(count, ...methods) {
    const wanted = methods.length > 0 ? methods : this.#wanted;
    return until(`${wanted.join(' and ')} told`, () => this.#kept.filter(({ method }) => wanted.includes(method)).length >= count);
  }

  tells(text) {
    return until(`"${text}" is told`, () => this.told.some((each) => each.includes(text)));
  }
}

export async function overtaken(browser, stage, model) {
  const ann = await stage.person(browser, 'ann');
  const held = await Held.between(ann);
  const ben = await tokenOf(stage.data, 'ben@test.example');
  const say = async (channel, content) => {
    const { status, body } = await api(stage.address, ben, 'POST', `/api/channels/${channel}/messages`, { content });
    assert.equal(status, 201);
    return body.message;
  };

  await browser.test('overtaken: what is said, changed and counted while a page of history was read is on it', async () => {
    const before = await say('general', 'Said before.');
    held.hold('channel.history');
    await ann.goto('/c/general');
    await held.keeps(1);
    await say('general', 'Said meanwhile.');
    await api(stage.address, ben, 'PATCH', `/api/messages/${before.id}`, { content: 'Said otherwise.' });
    await api(stage.address, ben, 'POST', `/api/channels/general/messages`, { content: 'A reply.', parentId: before.id });
    await held.tells('A reply.');
    held.release();
    await said(ann, 'Said otherwise.').getByRole('link', { name: /1 reply/ }).waitFor();
    await said(ann, 'Said meanwhile.').waitFor();
    assert.equal(await said(ann, 'Said before.').count(), 0);
    assert.equal(await said(ann, 'Said meanwhile.').count(), 1);
  });

  await browser.test('overtaken: what is told while the channels were counted is new, once', async () => {
    const mark = ann.getByRole('link', { name: /kitchen/ }).getByRole('img');
    await ann.goto('/c/kitchen');
    await until('all is read', async () => (await ann.getByRole('textbox', { name: /^Message / }).count()) === 1 && (await mark.count()) === 0);
    held.hold('channel.list');
    await ann.goto('/c/general');
    await held.keeps(1);
    await say('kitchen', '@Ann, the first.');
    await held.tells('the first.');
    held.release();
    await ann.getByRole('link', { name: /kitchen/ }).getByRole('img', { name: '1 new, 1 for you', exact: true }).waitFor();

    // The count knows what the notice will tell.
    held.hold('message.created');
    await say('kitchen', 'The second.');
    await held.keeps(1);
    assert.equal((await stage.api('POST', '/api/channels', { name: 'counted-anew', type: 'PUBLIC' })).status, 201);
    const counted = ann.getByRole('link', { name: /kitchen/ }).getByRole('img', { name: '2 new, 1 for you', exact: true });
    await counted.waitFor();
    held.release();
    await say('general', 'And on.');
    await said(ann, 'And on.').waitFor();
    assert.equal(await counted.count(), 1);
  });

  await browser.test('overtaken: that an answer failed is told before one’s own message is confirmed, and stays', async () => {
    await ann.goto('/c/general');
    await ann.getByRole('textbox', { name: /^Message / }).waitFor();
    held.hold('message.send');
    await write(ann, '@mei never mind');
    await until('the model is asked', () => model.waiting === 1);
    await ann.getByRole('button', { name: 'Stop' }).click();
    const failed = said(ann, '@mei never mind').locator('.turn-failed');
    await failed.waitFor();
    held.release();
    await say('general', 'That was all.');
    await said(ann, 'That was all.').waitFor();
    assert.equal(await failed.count(), 1);
    assert.equal(await said(ann, '@mei never mind').count(), 1);
  });

  await browser.test('overtaken: who is at their own message while it is sent stays there', async () => {
    held.hold('message.send', 'message.created');
    await write(ann, 'On its way.');
    const message = said(ann, 'On its way.');
    await message.and(ann.locator('.message--sending')).focus();
    await ann.keyboard.press('Tab');
    const button = await ann.evaluateHandle(() => document.activeElement);
    assert.equal(await button.evaluate((each) => each.textContent), 'Ann Fisher');
    await held.keeps(2);
    held.release();
    await message.and(ann.getByRole('article', { name: /^Ann Fisher, \d/ })).waitFor();
    assert.ok(await button.evaluate((each) => each === document.activeElement));
    assert.equal(await message.count(), 1);
  });

  await browser.test('overtaken: a history that has what is still being sent shows it once', async () => {
    held.hold('message.send', 'message.created'); // by the notice, too, the page knows that it was sent
    await write(ann, 'Sent, as far as one knows.');
    await held.keeps(1, 'message.send');
    await ann.reload();
    await held.keeps(2, 'message.send');
    await said(ann, 'Sent, as far as one knows.').and(ann.getByRole('article', { name: /^Ann Fisher, \d/ })).waitFor();
    assert.equal(await said(ann, 'Sent, as far as one knows.').count(), 1);
    held.release();
  });

  await ann.context().close();
}
