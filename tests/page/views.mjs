// Every view of the page, for the tests that look at all of them and for the pictures in docs: a path, who sees it, and what is
// done until it is there.
export const views = [
  { name: 'login', path: '/login', stranger: true, there: (page) => page.getByRole('button', { name: 'Log in' }).waitFor() },
  {
    name: 'login-refused', path: '/login?error=denied', stranger: true,
    there: async (page) => {
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByText('Your e-mail address, please.').waitFor();
    },
  },
  { name: 'chat', path: '/c/general', there: (page) => page.locator('textarea').last().waitFor() },
  {
    name: 'person', path: '/c/general',
    there: async (page) => {
      await page.getByRole('article').getByRole('button', { name: 'Bruno Steam', exact: true }).last().click();
      await page.getByRole('dialog', { name: 'Bruno Steam' }).getByText('Heartbeat').waitFor();
    },
  },
  { name: 'daemons', path: '/daemons', there: (page) => page.locator('.chart').last().waitFor() },
  {
    name: 'daemons-menu', path: '/daemons',
    there: async (page) => {
      await page.getByRole('button', { name: /^More for/ }).first().click();
      await page.getByRole('menu').waitFor();
    },
  },
  { name: 'daemon', path: '/daemons/bruno-steam', there: (page) => page.getByRole('region', { name: 'What happened' }).getByRole('listitem').first().waitFor() },
  {
    name: 'daemon-table', path: '/daemons/bruno-steam',
    there: async (page) => {
      await page.getByRole('button', { name: 'As a table' }).click();
      await page.getByRole('button', { name: 'As a table', pressed: true }).waitFor();
    },
  },
  {
    name: 'new', path: '/orchestrators/new',
    there: async (page) => {
      await page.getByRole('button', { name: /Release manager/ }).click();
      await page.getByRole('button', { name: 'Create' }).waitFor();
    },
  },
  { name: 'charter', path: '/orchestrators/bruno-steam', there: (page) => page.getByLabel('Tone').waitFor() },
  {
    name: 'charter-wrong', path: '/orchestrators/bruno-steam',
    there: async (page) => {
      await page.getByLabel('Name', { exact: true }).fill('');
      await page.getByRole('radio', { name: 'At set hours' }).click();
      await page.getByRole('switch', { name: 'Hand over to people' }).click();
      await page.keyboard.press('Control+s');
      await page.getByText('What is it called?').waitFor();
    },
  },
  {
    name: 'try-out', path: '/orchestrators/bruno-steam',
    there: async (page) => {
      await page.getByLabel('Tone').waitFor();
      const panes = page.getByRole('radiogroup', { name: 'What is shown' });
      if (await panes.isVisible()) await panes.getByRole('radio', { name: 'Try it' }).click();
      const say = page.getByLabel(/^Say something to/);
      await say.fill('hello');
      await say.press('Enter');
      await page.getByRole('log').getByText('Hm. Hello.').waitFor();
    },
  },
  { name: 'settings', path: '/settings', there: (page) => page.getByText('this one').waitFor() },
  {
    name: 'settings-token', path: '/settings',
    there: async (page) => {
      await page.getByRole('button', { name: 'New token' }).click();
      await page.getByLabel('What it is for').waitFor();
    },
  },
];
