// A browser that keeps nothing or too little, a proxy that lets no WebSocket through: the page works, or says what it lacks.
import { until } from '../harness/check.mjs';
import { write } from './chat.mjs';
import { Gate } from './gate.mjs';

const AWAY = { expected: [/WebSocket/, /Failed to load resource/, /ERR_(CONNECTION|EMPTY|SOCKET)/] };
const ALONE = 'This browser keeps nothing: leave the page open';
const said = (page, text) => page.locator('article.message', { hasText: text });
const sent = (page, text) => said(page, text).and(page.locator(':not(.message--waiting):not(.message--sending)'));

/* What a browser does that was told to keep nothing; runs before the page does. */
const REFUSALS = {
  'reading what is kept is refused': () => {
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
      Object.defineProperty(window, name, { get: () => { throw new DOMException('Access is denied for this document.', 'SecurityError'); } });
    }
    navigator.serviceWorker.register = () => Promise.reject(new DOMException('The operation is insecure.', 'SecurityError'));
  },
  'a database is never opened': () => {
    IDBFactory.prototype.open = () => ({});
  },
  'the page is of no secure context': () => {
    for (const [of, name] of [[Navigator.prototype, 'serviceWorker'], [Navigator.prototype, 'locks'], [Navigator.prototype, 'clipboard'], [Crypto.prototype, 'randomUUID']]) {
      Object.defineProperty(of, name, { value: undefined });
    }
    delete window.caches;
  },
};

/* A device that is slow: what is opened is there after openNow(). */
function openLate() {
  const { open } = IDBFactory.prototype;
  const begun = [];
  IDBFactory.prototype.open = function (...names) {
    const late = {};
    begun.push(() => new Promise((opened) => {
      const request = open.apply(this, names);
      request.onsuccess = () => {
        late.result = request.result;
        late.onsuccess();
        opened();
      };
    }));
    return late;
  };
  window.openNow = () => Promise.all(begun.splice(0).map((begin) => begin()));
}

export async function refused(browser, stage) {
  const gate = await Gate.open(stage.server);
  const ann = await stage.person(browser, 'ann', { baseURL: gate.address });
  const open = async (before = async () => {}) => {
    const page = await ann.context().newPage();
    await before(page);
    await page.goto('/c/kitchen');
    return page;
  };
  const goAway = async (page) => {
    gate.down = true;
    gate.cut();
    await page.getByText('You are offline').waitFor();
  };
  const comeBack = async (page) => {
    gate.down = false;
    await page.evaluate(() => dispatchEvent(new Event('online')));
  };

  for (const [name, refuse] of Object.entries(REFUSALS)) {
    await browser.test(`refused: ${name}: one reads and writes all the same`, async () => {
      const page = await open(async (opened) => {
        await opened.clock.install();
        await opened.addInitScript(refuse);
      });
      await write(page, `Nothing stays: ${name}`);
      await until('it is sent', async () => {
        await page.clock.runFor(1000);
        return sent(page, `Nothing stays: ${name}`).isVisible();
      });
      await goAway(page);
      await write(page, `It waits: ${name}`);
      await said(page, `It waits: ${name}`).getByText(/Waits to be sent/).waitFor();
      // Without a secure context there is a database.
      if (!/context/.test(name)) await said(page, `It waits: ${name}`).getByText(ALONE).waitFor();
      await comeBack(page);
      await sent(page, `It waits: ${name}`).waitFor();
      await page.close();
    }, AWAY);
  }

  await browser.test('refused: a database that opened too late for the first message keeps the next', async () => {
    const other = await open(); // what is kept is seen in it
    const page = await open(async (opened) => {
      await opened.clock.install();
      await opened.addInitScript(openLate);
    });
    await page.getByRole('textbox', { name: /^Message / }).waitFor();
    await goAway(page);
    await write(page, 'Before it opened.');
    await until('nobody waits for it any more', async () => {
      await page.clock.runFor(1000);
      return said(page, 'Before it opened.').getByText(ALONE).isVisible();
    });
    await page.evaluate(() => window.openNow());
    await write(page, 'After it opened.');
    await said(other, 'After it opened.').getByText(/Waits to be sent/).waitFor();
    await comeBack(page);
    for (const text of ['Before it opened.', 'After it opened.']) await sent(page, text).waitFor();
    await page.close();
    await other.close();
  }, AWAY);

  for (const how of ['refuse', 'swallow']) {
    await browser.test(`refused: a proxy lets no WebSocket through (${how}): the page says so, and goes on when one comes through`, async () => {
      gate.websockets = how;
      const page = await open((opened) => opened.clock.install());
      await until('it is told', async () => {
        await page.clock.runFor(5000);
        return page.getByText('The server answers, but no WebSocket reaches it').isVisible();
      });
      gate.websockets = 'pass';
      await until('it goes on', async () => {
        await page.clock.runFor(5000);
        return await page.getByText('no WebSocket').count() === 0;
      });
      await write(page, `Through at last: ${how}`);
      await sent(page, `Through at last: ${how}`).waitFor();
      await page.close();
    }, AWAY);
  }

  await browser.test('refused: a full device: messages are sent, and one that waits says that this tab alone has it', async () => {
    const page = await stage.person(browser, 'ann', { baseURL: gate.address, serviceWorkers: 'block' });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: gate.address, quotaSize: 1 });
    await page.goto('/c/kitchen');
    await page.getByRole('textbox', { name: /^Message / }).waitFor();
    await page.evaluate(() => {
      for (let size = 8 << 20; size > 0; size >>= 1) {
        try {
          localStorage.setItem(`full ${size}`, 'x'.repeat(size));
        } catch {
          // The next is half as large.
        }
      }
    });
    await write(page, 'On a full device.');
    await sent(page, 'On a full device.').waitFor();
    await goAway(page);
    await write(page, 'It waits on a full device.');
    await said(page, 'It waits on a full device.').getByText(ALONE).waitFor();
    await comeBack(page);
    await sent(page, 'It waits on a full device.').waitFor();
    await page.context().close();
  }, { expected: [...AWAY.expected, /Service Worker registration blocked/] });

  await ann.context().close();
  await gate.close();
}
