// 10,000 daemons: the table scrolls without a long task, keys reach both ends, and only what is seen is there.
import assert from 'node:assert/strict';
import { until } from '../harness/check.mjs';
import { addOrchestrators } from '../harness/crowd.mjs';
import { House } from './house.mjs';

const COUNT = 10_000;
/** What a task may take, in time of the processor: what others do on this machine is not the page's. */
const TASK_MS = 50;

/** The longest tasks of the page's main thread while `body` runs, in milliseconds of its own time. */
async function tasksWhile(page, body) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { excludedCategories: ['*'], includedCategories: ['toplevel', 'devtools.timeline', '__metadata'] } });
  await body();
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  const mains = new Set(events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = events.filter(({ name, pid, tid, tdur }) => /RunTask$/.test(name) && tdur > 0 && mains.has(`${pid} ${tid}`)).map(({ tdur }) => tdur / 1000);
  return tasks.sort((a, b) => b - a);
}

const scrollThrough = (page) => page.evaluate(async () => {
  const room = document.querySelector('.room');
  const frame = () => new Promise(requestAnimationFrame);
  for (let y = 0; y < 12_000; y += 240) { // as a wheel does
    room.scrollTop = y;
    await frame();
  }
  for (let y = 12_000; y < room.scrollHeight; y += 14_000) { // as somebody who drags the bar
    room.scrollTop = y;
    await frame();
  }
  room.scrollTop = room.scrollHeight;
});

export default async function (browser) {
  const house = await House.open(browser, { stopped: true });
  const { world } = house;
  await addOrchestrators(world.data, COUNT, { stopped: true });
  await world.server.start();

  await house.test(`${COUNT} daemons scroll without a task over ${TASK_MS} ms`, async () => {
    const page = await house.enter('/daemons', { viewport: { width: 1440, height: 900 } });
    await page.getByText(/10,000 daemons/).waitFor();
    await page.getByRole('row', { name: /^Ada/ }).first().waitFor();
    await page.locator('.chart').last().waitFor();
    await scrollThrough(page); // once, so that the code is compiled
    await page.evaluate(() => document.querySelector('.room').scrollTo(0, 0));
    await page.getByRole('row', { name: /^Ada/ }).first().waitFor();
    const tasks = await tasksWhile(page, async () => {
      await scrollThrough(page);
      await page.locator('[data-row="9999"]').getByRole('link').waitFor();
    });
    console.log(`       the longest tasks: ${tasks.slice(0, 5).map((each) => each.toFixed(0)).join(', ')} ms`);
    assert.ok(tasks.length > 50, 'tasks were measured');
    assert.ok(tasks[0] <= TASK_MS, `${tasks[0]} ms`);
    assert.ok(await page.getByRole('row').count() < 60, 'only what is seen is there');
    assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), String(COUNT + 1));
  });

  await house.test('from one end to the other by a key, and found by a word', async () => {
    const page = await house.enter('/daemons');
    await page.getByRole('row', { name: /^Ada/ }).first().waitFor();
    await page.locator('[data-row="0"]').focus();
    await page.keyboard.press('End');
    await until('the last has the focus', () => page.evaluate((last) => document.activeElement.dataset.row === String(last), COUNT - 1));
    await page.locator(`[data-row="${COUNT - 1}"]`).getByRole('link').waitFor();
    await page.keyboard.press('Home');
    await until('the first has the focus', () => page.evaluate(() => document.activeElement.dataset.row === '0'));
    await page.getByRole('searchbox').fill('07777');
    await page.getByText('1 shown').waitFor({ state: 'attached' });
    await page.locator('[data-row="0"]').getByText('07777').waitFor();
  });
  await house.close();
}
