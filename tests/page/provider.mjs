// OpenID providers for the browser: the real oidc-provider with its own forms for login and consent. Whoever is asked for by name in its
// login form is there with what `people` says of them; any password is good.
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { makeKey } from '../server/openid_issuer.mjs';

const SECRET = 'a-secret-of-the-tests';

export class RealProvider {
  /** The prompts that were asked for, one for each login that began; undefined: none. */
  prompts = [];

  /** `id`: as orchd calls it. `localhost` and 127.0.0.1 are two sites to a browser, as a provider and orchd are. */
  static async start(id, alg, people) {
    const provider = new RealProvider();
    Object.assign(provider, { id, alg, people });
    provider.server = createServer((request, response) => provider.#serve(request, response));
    provider.server.listen(0, '127.0.0.1');
    await once(provider.server, 'listening');
    provider.url = `http://localhost:${provider.server.address().port}`;
    return provider;
  }

  get environment() {
    const of = { ISSUER: this.url, CLIENT_ID: 'orchd', CLIENT_SECRET: SECRET };
    const prefix = this.id === 'google' ? 'GOOGLE' : `ORCHD_OIDC_${this.id.toUpperCase()}`;
    return Object.fromEntries(Object.entries(of).map(([name, value]) => [`${prefix}_${name}`, value]));
  }

  /** Once it is known where orchd is. */
  know(address) {
    const { privateKey, jwk } = makeKey(this.alg);
    const { warn, info } = console;
    console.warn = console.info = () => {}; // it says that this is no production
    const provider = new Provider(this.url, {
      clients: [{
        client_id: 'orchd', client_secret: SECRET, redirect_uris: [`${address}/api/auth/oidc/${this.id}/callback`], id_token_signed_response_alg: this.alg,
      }],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: jwk.kid, alg: jwk.alg, use: 'sig' }] },
      pkce: { required: () => true, methods: ['S256'] },
      claims: { openid: ['sub', 'hd'], email: ['email', 'email_verified'], profile: ['name'] },
      conformIdTokenClaims: false,
      // A browser keeps cookies for a host, whatever the port is: those of another provider are not this one's.
      cookies: { keys: [`a key of ${this.id}`], names: { session: `${this.id}_session`, interaction: `${this.id}_interaction`, resume: `${this.id}_resume` } },
      ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Session: 600, Interaction: 600, Grant: 600 },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...this.people[id] }) }),
    });
    this.callback = provider.callback();
    Object.assign(console, { warn, info });
  }

  #serve(request, response) {
    const url = new URL(request.url, this.url);
    if (url.pathname === '/auth') {
      this.prompts.push(url.searchParams.get('prompt') ?? undefined);
      // Google's word for asking which account; oidc-provider knows to ask for the login.
      request.url = request.url.replace('prompt=select_account', 'prompt=login');
    }
    this.callback(request, response);
  }

  /** In the browser: its login form. */
  async logIn(page, name) {
    await page.waitForURL(({ origin }) => origin === this.url);
    await page.getByPlaceholder('Enter any login').fill(name);
    await page.getByPlaceholder('and password').fill('anything');
    await page.getByRole('button', { name: 'Sign-in' }).click();
  }

  /** … and what it asks before it tells who that is. */
  async consent(page) {
    await page.getByRole('button', { name: 'Continue' }).click();
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Its pages ask for a font of elsewhere, which tests do not. */
export async function withoutFonts(page) {
  await page.context().route('https://fonts.googleapis.com/**', (route) => route.fulfill({ contentType: 'text/css', body: '' }));
  return page;
}
