// Set-up, login, settings.
import assert from 'node:assert/strict';
import { until } from '../harness/check.mjs';
import { dataDirectory, Server } from '../harness/orchd.mjs';
import { cutOff, faultsOf, House, password } from './house.mjs';

// What the page tries before it knows who asks, and what is refused on purpose.
const refused = [/status of 40[13]/, cutOff];

// Of one address, after which it has to wait.
const WRONG_CODES_MAX = 10;
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';

export default async function (browser) {
  await setUp(browser);
  const house = await House.open(browser);
  const { address, world } = house;
  const log = async (page, email, word) => {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(word);
    await page.getByRole('button', { name: 'Log in' }).click();
  };

  await house.test('a wrong password is told in plain words, the right one leads to where one wanted to go', async () => {
    const page = await house.stranger();
    await page.goto(`${address}/settings`);
    await page.waitForURL('**/login?return=%2Fsettings');
    await log(page, world.ownerEmail, 'not this one');
    await page.getByRole('alert').getByText('The e-mail address or the password is not right.').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.name), 'password');
    await log(page, world.ownerEmail, password);
    await page.waitForURL('**/settings');
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  }, { expected: refused });

  await house.test('a login leads to no other place', async () => {
    for (const elsewhere of ['//evil.example', '/\\evil.example', 'https://evil.example', '/api/users']) {
      const page = await house.stranger();
      await page.goto(`${address}/login?return=${encodeURIComponent(elsewhere)}`);
      await log(page, world.ownerEmail, password);
      await page.waitForURL((url) => url.pathname !== '/login');
      assert.ok(page.url().startsWith(`${address}/`) && !page.url().includes('evil') && !page.url().includes('/api/'), page.url());
    }
  }, { expected: refused });

  await house.test('what a provider refused is said at the login', async () => {
    const page = await house.stranger();
    await page.goto(`${address}/login?error=unknown_user`);
    await page.getByRole('alert').getByText('Nobody here has that e-mail address').waitFor();
    await page.goto(`${address}/login?error=%3Cimg%20src%3Dx%3E`);
    await page.getByRole('alert').getByText('That login did not work').waitFor();
  }, { expected: refused });

  const linkFor = async (body = {}) => (await world.post('/api/owner/login-links', world.ownerToken, body)).body;

  await house.test('a login link opens once, and only when somebody sees it', async () => {
    const { url } = await linkFor();
    const code = url.split('#')[1];
    const page = await house.stranger();
    const sent = [];
    page.on('request', (request) => sent.push(`${request.method()} ${request.url()}`));
    for (const answer of [await fetch(url), await fetch(`${address}/login/link?code=${code}`)]) assert.equal(answer.status, 200); // what previews do
    await page.addInitScript(() => Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => globalThis.state ?? 'hidden' }));
    const told = page.waitForResponse('**/api/auth/me'); // that nobody is logged in
    await page.goto(url);
    await told;
    await page.getByRole('heading', { name: 'One moment' }).waitFor();
    await page.evaluate(() => new Promise((drawn) => { requestAnimationFrame(() => requestAnimationFrame(drawn)); }));
    assert.ok(!sent.some((each) => each.includes('login-link')), 'a page that nobody sees uses the link up');
    await page.evaluate(() => {
      globalThis.state = 'visible';
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.getByRole('heading', { name: /^Hello/ }).waitFor();
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).hash, '/');
    assert.ok(!sent.some((each) => each.includes(code)), 'the code is in no address');
    assert.equal((await (await page.request.get(`${address}/api/auth/me`)).json()).user.email, world.ownerEmail);

    const second = await house.stranger();
    await second.goto(url);
    await second.getByRole('alert').getByText('This link was used already').waitFor();
    assert.deepEqual(await faultsOf(second), []);
    await second.evaluate((fragment) => { // another one into the same address bar
      location.hash = fragment;
    }, (await linkFor({ email: world.people.bob.email })).url.split('#')[1]);
    await second.getByRole('heading', { name: /^Hello/ }).waitFor();
    assert.equal((await (await second.request.get(`${address}/api/auth/me`)).json()).user.email, world.people.bob.email);
  }, { expected: refused });

  await house.test('a login link that is wrong, cut or too old says so, and what to do', async () => {
    const { url, expiresAt } = await linkFor({ seconds: 1 });
    const page = await house.stranger();
    await page.goto(`${address}/login/link`);
    await page.getByText('The address is not whole').waitFor();
    await page.goto(`${address}/login/link#${'A'.repeat(43)}`);
    await page.getByText('This server knows no such link').waitFor();
    await page.getByText('orchd login-link').waitFor();
    await until('the link is too old', () => Date.now() > Date.parse(expiresAt));
    const late = await house.stranger();
    await late.goto(url);
    await late.getByText('This link has expired').waitFor();
    await late.getByRole('button', { name: 'Log in by password' }).click();
    await late.getByLabel('E-mail').waitFor();
  }, { expected: refused });

  await house.test('who is logged in is asked before a login link is used', async () => {
    const { email, name } = world.people.alice;
    const page = await house.enter('/', { email });
    await page.getByRole('heading', { name: /^Hello/ }).waitFor();
    const { url } = await linkFor();
    const again = await page.context().newPage();
    await again.goto(url);
    await again.getByText('The link is not used yet').waitFor();
    assert.deepEqual(await faultsOf(again), []);
    await again.getByRole('button', { name: 'Log out, and in by the link' }).click();
    await again.waitForURL(`${address}/`);
    await again.getByRole('heading', { name: /^Hello/ }).waitFor();
    await until('the owner is in', async () => (await (await again.request.get(`${address}/api/auth/me`)).json()).user?.email === world.ownerEmail);
    assert.ok(!(await again.evaluate(() => JSON.stringify({ ...localStorage }))).includes(email), `${name} is forgotten here`);
  }, { expected: refused });

  await house.test('a session that is ended elsewhere is logged out there at once, says why, and goes on after a login', async () => {
    const { email } = world.people.bob;
    const phone = await house.enter('/c/general', { email, userAgent: IPHONE });
    const desk = await house.enter('/settings', { email });
    await phone.getByRole('textbox', { name: /general/ }).waitFor();
    const sessions = desk.getByRole('region', { name: 'Sessions' });
    await sessions.getByText('this one').waitFor();
    await sessions.getByText(/in use · logged in (just now|.* ago)/).waitFor();
    await sessions.getByRole('button', { name: 'End the session of Safari 17 on iPhone' }).click();
    await phone.getByText('Your session has ended').waitFor();
    await log(phone, email, password);
    await phone.waitForURL(`${address}/c/general`);
    await phone.getByRole('textbox', { name: /general/ }).waitFor();
    await sessions.getByRole('button', { name: 'End all others' }).click();
    await phone.getByText('Your session has ended').waitFor();
    await sessions.getByRole('button', { name: 'End all others' }).waitFor({ state: 'detached' });
    assert.equal(await sessions.getByRole('listitem').count(), 1);
    await desk.reload();
    await desk.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  }, { expected: refused });

  await house.test('a token is shown once, works, and is revoked', async () => {
    const page = await house.enter('/settings');
    const tokens = page.getByRole('region', { name: 'API tokens' });
    await tokens.getByRole('button', { name: 'New token' }).click();
    await page.getByLabel('What it is for').fill('Backup script');
    await page.getByRole('button', { name: 'Make it' }).click();
    const secret = await page.locator('.secret code').textContent();
    const whoAmI = async () => (await world.get('/api/auth/me', secret)).status;
    assert.equal(await whoAmI(), 200);
    await page.getByRole('button', { name: 'I have kept it' }).click();
    assert.ok(!(await page.content()).includes(secret));
    await tokens.getByRole('button', { name: 'Revoke Backup script' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await tokens.getByText('Backup script').waitFor({ state: 'detached' });
    assert.equal(await whoAmI(), 401);
  });

  await house.test('the password is changed, and only the new one is good', async () => {
    const { email } = world.people.carol;
    const page = await house.enter('/settings', { email });
    const form = page.getByRole('region', { name: 'Password', exact: true });
    await form.waitFor();
    await page.route('**/api/auth/accounts', (route) => route.fulfill({ status: 503, json: { error: { code: 'busy', message: 'the database is busy' } } }));
    await page.reload();
    await page.getByText('The database is busy.').waitFor();
    assert.equal(await form.count(), 0, 'whether there is a password is not known');
    await page.unroute('**/api/auth/accounts');
    await page.getByRole('button', { name: 'Try again' }).click();
    await form.getByLabel('Current password', { exact: true }).fill('something else');
    await form.getByLabel('New password', { exact: true }).fill('a longer sentence');
    await form.getByRole('button', { name: 'Change the password' }).click();
    await form.getByRole('alert').waitFor();
    await form.getByLabel('Current password', { exact: true }).fill(password);
    await form.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('Your password is changed').waitFor();
    const login = async (word) => (await world.post('/api/auth/login', undefined, { email, password: word })).status;
    assert.equal(await login(password), 401);
    assert.equal(await login('a longer sentence'), 200);
  }, { expected: [...refused, /status of 503/] });

  await house.test('the theme is chosen, kept, and there before the first paint', async () => {
    const page = await house.enter('/settings', { colorScheme: 'light' });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).colorScheme);
    const light = await ground();
    await page.getByRole('radio', { name: 'Dark' }).click();
    assert.notEqual(await ground(), light);
    await page.reload({ waitUntil: 'commit' });
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  });
  await house.close();
}

/** Nobody is there yet: the address that `serve` prints leads to the first user. By the keyboard alone. */
async function setUp(browser) {
  const server = await new Server(dataDirectory()).start();
  const { address } = server;
  await browser.test('the first visit makes the owner, with the code that the server printed and no other', async () => {
    const code = await server.setupCode();
    const page = await browser.visitor();
    const { keyboard } = page;
    const focusIsOn = (name) => page.waitForFunction((wanted) => document.activeElement.name === wanted, name);
    const refusedBy = async (words) => {
      const answered = page.waitForResponse('**/api/auth/setup');
      await keyboard.press('Enter');
      await answered;
      await page.getByRole('alert').getByText(words).waitFor();
    };
    await page.goto(`${address}/setup#wrong-code`);
    await focusIsOn('name');
    assert.equal(await page.getByLabel('Set-up code').inputValue(), 'wrong-code');
    assert.equal(new URL(page.url()).hash, '', 'the code does not stay in the address');
    await keyboard.press('Enter');
    await page.getByText('What are you called?').waitFor();
    for (const [words, keys] of [['Kim Keeper', 1], ['kim@test.example', 1], [password, 2], ['Lighthouse', 0]]) {
      await keyboard.type(words);
      for (let i = 0; i < keys; i++) await keyboard.press('Tab');
    }
    for (let i = 0; i < WRONG_CODES_MAX; i++) await refusedBy('This is not the code');
    await focusIsOn('code');
    await keyboard.press('Control+a');
    await keyboard.type(code);
    await refusedBy('Too many attempts. Please wait');

    await server.kill('SIGTERM');
    await server.start();
    const next = await server.setupCode();
    assert.notEqual(next, code);
    await refusedBy('This is not the code');
    await focusIsOn('code');
    await keyboard.press('Control+a');
    await keyboard.type(next);
    await keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname !== '/setup');
    const { user } = await (await page.request.get(`${address}/api/auth/me`)).json();
    assert.deepEqual([user.email, user.role], ['kim@test.example', 'OWNER']);
    await page.goto(`${address}/setup`);
    await page.getByRole('heading', { name: 'This workspace is set up' }).waitFor();
    await page.context().close();
  }, { expected: [...refused, /status of 429/] });
  assert.equal(await server.kill('SIGTERM'), 0);
}
