// The charter editor with its try-out, and new orchestrators.
import assert from 'node:assert/strict';
import { until } from '../harness/check.mjs';
import { House } from './house.mjs';

export default async function (browser) {
  const house = await House.open(browser);
  const { world } = house;
  const bruno = await house.addOrchestrator('Bruno Steam');
  const stored = async () => (await world.get(`/api/orchestrators/${bruno.id}`, world.admin)).body.orchestrator;
  const edit = async (options) => {
    const page = await house.enter('/orchestrators/bruno-steam', options);
    await page.getByLabel('Tone').waitFor();
    return page;
  };

  await house.test('a charter is edited and stored; what the form does not know is kept', async () => {
    await world.call('PATCH', `/api/orchestrators/${bruno.id}`, world.admin, { charter: { ...(await stored()).charter, ours: { kept: true } } });
    const page = await edit();
    const save = page.getByRole('button', { name: 'Save', exact: true });
    assert.equal(await save.getAttribute('aria-disabled'), 'true');
    await page.getByLabel('Tone').fill('warm, a little salty');
    await page.getByText('Not saved').waitFor();
    await page.getByLabel('Traits').fill('loyal, terse');
    await page.getByLabel('Traits').press('Enter');
    await page.getByRole('radio', { name: 'Concise' }).click();
    await page.getByRole('radio', { name: 'At set hours' }).click();
    await page.getByLabel('Time zone').fill('Europe/Berlin');
    await page.getByLabel('Monday, from').fill('08:30');
    await page.getByRole('switch', { name: 'Friday' }).click();
    await page.getByRole('switch', { name: 'Hand over to people' }).click();
    await page.getByLabel('To whom').fill('the captain');
    await page.getByLabel('To whom').press('Enter');
    await page.keyboard.press('Control+s');
    await page.getByText('Saved. It answers by this').waitFor();
    await page.getByText('Not saved').waitFor({ state: 'detached' });
    const { charter } = await stored();
    assert.equal(charter.personality.tone, 'warm, a little salty');
    assert.deepEqual(charter.personality.traits, ['loyal', 'terse']);
    assert.equal(charter.communication.responseLength, 'concise');
    assert.equal(charter.operational.workHours.timezone, 'Europe/Berlin');
    assert.deepEqual(charter.operational.workHours.schedule[1], { start: '08:30', end: '17:00' });
    assert.equal(charter.operational.workHours.schedule[5], null);
    assert.deepEqual(charter.operational.escalation, { enabled: true, escalateTo: ['the captain'] });
    assert.deepEqual(charter.ours, { kept: true });
    assert.equal(charter.rules.length, 2);
    await page.getByRole('radio', { name: 'Always' }).click();
    await page.keyboard.press('Control+s');
    await until('it works always', async () => (await stored()).charter.operational.workHours.always24x7 === true);
  });

  await house.test('the try-out answers by what the form says, saved or not', async () => {
    const before = await stored();
    const page = await edit();
    const ask = page.getByLabel('Say something to Bruno Steam');
    await page.getByRole('group', { name: 'Rule 1' }).getByLabel('it answers').fill('Ahoy, and **welcome**.');
    await ask.fill('hello');
    await ask.press('Enter');
    await page.getByRole('log', { name: 'Try-out' }).getByText('Ahoy, and welcome.').waitFor();
    await page.getByRole('radio', { name: 'What the model is told' }).click();
    await page.getByLabel('Tone').fill('like a bell buoy');
    await page.getByRole('region', { name: 'What the model is told' }).getByText('like a bell buoy').waitFor();
    assert.deepEqual(await stored(), before, 'nothing was stored');
  });

  await house.test('what is wrong stands beside its field, and is not saved', async () => {
    const before = await stored();
    const page = await edit();
    const rule = page.getByRole('group', { name: 'Rule 2' });
    const match = rule.getByLabel('When a message has');
    await match.fill('/(unclosed/');
    await match.blur();
    await rule.getByRole('alert').waitFor(); // the server knows regular expressions
    await page.getByRole('navigation', { name: 'Parts of the charter' }).getByRole('img', { name: '1 to look at' }).waitFor();
    await page.getByLabel('Tone').focus();
    await page.keyboard.press('Control+s');
    await until('the wrong field has the focus', () => match.evaluate((field) => field === document.activeElement));
    assert.deepEqual(await stored(), before);
    await match.fill('/\\bstatus\\b/i');
    await rule.getByRole('alert').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+s');
    await page.getByText('Saved. It answers by this').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('');
    await page.keyboard.press('Control+s');
    await page.getByText('What is it called?').waitFor();
  });

  await house.test('nobody leaves with unsaved changes unasked', async () => {
    const page = await house.enter('/daemons/bruno-steam');
    await page.getByRole('link', { name: 'Charter' }).click();
    await page.getByLabel('Tone').fill('undecided');
    await page.getByRole('link', { name: 'Health' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await page.getByLabel('Tone').inputValue(), 'undecided');
    await page.evaluate(() => history.back());
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    assert.equal(new URL(page.url()).pathname, '/orchestrators/bruno-steam');
    await page.getByRole('link', { name: 'Health' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
    await page.waitForURL('**/daemons/bruno-steam');
  });

  await house.test('an orchestrator from a template is at work after three clicks, and answers', async () => {
    const page = await house.enter('/daemons');
    await page.getByRole('main').getByRole('link', { name: 'New orchestrator' }).click();
    await page.getByRole('button', { name: /Release manager/ }).click();
    await page.getByLabel('Name', { exact: true }).fill('Vera Tide');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Vera Tide is at work' }).waitFor();
    const { orchestrators } = (await world.get('/api/orchestrators', world.admin)).body;
    const vera = orchestrators.find(({ name }) => name === 'Vera Tide');
    await until('her daemon runs', async () => (await world.get(`/api/daemons/${vera.id}`, world.admin)).body.health.status === 'running');
    const { alice } = world.people;
    await world.say(alice.token, world.general.id, '@vera what about the checklist?');
    await until('she answers', async () => {
      const { messages } = (await world.get(`/api/channels/${world.general.id}/messages`, alice.token)).body;
      return messages.some(({ content }) => content.includes('Five times yes, and we sail.'));
    });
    await page.getByRole('button', { name: 'See how it is' }).click();
    await page.waitForURL('**/daemons/vera-tide');
  });

  await house.test('a template is refined before it is created', async () => {
    const page = await house.enter('/orchestrators/new');
    await page.getByRole('button', { name: /Start from nothing/ }).click();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').first().waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Nils');
    await page.getByLabel('Role').fill('Poet');
    await page.getByRole('button', { name: 'Look at its charter first' }).click();
    await page.getByRole('button', { name: 'Add the first rule' }).click();
    await page.getByLabel('When a message has').fill('poem');
    await page.getByLabel('it answers').fill('Roses are red.');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Nils is at work' }).waitFor();
  });

  await house.test('charters are for administrators', async () => {
    const page = await house.enter('/orchestrators/bruno-steam', { email: world.people.bob.email });
    await page.getByRole('heading', { name: 'This is for administrators' }).waitFor();
  });
  await house.close();
}
