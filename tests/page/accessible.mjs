// axe-core finds nothing on any view: light and dark, wide and narrow.
import assert from 'node:assert/strict';
import { until } from '../harness/check.mjs';
import { faultsOf, House } from './house.mjs';
import { views } from './views.mjs';

const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark and narrow', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
];

export default async function (browser) {
  const house = await House.open(browser);
  const { world } = house;
  const bruno = await house.addOrchestrator('Bruno Steam');
  await house.addOrchestrator('Olaf Sleep', { loggedIn: false });
  await world.say(world.people.alice.token, world.general.id, '@bruno hello, **and** `code`');
  await until('it answered', async () => (await world.get(`/api/daemons/${bruno.id}`, world.admin)).body.answered === 1);

  for (const { name: look, ...options } of looks) {
    const shared = { reducedMotion: 'reduce', ...options };
    const stranger = await browser.visitor(shared);
    const member = await house.enter('/daemons', shared);
    for (const view of views) {
      await browser.test(`${view.name}, ${look}`, async () => {
        const page = view.stranger ? stranger : member;
        await page.goto(house.address + view.path);
        await view.there(page);
        assert.deepEqual(await faultsOf(page), []);
      }, { expected: [/status of 401/] });
    }
    await Promise.all([stranger, member].map((page) => page.context().close()));
  }
  await house.close();
}
