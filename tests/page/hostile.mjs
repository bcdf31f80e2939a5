// What looks like markup or script is text, wherever it comes from: names, charters, answers, events, addresses. The
// Content-Security-Policy is the second wall: what it has to refuse is an error on the console, and makes the case fail.
import assert from 'node:assert/strict';
import { until } from '../harness/check.mjs';
import { House } from './house.mjs';

const script = '<img src=x onerror="globalThis.hacked=1"><svg onload=globalThis.hacked=1><script>globalThis.hacked=1</script>';
const link = '[press](javascript:globalThis.hacked=1) <a href="javascript:globalThis.hacked=1">press</a> ![p](https://evil.example/p.png)';

/** Nothing ran, nothing of it became an element, and nobody else was asked for anything. */
async function assertHarmless(page, house, asked) {
  assert.deepEqual(await page.evaluate(() => ({
    hacked: globalThis.hacked,
    elements: document.querySelectorAll('img[src="x"], svg[onload], [onerror], a[href^="javascript:" i], iframe, object, embed').length,
  })), { hacked: undefined, elements: 0 });
  assert.deepEqual(asked.filter((url) => !url.startsWith(house.address) && !url.startsWith('data:') && !url.startsWith('blob:')), []);
}

export default async function (browser) {
  const house = await House.open(browser);
  const { world } = house;
  const bad = await house.addOrchestrator('Bruno', {
    name: `Bruno ${script}`.slice(0, 190), role: `Role ${script}`.slice(0, 190), discipline: `D ${script}`.slice(0, 190),
    charter: {
      systemPrompt: script, personality: { tone: script, traits: [script], background: link }, expertise: [script, link],
      communication: { languages: [script] }, operational: { offlineMessage: script, escalation: { enabled: true, escalateTo: [script], triggers: [script] } },
      rules: [{ match: 'hello', reply: `${script} ${link}` }, { match: script, reply: link }],
    },
  });
  await world.call('PATCH', '/api/auth/me', world.people.alice.token, { displayName: script });
  await world.say(world.people.alice.token, world.general.id, `hello ${script} ${link}`, { metadata: { mentions: [bad.id] } });
  await until('it answered', async () => (await world.get(`/api/daemons/${bad.id}`, world.admin)).body.answered === 1);

  const visit = async (path, there, options) => {
    const asked = [];
    const page = await house.enter('/settings', options);
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(house.address + path);
    await there(page);
    await assertHarmless(page, house, asked);
    return page;
  };

  await house.test('in the control room', async () => {
    const page = await visit('/daemons', (view) => view.getByRole('row', { name: /^Bruno <img/ }).waitFor());
    await page.getByRole('button', { name: /^Stop Bruno/ }).click();
    await page.getByRole('row', { name: /Stopped$/ }).waitFor();
    await assertHarmless(page, house, []);
    await page.getByRole('status').getByRole('button', { name: 'Start again' }).click();
    await page.getByRole('row', { name: /Running$/ }).waitFor();
  });

  await house.test('on the daemon\'s page', async () => {
    await visit(`/daemons/${bad.slug}`, (view) => view.getByRole('region', { name: 'What happened' }).getByRole('listitem').first().waitFor());
  });

  await house.test('in the charter, its prompt and its try-out', async () => {
    const page = await visit(`/orchestrators/${bad.slug}`, async (view) => {
      await view.getByLabel('Tone').waitFor();
      const say = view.getByLabel(/^Say something to/);
      await say.fill('hello');
      await say.press('Enter');
      await view.getByRole('log', { name: 'Try-out' }).getByText('onerror').first().waitFor();
    });
    await page.getByRole('radio', { name: 'What the model is told' }).click();
    await page.getByRole('region', { name: 'What the model is told' }).getByText('onerror').first().waitFor();
    await assertHarmless(page, house, []);
  });

  await house.test('in settings and in the addresses of login and set-up', async () => {
    await visit('/settings', (view) => view.getByRole('heading', { name: 'Settings', level: 1 }).waitFor(), { email: world.people.alice.email });
    await visit(`/daemons?q=${encodeURIComponent(`nobody ${script}`)}&sort=${encodeURIComponent(script)}`, (view) => view.getByRole('heading', { name: 'No daemon fits' }).waitFor());
    const asked = [];
    const page = await house.stranger();
    page.on('request', (request) => asked.push(request.url()));
    for (const path of [`/login?error=${encodeURIComponent(script)}&return=javascript:globalThis.hacked=1`, `/login/link#${encodeURIComponent(script)}`, `/setup#${encodeURIComponent(script)}`, `/setup#%`]) {
      await page.goto('about:blank');
      await page.goto(house.address + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await assertHarmless(page, house, asked);
    }
  }, { expected: [/status of 40[13]/] });

  await house.test('in the chat', async () => {
    await visit('/c/general', (view) => view.getByRole('main').getByText('onerror').first().waitFor());
  });
  await house.close();
}
