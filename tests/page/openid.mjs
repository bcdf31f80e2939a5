// Logging in by OpenID Connect as people see it: Google and a second provider are played by the real oidc-provider, whose forms the
// browser fills in; a third one lies. Whatever goes wrong ends on the page, in words and with something to do next.
import assert from 'node:assert/strict';
import { Issuer, makeKey, makeToken } from '../server/openid_issuer.mjs';
import { cutOff, faultsOf, House, password } from './house.mjs';
import { RealProvider, withoutFonts } from './provider.mjs';

// What the page tries before it knows who asks, and what is refused on purpose.
const refused = [/status of 40[013]/, cutOff];

const atGoogle = {
  fay: { email: 'fay@firm.example', email_verified: true, hd: 'firm.example', name: 'Fay Firm' },
  gus: { email: 'gus@gmail.com', email_verified: true, name: 'Gus Nowhere' },
  eve: { email: 'eve@firm.example', email_verified: false, hd: 'firm.example', name: 'Eve' },
  alice: { email: 'alice@gmail.com', email_verified: true, name: 'Alice at home' },
};
const atHarbour = {
  ada: { email: 'ada@invited.example', email_verified: true, name: 'Ada' },
  alice: { email: 'alice@test.example', email_verified: true, name: 'Alice' },
};

class Quay {
  static async open(browser) {
    const quay = new Quay();
    quay.google = await RealProvider.start('google', 'RS256', atGoogle);
    quay.harbour = await RealProvider.start('harbour', 'ES256', atHarbour);
    quay.liar = await Issuer.start();
    const env = {
      ...quay.google.environment, GOOGLE_ALLOWED_DOMAINS: 'firm.example',
      ...quay.harbour.environment, ORCHD_OIDC_HARBOUR_NAME: 'Harbour ID',
      ORCHD_OIDC_LIAR_ISSUER: quay.liar.url, ORCHD_OIDC_LIAR_CLIENT_ID: quay.liar.clientId, ORCHD_OIDC_LIAR_CLIENT_SECRET: quay.liar.clientSecret, ORCHD_OIDC_LIAR_NAME: 'The Liar',
      ORCHD_OIDC_GONE_ISSUER: 'http://127.0.0.1:1', ORCHD_OIDC_GONE_CLIENT_ID: 'x', ORCHD_OIDC_GONE_NAME: 'Gone',
    };
    quay.house = await House.open(browser, { env });
    quay.google.know(quay.address);
    quay.harbour.know(quay.address);
    return quay;
  }

  get address() {
    return this.house.address;
  }

  /** The login as somebody finds it who wanted to go to `path`. */
  async stranger(path = '/', options) {
    const page = await withoutFonts(await this.house.stranger(options));
    await page.goto(this.address + path);
    return page;
  }

  test(name, body) {
    return this.house.test(name, body, { expected: refused });
  }

  async close() {
    await this.house.close();
    for (const provider of [this.google, this.harbour, this.liar]) provider.close();
  }
}

const go = (page, provider) => page.getByRole('button', { name: `Continue with ${provider}` }).click();
const told = (page, words) => page.getByRole('alert').getByText(words).waitFor();
const whoIs = async (page) => (await (await page.request.get(new URL('/api/auth/me', page.url()).href)).json()).user;
const button = (place, name) => place.getByRole('button', { name, exact: true });
const section = (page, name) => page.getByRole('region', { name, exact: true });

export default async function (browser) {
  const quay = await Quay.open(browser);
  await goingIn(quay);
  await turnedAway(quay);
  await lost(quay);
  await lies(quay);
  await connecting(quay);
  await quay.close();
}

async function goingIn(quay) {
  const { address, google, harbour } = quay;

  await quay.test('Google: its login, its consent, and back to where one wanted to go; out, and in again', async () => {
    const page = await quay.stranger('/daemons?status=error');
    await page.waitForURL('**/login?return=**');
    await page.getByRole('button', { name: 'Continue with Harbour ID' }).waitFor();
    assert.deepEqual(await faultsOf(page), []);
    await go(page, 'Google');
    await google.logIn(page, 'fay');
    await google.consent(page);
    await page.waitForURL(`${address}/daemons?status=error`);
    await page.getByRole('heading', { name: 'Control room' }).waitFor();
    const { email, name, role } = await whoIs(page);
    assert.deepEqual([email, name, role], ['fay@firm.example', 'Fay Firm', 'MEMBER']);

    await page.goto(`${address}/settings`);
    await button(page, 'Log out').click();
    await page.waitForURL(`${address}/login`);
    assert.equal(await page.getByText('Your session has ended').count(), 0, 'who leaves needs no explanation');
    await go(page, 'Google'); // where she is logged in still
    await page.waitForURL(`${address}/`);
    assert.equal((await whoIs(page)).email, 'fay@firm.example');
  });

  await quay.test('another provider beside it, by the keyboard: who was invited comes in, and keeps the only way to log in until there is a password', async () => {
    await quay.house.world.post('/api/users', quay.house.world.admin, { email: 'ada@invited.example', name: 'Ada' });
    const page = await quay.stranger('/settings');
    await page.getByRole('button', { name: 'Continue with Harbour ID' }).waitFor();
    while (!await page.evaluate(() => document.activeElement.textContent.includes('Harbour ID'))) {
      await page.keyboard.press('Shift+Tab');
      assert.notEqual(await page.evaluate(() => document.activeElement.localName), 'body', 'the focus left the page');
    }
    await page.keyboard.press('Enter');
    await harbour.logIn(page, 'ada');
    await harbour.consent(page);
    await page.waitForURL(`${address}/settings`);
    assert.equal((await whoIs(page)).email, 'ada@invited.example');
    const logins = section(page, 'Connected logins');
    await logins.getByText('your only way to log in').waitFor();
    assert.equal(await logins.getByRole('button', { name: /^Disconnect/ }).count(), 0);
    const form = section(page, 'Password');
    await form.getByLabel('New password', { exact: true }).fill(password);
    await button(form, 'Set a password').click();
    await button(logins, 'Disconnect Harbour ID').click();
    await button(logins, 'Connect Harbour ID').waitFor();
    const { accounts, password: has } = await (await page.request.get(`${address}/api/auth/accounts`)).json();
    assert.deepEqual([accounts, has], [[], true]);
  });
}

async function turnedAway(quay) {
  const { address, google } = quay;

  await quay.test('who says no, whom nobody knows and whose address is not verified are told so, and with another account get to where they wanted', async () => {
    const page = await quay.stranger('/daemons');
    await go(page, 'Google');
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.getByText('You ended the login before it was done.').waitFor();
    await go(page, 'Google');
    await google.logIn(page, 'gus');
    await google.consent(page);
    await told(page, 'Nobody here has that e-mail address. Log in with another account');
    assert.deepEqual(await faultsOf(page), []);
    assert.equal(google.prompts.at(-1), undefined);
    await go(page, 'Google');
    await google.logIn(page, 'eve');
    assert.equal(google.prompts.at(-1), 'select_account', 'by itself it would be the same account again');
    await google.consent(page);
    await told(page, 'does not vouch for that e-mail address. Confirm the address there');
    await go(page, 'Google');
    await google.logIn(page, 'fay');
    await google.consent(page);
    await page.waitForURL(`${address}/daemons`);
  });

  await quay.test('a provider that is not there, one that is not configured, and an answer that is none: never bare JSON', async () => {
    const page = await quay.stranger('/settings');
    await go(page, 'Gone');
    await told(page, 'The login provider did not answer as it should.');
    assert.equal(new URL(page.url()).searchParams.get('return'), '/settings');
    await page.goto(`${address}/api/auth/oidc/elsewhere`);
    await told(page, 'That login provider is not set up here.');
    await page.goto(`${address}/api/auth/oidc/google/callback?state=${'x'.repeat(200)}`);
    await told(page, 'That login did not work.');
    await page.goto(`${address}/login?return=${encodeURIComponent(`/${'ä'.repeat(600)}`)}`);
    await go(page, 'Google');
    await page.waitForURL(({ origin }) => origin === google.url);
  });
}

async function lost(quay) {
  const { address, google } = quay;

  await quay.test('the cookie of the login is gone: told, and the next try goes well', async () => {
    const page = await quay.stranger();
    await go(page, 'Google');
    await page.waitForURL(({ origin }) => origin === google.url);
    await page.context().clearCookies({ name: 'orchd_openid' });
    await google.logIn(page, 'fay');
    await google.consent(page);
    await told(page, 'That login took too long, or began in another browser.');
    await go(page, 'Google');
    await page.waitForURL(`${address}/`);
  });

  await quay.test('the way back is opened twice, in another browser, and by the back button', async () => {
    const page = await quay.stranger('/settings');
    await go(page, 'Google');
    await google.logIn(page, 'fay');
    const answered = page.waitForResponse((response) => response.url().includes('/callback?'));
    await google.consent(page);
    const link = (await answered).url();
    await page.waitForURL(`${address}/settings`);
    await page.goto(link);
    await page.getByText('You are logged in. The answer of the login provider that came just now was not used.').waitFor();
    await page.waitForURL(`${address}/`);
    await page.goBack();
    await page.goBack(); // a form of the provider's, which has been answered
    await page.goto(`${address}/settings`);
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    const other = await quay.stranger();
    await other.goto(link);
    await told(other, 'began in another browser');
    assert.equal((await other.request.get(`${address}/api/auth/me`)).status(), 401);
  });
}

/** Each is refused in front of the person, who is not in. What all of them are is in tests/server/openid.mjs. */
async function lies(quay) {
  const { address, liar } = quay;
  const other = makeKey(liar.keys[0].alg);
  await quay.house.world.post('/api/users', quay.house.world.admin, { email: liar.person.email, name: 'One' });
  const unproven = 'What the login provider said could not be proven, so nobody was let in.';
  let replayed;
  const attempts = [
    ['forged', () => (liar.forge = (_, head, claims) => makeToken(head, claims, other.privateKey)), unproven],
    ['expired', () => (liar.claims = (claims) => ({ ...claims, exp: claims.iat - 3600, iat: claims.iat - 7200 })), unproven],
    ['replayed', () => (liar.forge = () => replayed), unproven],
    ['for somebody else', () => (liar.claims = (claims) => ({ ...claims, aud: 'another client' })), unproven],
    ['not given', () => (liar.back = ({ state }) => ({ error: 'server_error', error_description: '<img src=x>', state })), 'The login provider did not answer as it should.'],
  ];
  await quay.test('tokens that are forged, expired, replayed, for somebody else, or not given let nobody in', async () => {
    const page = await quay.stranger('/settings');
    for (const [what, lie, words] of attempts) {
      liar.reset();
      lie();
      const loaded = page.waitForEvent('load'); // what the attempt before was told is gone by then
      await go(page, 'The Liar');
      await loaded;
      assert.match(page.url(), /\/login\?error=(token|provider)&return=%2Fsettings$/, what);
      await told(page, words);
      assert.equal((await page.request.get(`${address}/api/auth/me`)).status(), 401, what);
      liar.reset();
      if (replayed) continue;
      liar.forge = (token) => (replayed = token);
      const honest = await quay.stranger();
      await go(honest, 'The Liar');
      await honest.waitForURL(`${address}/`);
    }
  });
}

async function connecting(quay) {
  const { address, google, harbour, house } = quay;
  const { alice } = house.world.people;

  await quay.test('an address with a password is not taken over; its owner connects the login in the settings, and it works', async () => {
    const page = await quay.stranger('/settings');
    await go(page, 'Harbour ID');
    await harbour.logIn(page, 'alice');
    await harbour.consent(page);
    await told(page, 'Somebody here has that e-mail address and a password.');
    await page.getByLabel('E-mail').fill(alice.email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await button(page, 'Log in').click();
    await page.waitForURL(`${address}/settings`);
    const logins = section(page, 'Connected logins');
    await button(logins, 'Connect Harbour ID').click();
    await button(logins, 'Disconnect Harbour ID').waitFor();

    // Somebody else's is not connected; the provider then asks which one is meant.
    await button(logins, 'Connect Google').click();
    await google.logIn(page, 'fay');
    await google.consent(page);
    await page.waitForURL(`${address}/settings?error=taken`);
    await told(page, 'That login belongs to somebody else here already.');
    assert.ok((await page.getByRole('alert').boundingBox()).y < 300, 'it is on top, not where nobody looks');
    assert.deepEqual(await faultsOf(page), []);
    await button(logins, 'Connect Google').click();
    await google.logIn(page, 'alice');
    await google.consent(page);
    await page.waitForURL(`${address}/settings`);
    assert.equal(google.prompts.at(-1), 'select_account');
    await button(logins, 'Disconnect Google').click();
    await page.getByText('Google does not log you in any more').waitFor();
    await button(logins, 'Connect Google').waitFor();

    await button(page, 'Log out').click();
    await go(page, 'Harbour ID');
    await page.waitForURL(`${address}/`);
    assert.equal((await whoIs(page)).id, alice.id);
  });
}
