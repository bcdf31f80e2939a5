// Without network: the shell and recent channels open, what is written waits, is sent once and in order, a newer page is offered.
import { until } from '../harness/check.mjs';
import { write } from './chat.mjs';

const said = (page, text) => page.locator('article.message', { hasText: text });
const EXPECTED = { expected: [/WebSocket/, /ERR_INTERNET_DISCONNECTED/, /ERR_CONNECTION/, /Failed to load resource/, /Failed to fetch/] };

export async function offline(browser, stage) {
  const ann = await stage.person(browser, 'ann');
  const ben = await stage.person(browser, 'ben');
  await Promise.all([ann.goto('/c/engine-room'), ben.goto('/c/engine-room')]);
  await write(ben, 'The boiler is warm.');
  await said(ann, 'The boiler is warm.').waitFor();

  await browser.test('offline: the page opens without network and shows the channel', async () => {
    await ann.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
    await until('the channel, its list and its people are kept', () => ann.evaluate(() => new Promise((done) => {
      const request = indexedDB.open('orchd');
      request.onsuccess = () => {
        const all = (table, then) => {
          request.result.transaction(table).objectStore(table).getAll().onsuccess = ({ target }) => then(target.result);
        };
        all('timelines', (timelines) => all('lists', (lists) => done(
          lists.length === 2 && timelines.some((each) => each.messages.some((message) => message.content === 'The boiler is warm.')),
        )));
      };
    })));
    await ann.context().setOffline(true);
    await stage.server.kill();
    await ann.reload();
    await said(ann, 'The boiler is warm.').waitFor();
    await ann.getByText('You are offline').waitFor();
    await ann.getByRole('link', { name: 'engine-room' }).waitFor();
  }, EXPECTED);

  await browser.test('offline: what is written waits through a reload, and is sent once, in order, on return', async () => {
    for (const text of ['one of three', 'two of three', 'three of three']) await write(ann, text);
    await said(ann, 'three of three').getByText(/Waits to be sent/).waitFor();
    await ann.reload();
    await said(ann, 'two of three').getByText(/Waits to be sent/).waitFor();
    await stage.server.start();
    await ann.context().setOffline(false);
    await said(ben, 'three of three').waitFor();
    await ann.locator('.message--waiting, .message--sending').first().waitFor({ state: 'detached' });
    const { body: { messages } } = await stage.api('GET', '/api/channels/engine-room/messages?limit=10');
    const sent = messages.map((each) => each.content).filter((text) => text.endsWith(' of three'));
    if (sent.join() !== 'one of three,two of three,three of three') throw new Error(`sent: ${sent.join()}`);
  }, EXPECTED);

  await browser.test('offline: the manifest makes it installable', async () => {
    const manifest = await (await ann.request.get(`${stage.address}/manifest.webmanifest`)).json();
    for (const { src, sizes } of manifest.icons) {
      const icon = await ann.request.get(stage.address + src);
      if (!icon.ok()) throw new Error(`no ${src}`);
      if (!src.endsWith('.png')) continue;
      const bytes = await icon.body();
      const size = `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
      if (size !== sizes) throw new Error(`${src} is ${size}`);
    }
    if (manifest.start_url !== '/' || manifest.display !== 'standalone') throw new Error('the manifest says something else');
  });

  await browser.test('offline: logging out leaves nothing of the reader on the device', async () => {
    await ann.getByRole('button', { name: /^Ann Fisher ann@/ }).click();
    await ann.getByRole('menuitem', { name: 'Log out' }).click();
    await ann.waitForURL(/\/login/);
    const left = await ann.evaluate(() => new Promise((done) => {
      const request = indexedDB.open('orchd');
      request.onsuccess = () => {
        const names = [...request.result.objectStoreNames];
        const transaction = request.result.transaction(names);
        Promise.all(names.map((name) => new Promise((counted) => {
          const count = transaction.objectStore(name).count();
          count.onsuccess = () => counted(count.result);
        }))).then((counts) => done([...counts, Object.keys(localStorage).join()]));
      };
    }));
    if (left.slice(0, -1).some((count) => count > 0) || /user|draft/.test(left.at(-1))) throw new Error(`left: ${left.join()}`);
  }, EXPECTED);

  await ann.context().close();
  await ben.context().close();
}
