// Every view by the keyboard alone: no case here touches the mouse.
import assert from 'node:assert/strict';
import { until } from '../harness/check.mjs';
import { House, password } from './house.mjs';

/** Tab until what has the focus is called so; fails after as many keys as a view may reasonably need. */
async function tabTo(page, name, { back = false, max = 60 } = {}) {
  for (let i = 0; i < max; i++) {
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
    const called = await page.evaluate(() => {
      const { activeElement: at } = document;
      return at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.textContent;
    });
    if (name.test(called.trim())) return;
  }
  throw new Error(`${max} times Tab did not reach ${name}`);
}

const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim());

export default async function (browser) {
  const house = await House.open(browser);
  const { world } = house;
  const bruno = await house.addOrchestrator('Bruno Steam');
  await house.addOrchestrator('Mei Lin');
  const daemon = async ({ id }) => (await world.get(`/api/daemons/${id}`, world.admin)).body;
  await until('it runs', async () => (await daemon(bruno)).health.status === 'running');

  await house.test('login', async () => {
    const page = await house.stranger();
    await page.goto(`${house.address}/login?return=/daemons`);
    await page.waitForFunction(() => document.activeElement.name === 'email');
    await page.keyboard.type(world.ownerEmail);
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/daemons');
  }, { expected: [/status of 401/] });

  await house.test('the control room: rows by arrows, a daemon stopped and started by keys, its page by Enter', async () => {
    const page = await house.enter('/daemons');
    await page.getByRole('row', { name: /^Bruno/ }).waitFor();
    await tabTo(page, /^Bruno Steam, Running/);
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => document.activeElement.getAttribute('aria-label')?.startsWith('Mei Lin'));
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.activeElement.getAttribute('aria-label')?.startsWith('Bruno'));
    await page.keyboard.press('s');
    await page.getByRole('row', { name: 'Bruno Steam, Stopped' }).waitFor();
    await page.keyboard.press('s');
    await page.getByRole('row', { name: 'Bruno Steam, Running' }).waitFor();
    await tabTo(page, /^More for Bruno/);
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(page), 'Health and history');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/daemons/bruno-steam');
    const { startedAt } = await daemon(bruno);
    await page.getByRole('button', { name: 'Restart' }).waitFor();
    await tabTo(page, /^Restart$/);
    await page.keyboard.press('Enter');
    await until('it was restarted', async () => (await daemon(bruno)).startedAt !== startedAt);
  });

  await house.test('a charter is changed, tried and saved', async () => {
    const page = await house.enter('/orchestrators/bruno-steam');
    await page.getByLabel('Tone').waitFor();
    await tabTo(page, /^Tone$/);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('like gravel');
    await tabTo(page, /^Free$/);
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(page), 'Concise');
    await page.keyboard.press('Control+s');
    await page.getByText('Saved. It answers by this').waitFor();
    const { charter } = (await world.get(`/api/orchestrators/${bruno.id}`, world.admin)).body.orchestrator;
    assert.deepEqual([charter.personality.tone, charter.communication.responseLength], ['like gravel', 'concise']);
    await tabTo(page, /^Say something to Bruno Steam$/, { max: 90 });
    await page.keyboard.type('hello');
    await page.keyboard.press('Enter');
    await page.getByRole('log').getByText('Hm. Hello.').waitFor();
  });

  await house.test('an orchestrator from a template', async () => {
    const page = await house.enter('/orchestrators/new');
    await page.getByRole('button', { name: /Analyst/ }).waitFor();
    await tabTo(page, /^ICAnalyst|^Analyst/);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.value === 'Iris Chart');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Iris Chart is at work' }).waitFor();
  });

  await house.test('settings: a token is made, the dialog keeps the focus and gives it back', async () => {
    const page = await house.enter('/settings');
    await page.getByRole('button', { name: 'New token' }).waitFor();
    await tabTo(page, /^New token$/);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.closest('dialog'));
    await page.keyboard.press('Escape');
    assert.equal(await focused(page), 'New token');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Deploy');
    await page.keyboard.press('Enter');
    await page.locator('.secret code').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Deploy', { exact: true }).waitFor();
  });
  await house.close();
}
