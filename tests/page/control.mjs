// The control room against real daemons.
import assert from 'node:assert/strict';
import { until } from '../harness/check.mjs';
import { House } from './house.mjs';

export default async function (browser) {
  const house = await House.open(browser);
  const { world } = house;
  const bruno = await house.addOrchestrator('Bruno Steam');
  const mei = await house.addOrchestrator('Mei Lin', { role: 'Chef' });
  await house.addOrchestrator('Olaf Sleep', { role: 'Guard', loggedIn: false });
  const daemon = async ({ id }) => (await world.get(`/api/daemons/${id}`, world.admin)).body;
  await until('both run', async () => (await daemon(bruno)).health.status === 'running' && (await daemon(mei)).health.status === 'running');
  await world.say(world.people.alice.token, world.general.id, '@bruno hello');
  await until('it answered', async () => (await daemon(bruno)).answered === 1);
  const row = (page, name) => page.getByRole('row', { name: new RegExp(`^${name}`) });

  await house.test('all daemons with how they are; the heartbeat goes on by itself', async () => {
    const page = await house.enter('/daemons');
    await row(page, 'Bruno Steam, Running').waitFor();
    await row(page, 'Olaf Sleep, Stopped').waitFor();
    assert.deepEqual(await page.getByRole('row').getByRole('link').allTextContents(), ['Bruno Steam', 'Mei Lin', 'Olaf Sleep']);
    await page.getByText('3 daemons, 2 running').waitFor();
    assert.equal(await row(page, 'Bruno').locator('.daemons__cell--answered').textContent(), '1');
    const beat = row(page, 'Bruno').locator('.beat time');
    const before = await beat.getAttribute('datetime');
    await until('a heartbeat came', async () => (await beat.getAttribute('datetime')) !== before);
  });

  await house.test('found, filtered, sorted; the address keeps the question', async () => {
    const page = await house.enter('/daemons');
    await page.getByRole('searchbox').fill('chef');
    await row(page, 'Bruno').waitFor({ state: 'detached' });
    await row(page, 'Mei Lin').waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: /^Stopped/ }).click();
    await row(page, 'Mei Lin').waitFor({ state: 'detached' });
    await row(page, 'Olaf').waitFor();
    await page.reload();
    await row(page, 'Olaf').waitFor();
    assert.equal(await page.getByRole('button', { name: /^Stopped/ }).getAttribute('aria-pressed'), 'true');
    await page.getByRole('button', { name: /^All/ }).click();
    await page.getByRole('columnheader', { name: 'Answered' }).getByRole('button').click();
    await until('the busiest is first', async () => (await page.getByRole('row').getByRole('link').first().textContent()) === 'Bruno Steam');
    await page.getByRole('columnheader', { name: 'Answered' }).getByRole('button').click();
    await until('the busiest is last', async () => (await page.getByRole('row').getByRole('link').last().textContent()) === 'Bruno Steam');
    for (const column of await page.getByRole('columnheader').getByRole('button').all()) {
      await column.click(); // the server knows each of them
      await row(page, 'Bruno').waitFor();
    }
    assert.equal(await page.locator('.notice').count(), 0);
    await page.getByRole('searchbox').fill('nobody at all');
    await page.getByRole('heading', { name: 'No daemon fits' }).waitFor();
  });

  await house.test('stopped and started from the table; another browser sees it at once', async () => {
    const page = await house.enter('/daemons');
    const other = await house.enter('/daemons', { email: world.people.alice.email });
    await row(other, 'Mei Lin, Running').waitFor();
    assert.equal(await row(other, 'Mei Lin').getByRole('button').count(), 0, 'who is no administrator has no buttons');
    await row(page, 'Mei Lin').getByRole('button', { name: 'Stop Mei Lin' }).click();
    await row(page, 'Mei Lin, Stopped').waitFor();
    await row(other, 'Mei Lin, Stopped').waitFor();
    assert.equal((await daemon(mei)).health.status, 'stopped');
    // Offered for some seconds.
    await page.getByRole('status').getByRole('button', { name: 'Start again' }).click();
    await row(page, 'Mei Lin, Running').waitFor();
    await row(other, 'Mei Lin, Running').waitFor();
  });

  await house.test('a daemon is restarted on its page: its log says so, its uptime begins anew', async () => {
    const page = await house.enter('/daemons');
    await row(page, 'Bruno').getByRole('link').click();
    await page.waitForURL('**/daemons/bruno-steam');
    const { startedAt } = await daemon(bruno);
    await page.getByRole('button', { name: 'Restart' }).click();
    await page.getByText('Bruno Steam was restarted').waitFor();
    await until('it began anew', async () => {
      const now = await daemon(bruno);
      return now.health.status === 'running' && now.startedAt !== startedAt;
    });
    const log = page.getByRole('region', { name: 'What happened' });
    await log.getByText('restart by Owner').waitFor();
    await page.reload();
    await log.getByText('restart by Owner').waitFor();
  });

  await house.test('what is under way is asked about before it is interrupted', async () => {
    const page = await house.enter('/daemons/bruno-steam');
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    // Nobody talks to it: it stops without a question, and says how to take it back.
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
    await world.say(world.people.alice.token, world.general.id, '@bruno status');
    const waiting = page.getByRole('definition').filter({ hasText: /^1$/ });
    await until('the message waits', async () => (await daemon(bruno)).queued === 1);
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await until('it is answered', async () => (await daemon(bruno)).answered === 2);
    await waiting.first().waitFor({ state: 'attached' });
  });

  await house.test('charts are drawn, and told as a table', async () => {
    const page = await house.enter('/daemons/bruno-steam');
    await page.getByRole('radio', { name: '1 h', exact: true }).click();
    await page.locator('.chart canvas').first().waitFor();
    await page.getByRole('figure').filter({ hasText: 'Answers' }).locator('.chart__figure').filter({ hasText: '2' }).waitFor();
    await page.getByRole('button', { name: 'As a table' }).click();
    const answers = await page.getByRole('table').locator('tbody tr td:nth-child(2)').allTextContents();
    assert.equal(answers.reduce((sum, each) => sum + Number(each), 0), 2);
    const conversations = page.getByRole('region', { name: 'Conversations' });
    await conversations.getByRole('link', { name: /general/ }).waitFor();
  });

  await house.test('a daemon that is not there says so', async () => {
    const page = await house.enter('/daemons/nobody-of-that-name');
    await page.getByRole('heading', { name: 'This daemon is not here' }).waitFor();
  });
  await house.close();
}
