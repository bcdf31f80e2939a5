// The chat in a browser: streaming, stopping, threads, reactions, two people, a server that dies.
import { until } from '../harness/check.mjs';

const said = (page, text) => page.locator('article.message', { hasText: text });
const compose = (page) => page.getByRole('textbox', { name: /^Message / });

export async function write(page, text, field = compose(page)) {
  await field.fill(text);
  await field.press('Enter');
}

export async function chat(browser, stage) {
  const { model } = stage;
  const ann = await stage.person(browser, 'ann');
  const ben = await stage.person(browser, 'ben');

  await browser.test('chat: a first visitor is greeted and asks with one click', async () => {
    await ben.goto('/');
    await ben.getByRole('heading', { name: 'Hello, Ben.' }).waitFor();
    await ben.getByRole('button', { name: 'Ask Ada who is here' }).click();
    await said(ben, '@Ada who is here?').waitFor();
    await until('the model is asked', () => model.waiting === 1);
    model.say('Just ');
    model.say('us.');
    model.end();
    await said(ben, 'Just us.').waitFor();
  });

  await browser.test('chat: an answer streams to two people, piece by piece, and is one message at the end', async () => {
    await Promise.all([ann.goto('/c/kitchen'), ben.goto('/c/kitchen')]);
    await write(ann, '@mei what is for **dinner**?');
    await until('the model is asked', () => model.waiting === 1);
    for (const page of [ann, ben]) await page.locator('.message--live .thinking').waitFor();
    model.say('Leek and ');
    for (const page of [ann, ben]) await page.locator('.message--live', { hasText: 'Leek and' }).waitFor();
    model.say('potato, with `salt`.');
    await ben.locator('.message--live code', { hasText: 'salt' }).waitFor();
    model.end();
    for (const page of [ann, ben]) {
      await said(page, 'Leek and potato, with salt.').and(page.locator(':not(.message--live)')).waitFor();
      await page.locator('.message--live').waitFor({ state: 'detached' });
      if (await said(page, 'Leek and potato').count() !== 1) throw new Error('the answer is there twice');
      await page.locator('article strong', { hasText: 'dinner' }).waitFor();
    }
  });

  await browser.test('chat: an answer is stopped and keeps what was said', async () => {
    await write(ann, '@mei tell me everything');
    await until('the model is asked', () => model.waiting === 1);
    model.say('In the beginning');
    await ann.locator('.message--live', { hasText: 'In the beginning' }).waitFor();
    await ann.getByRole('button', { name: 'Stop' }).click();
    await ann.locator('article.message:not(.message--live)', { hasText: 'In the beginning' }).getByText('stopped').waitFor();
    await until('the model is let go', () => model.waiting === 0);
  });

  await browser.test('chat: a failed answer is marked and tried again', async () => {
    await write(ann, '@mei and now?');
    await until('the model is asked', () => model.waiting === 1);
    await ann.getByRole('button', { name: 'Stop' }).click();
    await ann.locator('.turn-failed', { hasText: 'Mei Lin could not answer' }).getByRole('button', { name: 'Try again' }).click();
    await until('the model is asked again', () => model.waiting === 1);
    model.say('Now it works.');
    model.end();
    await said(ann, 'Now it works.').waitFor();
    await ann.locator('.turn-failed').waitFor({ state: 'detached' });
  });

  await browser.test('chat: a thread beside the channel, its replies counted', async () => {
    const root = said(ann, 'what is for dinner?');
    await root.hover();
    await root.getByRole('button', { name: 'Reply in thread' }).click();
    await ann.getByRole('complementary', { name: 'Thread' }).waitFor();
    await write(ann, 'I am hungry', ann.getByRole('textbox', { name: 'Reply' }));
    await said(ann.locator('aside.thread'), 'I am hungry').waitFor();
    await said(ben, 'what is for dinner?').getByRole('link', { name: /1 reply/ }).click();
    await write(ben, 'Me too', ben.getByRole('textbox', { name: 'Reply' }));
    await said(ann.locator('aside.thread'), 'Me too').waitFor();
    await root.getByRole('link', { name: /2 replies/ }).waitFor();
    if (await ann.locator('section.channel-view').getByText('Me too').count() > 0) throw new Error('a reply stands in the channel');
    await ann.getByRole('textbox', { name: 'Reply' }).press('Escape');
    await ann.locator('aside.thread').waitFor({ state: 'detached' });
  });

  await browser.test('chat: reactions come and go, with the one who looks on', async () => {
    const message = said(ann, 'Leek and potato');
    await message.hover();
    await message.getByRole('button', { name: 'React', exact: true }).click();
    await ann.getByRole('button', { name: 'rocket' }).click();
    const seen = said(ben, 'Leek and potato').locator('.reaction');
    await seen.getByText('🚀').waitFor();
    await seen.click();
    await message.locator('.reaction', { hasText: '2' }).click();
    await seen.filter({ hasText: '1' }).waitFor();
    await seen.click();
    await message.locator('.reaction').waitFor({ state: 'detached' });
  });

  await browser.test('chat: what is new is marked, read where it is seen', async () => {
    await ben.goto('/c/general');
    await write(ann, 'Is anybody here, @Ben?');
    const place = ben.getByRole('link', { name: /kitchen/ });
    await place.getByRole('img', { name: '1 new, 1 for you' }).waitFor();
    const tab = async () => `${await ben.title()}, ${await ben.locator('link[rel=icon]').getAttribute('href')}`;
    await until('the tab says so', async () => (await tab()) === '(1) general · orchd, /icons/icon-unread.svg');
    await place.click();
    await ben.getByRole('separator', { name: 'New messages' }).waitFor();
    await place.getByRole('img').waitFor({ state: 'detached' });
    await until('the tab is quiet', async () => (await tab()) === 'kitchen · orchd, /icons/icon.svg');
    await ben.locator('.mention', { hasText: '@Ben' }).waitFor();
  });

  await browser.test('chat: names are completed by the keyboard, typing is told, drafts are kept', async () => {
    const field = compose(ann);
    await field.pressSequentially('@br');
    await ann.getByRole('option', { name: /Bruno Steam/ }).waitFor();
    await field.press('Enter');
    await until('the name is there', async () => (await field.inputValue()) === '@Bruno Steam ');
    await field.pressSequentially('not yet');
    await ben.getByText('Ann Fisher is writing').waitFor();
    await ann.reload();
    await until('the draft is there', async () => (await compose(ann).inputValue()) === '@Bruno Steam not yet');
    await compose(ann).fill('');
  });

  await browser.test('chat: edited and deleted, seen by both', async () => {
    await write(ann, 'I wil come');
    await said(ben, 'I wil come').waitFor();
    await compose(ann).press('ArrowUp');
    const editor = ann.getByRole('textbox', { name: 'Edit the message' });
    await editor.fill('I will come');
    await editor.press('Enter');
    await said(ben, 'I will come').getByText('edited').waitFor();
    const message = said(ann, 'I will come');
    await message.focus();
    await message.press('Delete');
    await ann.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await said(ben, 'I will come').waitFor({ state: 'detached' });
  });

  await browser.test('chat: a channel is made, found and joined', async () => {
    await ann.getByRole('button', { name: 'Add a channel' }).click();
    await ann.getByRole('menuitem', { name: 'Create a channel' }).click();
    await ann.getByRole('textbox', { name: 'Name' }).fill('harbour');
    await ann.getByRole('textbox', { name: 'Topic' }).fill('Ships');
    await ann.getByRole('button', { name: 'Create' }).click();
    await ann.getByRole('heading', { name: 'harbour', level: 1 }).waitFor();
    // Everybody is in a new public channel.
    await ben.getByRole('link', { name: 'harbour' }).click();
    await ben.getByRole('button', { name: 'More' }).last().click();
    await ben.getByRole('menuitem', { name: 'Leave the channel' }).click();
    await ben.getByRole('link', { name: 'harbour' }).waitFor({ state: 'detached' });
    await ben.getByRole('button', { name: 'Add a channel' }).click();
    await ben.getByRole('menuitem', { name: 'Browse channels' }).click();
    await ben.getByRole('listitem').filter({ hasText: 'harbour' }).getByRole('button', { name: 'Join' }).click();
    await ben.getByRole('heading', { name: 'harbour', level: 1 }).waitFor();
    await write(ben, 'Ahoy');
    await said(ann, 'Ahoy').waitFor();
    await ben.goto('/c/no-such-channel');
    await ben.getByRole('button', { name: 'To the channels' }).click();
    await ben.getByRole('heading', { name: 'Hello, Ben.' }).waitFor();
  });

  await browser.test('chat: the search finds places at once and leads to a message', async () => {
    await ann.keyboard.press('Escape');
    await ann.keyboard.press('Control+k');
    await ann.getByRole('combobox', { name: 'Search' }).fill('kitch');
    await ann.keyboard.press('Enter');
    await ann.getByRole('heading', { name: 'kitchen', level: 1 }).waitFor();
  });

  await browser.test('chat: the server is killed and comes back; both go on, nothing twice', async () => {
    await ben.goto('/c/kitchen');
    await compose(ben).waitFor();
    await stage.server.kill();
    for (const page of [ann, ben]) await page.getByText('You are offline').waitFor();
    await write(ann, 'Written while it was gone');
    await said(ann, 'Written while it was gone').getByText(/Waits to be sent/).waitFor();
    await stage.server.start();
    await said(ben, 'Written while it was gone').waitFor();
    await ann.getByText('You are offline').waitFor({ state: 'detached' });
    await said(ann, 'Written while it was gone').getByText(/Waits to be sent|Sending/).waitFor({ state: 'detached' });
    for (const page of [ann, ben]) if (await said(page, 'Written while it was gone').count() !== 1) throw new Error('it is there twice');
  }, { expected: [/WebSocket/, /ERR_CONNECTION/, /console: Failed to load resource/] });

  await ann.context().close();
  await ben.context().close();
}
