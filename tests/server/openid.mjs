// Logging in by OpenID Connect: with a real issuer (oidc-provider), and with one that lies in every way.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import Provider from 'oidc-provider';
import { test, until } from '../harness/check.mjs';
import { dataDirectory, orchd, Server } from '../harness/orchd.mjs';
import { sql } from '../operations/workspace.mjs';
import { Browser, cookiesSet } from './openid_browser.mjs';
import { Issuer, makeKey, makeToken } from './openid_issuer.mjs';
import { World } from './world.mjs';

const json = { 'content-type': 'application/json' };
const errorOf = ({ location }) => new URL(location).searchParams.get('error');
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];

// oidc-provider with a client for each algorithm; whoever comes is `who`, and agrees to everything.
class RealIssuer {
  people = {
    ada: { email: 'ada@invited.example', email_verified: true, name: 'Ada from afar' },
    joiner: { email: 'Joiner@Joins.Example', email_verified: true, name: 'A Joiner' },
    mallory: { email: 'mallory@joins.example', email_verified: false, name: 'M' },
  };
  who = 'ada';

  static async start() {
    const issuer = new RealIssuer();
    issuer.server = createServer((request, response) => issuer.#serve(request, response));
    issuer.server.listen(0, '127.0.0.1');
    await once(issuer.server, 'listening');
    issuer.url = `http://127.0.0.1:${issuer.server.address().port}`;
    return issuer;
  }

  #serve(request, response) {
    if (request.url.startsWith('/interaction/')) this.provider.interactionFinished(request, response, { login: { accountId: this.who } });
    else this.callback(request, response);
  }

  // Once it is known where orchd is.
  know(address) {
    const warn = console.warn;
    console.warn = () => {}; // it says that this is no production
    this.provider = new Provider(this.url, {
      clients: algorithms.map((alg) => ({
        client_id: alg.toLowerCase(),
        client_secret: 'a+secret',
        redirect_uris: [`${address}/api/auth/oidc/${alg.toLowerCase()}/callback`],
        id_token_signed_response_alg: alg,
        token_endpoint_auth_method: alg === 'ES256' ? 'client_secret_post' : 'client_secret_basic',
      })),
      jwks: { keys: algorithms.map((alg) => makeKey(alg)).map(({ privateKey, jwk }) => ({ ...privateKey.export({ format: 'jwk' }), kid: jwk.kid, alg: jwk.alg, use: 'sig' })) },
      pkce: { required: () => true, methods: ['S256'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      conformIdTokenClaims: false,
      cookies: { keys: ['a key of the tests'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Session: 60, Interaction: 60, Grant: 60 },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...this.people[id] }) }),
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
    });
    this.callback = this.provider.callback();
    console.warn = warn;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

function environmentOf(id, url, clientId, secret, extra = {}) {
  const of = { ISSUER: url, CLIENT_ID: clientId, CLIENT_SECRET: secret, ...extra };
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [`ORCHD_OIDC_${id}_${name}`, value]));
}

const me = async (browser, address) => {
  const { status, text } = await browser.request(`${address}/api/auth/me`);
  return status === 200 ? JSON.parse(text) : null;
};

async function honest() {
  const issuer = await RealIssuer.start();
  const env = Object.assign({ ORCHD_MODEL: 'rules' }, ...algorithms.map((alg) => environmentOf(alg.toUpperCase(), issuer.url, alg.toLowerCase(), 'a+secret', { DOMAINS: 'joins.example, other.example' })));
  const world = await World.make({ env });
  issuer.know(world.address);
  const database = join(world.data, 'orchd.db');

  await test('whoever was invited logs in for the first time, and again', async () => {
    const { body } = await world.post('/api/users', world.admin, { email: 'Ada@invited.example', name: 'Ada' });
    const browser = new Browser();
    const back = await browser.logIn(world.address, 'rs256', { path: '/c/general?a=1&b=%2F' });
    assert.deepEqual([back.status, back.location], [302, `${world.address}/c/general?a=1&b=%2F`]);
    assert.match(cookiesSet(back.headers).find((one) => one.startsWith('orchd_session=')), /; Max-Age=2592000; HttpOnly; SameSite=Lax$/);
    assert.equal((await me(browser, world.address)).user.id, body.user.id);
    assert.deepEqual([...browser.cookies(world.address).keys()], ['orchd_session'], 'a cookie of the login is left');
    assert.equal(sql(database, `SELECT type, provider, provider_account_id, refresh_token, access_token, id_token FROM accounts WHERE user_id = '${body.user.id}'`), 'oidc|rs256|ada|None|None|None');
    assert.notEqual(sql(database, `SELECT email_verified FROM users WHERE id = '${body.user.id}'`), 'None');
    const again = new Browser();
    assert.equal((await again.logIn(world.address, 'rs256')).location, `${world.address}/c/general`);
    assert.equal((await me(again, world.address)).user.id, body.user.id);
    assert.equal(sql(database, `SELECT count(*) FROM accounts WHERE user_id = '${body.user.id}'`), '1');
  });

  await test('RS256, PS256, ES256 and EdDSA; one user has accounts of several providers', async () => {
    for (const alg of algorithms.slice(1)) {
      const browser = new Browser();
      assert.equal((await browser.logIn(world.address, alg.toLowerCase())).location, `${world.address}/c/general`, alg);
      assert.equal((await me(browser, world.address)).user.email, 'Ada@invited.example');
      const { accounts, password: has } = JSON.parse((await browser.request(`${world.address}/api/auth/accounts`)).text);
      assert.equal(has, false);
      assert.ok(accounts.some(({ provider }) => provider === alg.toLowerCase()));
    }
  });

  await test('somebody of an allowed domain joins, is in the public channels, and no administrator', async () => {
    issuer.who = 'joiner';
    const browser = new Browser();
    assert.equal((await browser.logIn(world.address, 'es256')).location, `${world.address}/c/general`);
    const { user } = await me(browser, world.address);
    assert.deepEqual([user.email, user.name, user.role], ['Joiner@Joins.Example', 'A Joiner', 'MEMBER']);
    const { channels } = JSON.parse((await browser.request(`${world.address}/api/channels`)).text);
    assert.ok(channels.some(({ slug }) => slug === 'general'));
  });

  await test('an address that the issuer has not verified joins nothing', async () => {
    issuer.who = 'mallory';
    const browser = new Browser();
    assert.equal(errorOf(await browser.logIn(world.address, 'rs256')), 'email');
    assert.equal(await me(browser, world.address), null);
    assert.ok(!(await world.get('/api/users', world.admin)).body.users.some(({ email }) => email.startsWith('mallory')));
  });

  await test('the login of an orchestrator starts its daemon', async () => {
    const made = await world.addOrchestrator('Lin', undefined, { email: 'lin@invited.example', loggedIn: false });
    issuer.people.lin = { email: 'lin@invited.example', email_verified: true, name: 'Lin' };
    issuer.who = 'lin';
    const status = async () => (await world.get(`/api/daemons/${made.id}`, world.admin)).body.health.status;
    assert.notEqual(await status(), 'running');
    await new Browser().logIn(world.address, 'rs256');
    await until('its daemon runs', async () => (await status()) === 'running');
  });

  await test('neither codes nor secrets are in the log', () => assert.doesNotMatch(world.server.log, /a.secret|code=|eyJ/));

  await test('a provider that goes down is told before a browser is sent there; one with a trouble of its own is not in the way', async () => {
    const browser = new Browser();
    const there = () => browser.request(`${world.address}/api/auth/oidc/rs256`);
    let asked = 0;
    issuer.callback = (request, response) => {
      asked++;
      response.writeHead(503).end();
    };
    await until('it is asked again', async () => {
      assert.ok((await there()).location.startsWith(issuer.url), 'what is known counts for an hour');
      return asked > 0;
    });
    issuer.close();
    await until('it is told', async () => errorOf(await there()) === 'provider');
  });

  await world.end();
}

// ---- an issuer that lies ----

// What is wrong, how the issuer comes to do it, and what the browser is told.
function lies(issuer) {
  const other = makeKey(issuer.keys[0].alg);
  const now = () => Math.floor(Date.now() / 1000);
  const claims = (change) => () => (issuer.claims = (all) => ({ ...all, ...change(all) }));
  const head = (change) => () => (issuer.head = (all) => ({ ...all, ...change }));
  const forge = (how) => () => (issuer.forge = how);
  return [
    ['the signature is another key\'s', forge((_, top, all) => makeToken(top, all, other.privateKey)), 'token'],
    ['the claims were changed behind the signature', forge((token, _, all) => [token.split('.')[0], Buffer.from(JSON.stringify({ ...all, email: 'ada@people.example' })).toString('base64url'), token.split('.')[2]].join('.')), 'token'],
    ['alg none', forge((_, top, all) => makeToken({ ...top, alg: 'none' }, all)), 'token'],
    ['alg none with a signature', forge((token, top) => [Buffer.from(JSON.stringify({ ...top, alg: 'none' })).toString('base64url'), ...token.split('.').slice(1)].join('.')), 'token'],
    ['HS256 with the public key', forge((_, top, all) => makeToken({ ...top, alg: 'HS256' }, all, issuer.keys[0].publicKey.export({ type: 'spki', format: 'pem' }))), 'token'],
    ['HS256 with the client\'s secret', forge((_, top, all) => makeToken({ ...top, alg: 'HS256' }, all, issuer.clientSecret)), 'token'],
    ['a key in the token\'s own head', forge((_, top, all) => makeToken({ ...top, kid: undefined, jwk: other.jwk }, all, other.privateKey)), 'token'],
    ['a key that the issuer does not list', forge((_, top, all) => makeToken({ ...top, kid: other.kid }, all, other.privateKey)), 'token'],
    ['no signature', forge((token) => token.replace(/[^.]*$/, '')), 'token'],
    ['two parts', forge((token) => token.split('.').slice(0, 2).join('.')), 'token'],
    ['five parts', forge((token) => `${token}.x.y`), 'token'],
    ['no ID token', forge(() => ''), 'provider'],
    ['an extension in the head', head({ crit: ['exp'] }), 'token'],
    ['an access token in place of an ID token', head({ typ: 'at+jwt' }), 'token'],
    ['expired', claims(() => ({ exp: now() - 120 })), 'token'],
    ['issued long ago', claims(() => ({ iat: now() - 3600 })), 'token'],
    ['issued in the future', claims(() => ({ iat: now() + 600 })), 'token'],
    ['not valid yet', claims(() => ({ nbf: now() + 600 })), 'token'],
    ['without an end', claims(() => ({ exp: undefined })), 'token'],
    ['an end that is no number', claims(() => ({ exp: '9999999999' })), 'token'],
    ['another audience', claims(() => ({ aud: 'somebody else' })), 'token'],
    ['several audiences and nobody who asked', claims(() => ({ aud: ['orchd', 'other'] })), 'token'],
    ['somebody else asked', claims(() => ({ aud: ['orchd', 'other'], azp: 'other' })), 'token'],
    ['another issuer', claims(() => ({ iss: 'https://accounts.google.com' })), 'token'],
    ['an issuer with a slash more', claims(({ iss }) => ({ iss: `${iss}/` })), 'token'],
    ['another nonce', claims(() => ({ nonce: 'x'.repeat(43) })), 'token'],
    ['no nonce', claims(() => ({ nonce: undefined })), 'token'],
    ['another access token', claims(() => ({ at_hash: 'x'.repeat(22) })), 'token'],
    ['nobody', claims(() => ({ sub: undefined })), 'token'],
    ['a subject without measure', claims(() => ({ sub: 'x'.repeat(256) })), 'token'],
    ['an unverified address', claims(() => ({ email_verified: false })), 'email'],
    ['an address of which it does not say so', claims(() => ({ email_verified: undefined })), 'email'],
    ['a text that is not "true"', claims(() => ({ email_verified: 'yes' })), 'email'],
    ['no address', claims(() => ({ email: undefined })), 'email'],
    ['something that is no address', claims(() => ({ email: 'one@people.example\n' })), 'email'],
    ['an address that nobody has', claims(() => ({ email: 'none@people.example', sub: 'none' })), 'unknown_user'],
    ['a domain that only looks like the allowed one', claims(() => ({ email: 'x@joins.example.evil.example', sub: 'x1' })), 'unknown_user'],
    ['a part of the allowed domain', claims(() => ({ email: 'x@sub.joins.example', sub: 'x2' })), 'unknown_user'],
    ['a token without measure', claims(() => ({ pad: 'x'.repeat(40000) })), 'token'],
    ['an answer without measure', () => (issuer.answer = (response) => response.end('x'.repeat(200000))), 'provider'],
    ['an answer that is no JSON', () => (issuer.answer = (response) => response.end('<html>')), 'provider'],
    ['a redirection of the token endpoint', () => (issuer.answer = (response) => response.writeHead(307, { location: `${issuer.url}/token` }).end()), 'provider'],
    ['a connection that is cut', () => (issuer.answer = (response) => response.destroy()), 'provider'],
    ['a refusal', () => (issuer.back = ({ state }) => ({ error: 'access_denied', error_description: '<b>no</b>', state })), 'denied'],
    ['a trouble of its own', () => (issuer.back = ({ state }) => ({ error: 'server_error', state })), 'provider'],
    ['an answer of another issuer', () => (issuer.back = (query) => ({ ...query, iss: 'https://evil.example' })), 'token'],
    ['another code', () => (issuer.back = (query) => ({ ...query, code: 'x' })), 'provider'],
    ['no code', () => (issuer.back = ({ state }) => ({ state })), 'provider'],
    ['another state', () => (issuer.back = (query) => ({ ...query, state: 'x'.repeat(43) })), 'expired'],
    ['no state', () => (issuer.back = ({ code }) => ({ code })), 'expired'],
  ];
}

async function hostile() {
  const issuer = await Issuer.start();
  const hanging = await Issuer.start();
  issuer.keys = [makeKey('RS256')];
  const late = [];
  hanging.answer = (response) => late.push(response);
  const env = {
    ...environmentOf('LIAR', issuer.url, issuer.clientId, issuer.clientSecret, { NAME: 'The Liar', DOMAINS: 'joins.example' }),
    ...environmentOf('TWIN', issuer.url, issuer.clientId, issuer.clientSecret),
    ...environmentOf('HANGING', hanging.url, hanging.clientId, hanging.clientSecret),
    ...environmentOf('GONE', 'http://127.0.0.1:1', 'x', 'y'),
  };
  const world = await World.make({ env });
  const { address } = world;
  await world.post('/api/users', world.admin, { email: 'one@people.example', name: 'One' });
  const attempt = (options) => new Browser().logIn(address, 'liar', options);
  const hung = new Browser().logIn(address, 'hanging'); // answered when the test that asks for it comes
  hung.catch(() => {});

  await test('an honest login of this issuer goes well; so what follows fails for its own reason', async () => {
    assert.equal((await attempt()).location, `${address}/c/general`);
    assert.deepEqual(JSON.parse((await new Browser().request(`${address}/api/auth/providers`)).text).providers.find(({ id }) => id === 'liar'), { id: 'liar', name: 'The Liar' });
    assert.deepEqual([issuer.last.response_type, issuer.last.code_challenge_method, issuer.last.scope, issuer.last.redirect_uri], ['code', 'S256', 'openid email profile', `${address}/api/auth/oidc/liar/callback`]);
  });

  await test('what an issuer may do differently', async () => {
    for (const change of [() => ({ aud: ['orchd'] }), () => ({ aud: ['other', 'orchd'], azp: 'orchd' }), () => ({ at_hash: undefined }), ({ exp }) => ({ exp: exp + 0.5 }), () => ({ email_verified: 'true' }), () => ({ exp: Math.floor(Date.now() / 1000) - 20 })]) {
      issuer.claims = (all) => ({ ...all, ...change(all) });
      assert.equal((await attempt()).location, `${address}/c/general`, String(change));
    }
    issuer.reset();
    issuer.head = ({ alg, kid }) => ({ alg, kid });
    assert.equal((await attempt()).location, `${address}/c/general`);
    issuer.reset();
  });

  for (const [what, lie, code] of lies(issuer)) {
    await test(`refused: ${what}`, async () => {
      issuer.reset();
      lie();
      const browser = new Browser();
      const back = await browser.logIn(address, 'liar');
      assert.deepEqual([back.status, errorOf(back)], [302, code], world.server.log.split('\n').slice(-3).join('\n'));
      assert.equal(back.location, `${address}/login?error=${code}${code === 'expired' ? '' : '&return=%2Fc%2Fgeneral'}`);
      assert.equal(browser.cookies(address).has('orchd_session'), false, 'a session was made');
    });
  }
  issuer.reset();

  await test('a callback works once; its state in no other browser, and at no other provider', async () => {
    const browser = new Browser(), other = new Browser();
    const begin = (one, id = 'liar') => one.follow(`${address}/api/auth/oidc/${id}`, (url) => url.includes('/callback?'));
    const first = await begin(browser);
    assert.equal((await browser.request(first)).location, `${address}/`);
    assert.equal(errorOf(await browser.request(first)), 'expired');
    const second = await begin(browser);
    assert.equal(errorOf(await other.request(second)), 'expired');
    assert.equal(errorOf(await browser.request(second)), 'expired', 'what another browser came with is used up');
    await begin(other);
    assert.equal(errorOf(await other.request(await begin(browser))), 'expired');
    assert.equal(errorOf(await browser.request((await begin(browser)).replace('/liar/', '/twin/'))), 'expired');
    const [left, right] = [await begin(browser), await begin(browser, 'twin')]; // two tabs
    assert.equal((await browser.request(right)).location, `${address}/`);
    assert.equal((await browser.request(left)).location, `${address}/`);
  });

  await test('it comes back to paths of this server alone', async () => {
    for (const path of ['https://evil.example/', '//evil.example', '/\\evil.example', '/\t/evil.example', 'evil', '/a\r\nSet-Cookie: x=1', '/ä']) {
      const { status, text, headers, location } = await new Browser().request(`${address}/api/auth/oidc/liar?return=${encodeURIComponent(path)}`);
      assert.deepEqual([status, location, headers.get('set-cookie')], [400, null, null], path);
      assert.ok(path.includes('\n') || JSON.parse(text).error.field === 'return', text); // the library drops line ends itself
    }
  });

  await test('a browser that goes there is sent to the login instead of an error; a program gets the error', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    for (const [path, status, code] of [['none', 404, 'not_found'], ['none/callback', 404, 'not_found'], ['liar?return=evil', 400, 'invalid'], [`liar/callback?state=${'x'.repeat(129)}`, 400, 'invalid']]) {
      const url = `${address}/api/auth/oidc/${path}`;
      const shown = await new Browser().request(url, { headers: { accept } });
      assert.deepEqual([shown.status, shown.location], [302, `${address}/login?error=${code}`], path);
      const told = await new Browser().request(url);
      assert.deepEqual([told.status, JSON.parse(told.text).error.code], [status, code], path);
    }
  });

  await test('the provider is asked to ask for the account where somebody wants to choose', async () => {
    const prompt = async (query) => new URL((await new Browser().request(`${address}/api/auth/oidc/liar${query}`)).location).searchParams.get('prompt');
    assert.deepEqual([await prompt(''), await prompt('?choose=false'), await prompt('?choose=true')], [null, null, 'login']);
  });

  await test('a Host that is not this machine begins nothing, as long as no public URL is told', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', 'localhost:1@evil.example', '127.0.0.1.evil.example:80', '127.0.0.1:80:80']) {
      const status = await rawStatus(address, `GET /api/auth/oidc/liar HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      assert.equal(status, 400, host);
    }
  });

  await test('keys that change: fetched again for an unknown one, and not for ever', async () => {
    issuer.keys = [makeKey()];
    const before = issuer.asked.keys;
    assert.equal((await attempt()).location, `${address}/c/general`);
    assert.equal(issuer.asked.keys, before + 1);
    assert.equal((await attempt()).location, `${address}/c/general`);
    assert.equal(issuer.asked.keys, before + 1, 'known keys are fetched again');
    issuer.head = (top) => ({ ...top, kid: 'unknown' });
    for (let i = 0; i < 10; i++) assert.equal(errorOf(await attempt()), 'token');
    assert.ok(issuer.asked.keys <= before + 8, `${issuer.asked.keys - before} times`);
    issuer.reset();
  });

  await test('a set of keys without measure, and one with too many, is no set of keys', async () => {
    for (const jwks of [() => ({ keys: issuer.keys.map(({ jwk }) => jwk), pad: 'x'.repeat(300000) }), () => ({ keys: Array.from({ length: 33 }, (_, i) => ({ ...issuer.keys[0].jwk, kid: `k${i}` })) }), () => ({ keys: 'x' }), () => []]) {
      issuer.jwks = jwks;
      const fresh = await freshServer(environmentOf('LIAR', issuer.url, issuer.clientId, issuer.clientSecret));
      assert.equal(errorOf(await new Browser().logIn(fresh.address, 'liar')), 'provider');
      assert.equal(await fresh.kill('SIGTERM'), 0);
    }
    issuer.reset();
  });

  await test('an issuer that calls itself something else, or is less safe than it should be', async () => {
    const changes = [{ issuer: 'https://accounts.google.com' }, { issuer: undefined }, { authorization_endpoint: 'javascript:alert(1)' }, { token_endpoint: 'http://evil.example/token' }, { jwks_uri: 'file:///etc/passwd' }, { code_challenge_methods_supported: ['plain'] }, { id_token_signing_alg_values_supported: ['HS256', 'none'] }, { response_types_supported: ['token'] }];
    for (const change of changes) {
      issuer.document = (document) => ({ ...document, ...change });
      const fresh = await freshServer(environmentOf('LIAR', issuer.url, issuer.clientId, issuer.clientSecret));
      assert.equal(errorOf(await new Browser().logIn(fresh.address, 'liar')), 'provider', JSON.stringify(change));
      assert.equal(await fresh.kill('SIGTERM'), 0);
    }
    issuer.reset();
  });

  await test('an issuer that is not there', async () => {
    const back = await new Browser().request(`${address}/api/auth/oidc/gone`);
    assert.deepEqual([back.status, errorOf(back)], [302, 'provider']);
    assert.equal((await world.post('/api/auth/oidc/gone/link', world.people.alice.token, {})).body.error.code, 'provider_failed');
    assert.equal((await new Browser().request(`${address}/api/auth/oidc/none`)).status, 404);
  });

  await linking({ world, issuer, attempt });

  await test('nothing of a login is in the log', () => {
    assert.doesNotMatch(world.server.log, /eyJ|code=|state=/);
    assert.ok(!world.server.log.includes(issuer.clientSecret));
    assert.match(world.server.log, /login\.openid/);
  });

  await test('a token endpoint that hangs ends the login, not the server', async () => {
    assert.equal(errorOf(await hung), 'provider');
    assert.equal(late.length, 1);
  });

  await test('who was suspended stays out', async () => {
    sql(join(world.data, 'orchd.db'), "UPDATE users SET status = 'SUSPENDED' WHERE email = 'joined@joins.example'");
    await world.server.kill('SIGTERM');
    await world.server.start();
    assert.equal(errorOf(await attempt()), 'disabled');
  });

  await test('the server ends while a login waits for the issuer', async () => {
    const waiting = new Browser().logIn(address, 'hanging').catch(() => null);
    await until('it waits', () => late.length === 2);
    await world.end();
    await waiting;
  });
  issuer.close();
  hanging.close();
}

// An account is linked only where the address is proven on both sides, or by its owner himself.
async function linking({ world, issuer, attempt }) {
  const { address } = world;
  const { alice, bob } = world.people;
  const asBrowser = (token) => {
    const browser = new Browser();
    browser.cookies(address).set('orchd_session', token);
    return browser;
  };
  const beginLink = async (browser, extra = {}) => browser.request(`${address}/api/auth/oidc/liar/link`, { method: 'POST', headers: { ...json, ...extra }, body: '{}' });
  const link = async (browser) => {
    const { text } = await beginLink(browser);
    return browser.request(await browser.follow(JSON.parse(text).location, (url) => url.includes('/callback?')));
  };

  await test('an address with a password that was never proven is not taken over by it', async () => {
    issuer.person = { sub: 'alice-there', email: alice.email, email_verified: true };
    assert.equal(errorOf(await attempt()), 'link');
  });

  await test('… unless its owner links the account, with which the address is proven', async () => {
    const browser = asBrowser(alice.token);
    assert.equal((await link(browser)).location, `${address}/settings`);
    const visitor = new Browser();
    assert.equal((await visitor.logIn(address, 'liar')).location, `${address}/c/general`);
    assert.equal((await me(visitor, address)).user.id, alice.id);
    issuer.person = { ...issuer.person, sub: 'alice-elsewhere' };
    assert.equal((await attempt()).location, `${address}/c/general`, 'a proven address');
  });

  await test('an account is one user\'s; a foreign page, an API token or somebody else links nothing', async () => {
    assert.equal(errorOf(await link(asBrowser(bob.token))), 'taken');
    assert.equal((await beginLink(asBrowser(bob.token), { origin: 'https://evil.example' })).status, 403);
    const { body } = await world.post('/api/tokens', bob.token, { name: 'script' });
    assert.equal((await world.post('/api/auth/oidc/liar/link', body.token, {})).status, 403);
    assert.equal((await world.post('/api/auth/oidc/liar/link', null, {})).status, 401);
    issuer.person = { sub: 'new', email: 'new@people.example', email_verified: true };
    const browser = asBrowser(bob.token);
    const back = await browser.follow(JSON.parse((await beginLink(browser)).text).location, (url) => url.includes('/callback?'));
    browser.cookies(address).set('orchd_session', alice.token);
    const answer = await browser.request(back);
    assert.deepEqual([answer.location, errorOf(answer)], [`${address}/settings?error=session`, 'session']);
    const { accounts } = (await world.get('/api/auth/accounts', bob.token)).body;
    assert.deepEqual(accounts, []);
  });

  await test('an account is forgotten again; the last way to log in is not', async () => {
    const { accounts } = (await world.get('/api/auth/accounts', alice.token)).body;
    assert.equal(accounts.length, 2);
    assert.equal((await world.call('DELETE', `/api/auth/accounts/${accounts[0].id}`, bob.token)).status, 409);
    for (const { id } of accounts) assert.equal((await world.call('DELETE', `/api/auth/accounts/${id}`, alice.token)).status, 204);
    issuer.person = { sub: 'joined', email: 'joined@joins.example', email_verified: true };
    const browser = new Browser();
    await browser.logIn(address, 'liar');
    const mine = JSON.parse((await browser.request(`${address}/api/auth/accounts`)).text);
    assert.equal((await browser.request(`${address}/api/auth/accounts/${mine.accounts[0].id}`, { method: 'DELETE' })).status, 409);
  });
}

// The status of the answer to bytes as they are.
async function rawStatus(address, bytes) {
  const { connect } = await import('node:net');
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.end(bytes);
  let text = '';
  for await (const piece of socket) text += piece;
  return Number(text.split(' ')[1]);
}

async function freshServer(env, args = []) {
  const data = join(dataDirectory(), 'data');
  return new Server(data, { env, args }).start();
}

async function configured() {
  const data = join(dataDirectory(), 'data');
  const good = environmentOf('X', 'https://id.example', 'c', 's');
  const refusals = [
    [{ ORCHD_OIDC_X_ISSUER: 'https://id.example' }, /ORCHD_OIDC_X_CLIENT_ID is missing/],
    [{ ORCHD_OIDC_X_CLIENT_ID: 'c' }, /ORCHD_OIDC_X_ISSUER is missing/],
    [{ ...good, ORCHD_OIDC_X_ISSUER: 'http://id.example' }, /must be an address that begins with https/],
    [{ ...good, ORCHD_OIDC_X_ISUER: 'x' }, /ORCHD_OIDC_X_ISUER is not known/],
    [{ ...good, ORCHD_OIDC_X_SCOPES: 'profile' }, /openid and email/],
    [{ ...good, ORCHD_OIDC_X_DOMAINS: '*.example' }, /is no domain/],
    [{ ...good, ORCHD_OIDC_X_CLIENT_SECRET_FILE: '/nowhere' }, /are both set/],
    [{ ...good, ORCHD_OIDC_X_CLIENT_SECRET: '', ORCHD_OIDC_X_CLIENT_SECRET_FILE: '/nowhere' }, /cannot read \/nowhere/],
    [{ GOOGLE_CLIENT_ID: 'c' }, /neither GOOGLE_CLIENT_SECRET nor GOOGLE_CLIENT_SECRET_FILE/],
    [{ ORCHD_PUBLIC_URL: 'chat.example.com' }, /ORCHD_PUBLIC_URL: the address where browsers find this server/],
    [{ ORCHD_PUBLIC_URL: 'https://chat.example.com/path' }, /without a path/],
  ];
  await test('a configuration that is wrong or half is told at the start', async () => {
    for (const [env, words] of refusals) {
      const { code, stderr } = await orchd(['serve', '--data', data, '--listen', '127.0.0.1:0'], { env });
      assert.equal(code, 1, stderr);
      assert.match(stderr, words);
    }
    const { code, stderr } = await orchd(['serve', '--data', data, '--listen', `unix:${data}.sock`], { env: good });
    assert.equal(code, 1);
    assert.match(stderr, /need the address where browsers find this server: --public-url/);
  });

  await test('Google is there by its two variables', async () => {
    const server = await freshServer({ GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret' });
    assert.deepEqual(JSON.parse((await new Browser().request(`${server.address}/api/auth/providers`)).text).providers, [{ id: 'google', name: 'Google' }]);
    assert.equal(await server.kill('SIGTERM'), 0);
  });

  await test('Google vouches for its own mail and for organizations, not for any address that somebody once had', async () => {
    const issuer = await Issuer.start();
    const world = await World.make({ env: { GOOGLE_ISSUER: issuer.url, GOOGLE_CLIENT_ID: issuer.clientId, GOOGLE_CLIENT_SECRET: issuer.clientSecret, GOOGLE_ALLOWED_DOMAINS: 'Firm.example' } });
    for (const [email, hd, error] of [['a@gmail.com', undefined, 'unknown_user'], ['b@firm.example', undefined, 'email'], ['c@firm.example', 'firm.example', null], ['d@other.example', 'other.example', 'unknown_user'], ['e@notgmail.com', undefined, 'email']]) {
      issuer.person = { sub: email, email, email_verified: true, hd };
      const back = await new Browser().logIn(world.address, 'google');
      assert.equal(errorOf(back), error, `${email} ${back.location}`);
    }
    await world.end();
    issuer.close();
  });

  await test('with a public URL that counts, whatever Host says; cookies are for TLS, and for this host alone', async () => {
    const issuer = await Issuer.start();
    const server = await freshServer(environmentOf('X', issuer.url, 'orchd', 'secret'), ['--public-url', 'https://chat.example.com/']);
    const { hostname, port } = new URL(server.address);
    const { request } = await import('node:http');
    const response = await new Promise((done) => request({ hostname, port, path: '/api/auth/oidc/x', headers: { host: 'chat.example.com' } }, done).end());
    assert.equal(new URL(response.headers.location).searchParams.get('redirect_uri'), 'https://chat.example.com/api/auth/oidc/x/callback');
    assert.match(response.headers['set-cookie'][0], /^__Host-orchd_openid=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/);
    const evil = await new Promise((done) => request({ hostname, port, path: '/api/auth/oidc/x', headers: { host: 'evil.example' } }, done).end());
    assert.equal(new URL(evil.headers.location).searchParams.get('redirect_uri'), 'https://chat.example.com/api/auth/oidc/x/callback');
    const same = await new Promise((done) => request({ hostname, port, method: 'POST', path: '/api/auth/login', headers: { ...json, host: 'chat.example.com', origin: 'https://chat.example.com' } }, done).end('{}'));
    assert.equal(same.statusCode, 400, 'the page of the public URL is our own');
    for (const one of [response, evil, same]) one.resume();
    assert.equal(await server.kill('SIGTERM'), 0);
    issuer.close();
  });
}

export default async function () {
  await honest();
  await hostile();
  await configured();
}
