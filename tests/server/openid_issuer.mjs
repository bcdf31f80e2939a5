// An issuer of our own that does what it is told, also what no issuer should. Beside the real one (oidc-provider), which does not lie.
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
const part = (value) => base64url(JSON.stringify(value));

const makers = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

let made = 0;

export function makeKey(alg = 'ES256') {
  const { privateKey, publicKey } = makers[alg]();
  const kid = `key-${++made}`;
  return { alg, kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

function signature(alg, input, key) {
  if (alg === 'none') return '';
  if (alg.startsWith('HS')) return createHmac('sha256', key).update(input).digest('base64url');
  if (alg === 'EdDSA') return sign(null, Buffer.from(input), key).toString('base64url');
  const options = { RS256: {}, PS256: { padding: 6, saltLength: 32 }, ES256: { dsaEncoding: 'ieee-p1363' } }[alg];
  return sign('sha256', Buffer.from(input), { key, ...options }).toString('base64url');
}

export function makeToken(head, claims, key) {
  const input = `${part(head)}.${part(claims)}`;
  return `${input}.${signature(head.alg, input, key)}`;
}

export const atHash = (accessToken, alg = 'RS256') => {
  const hash = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256').update(accessToken).digest();
  return base64url(hash.subarray(0, hash.length / 2));
};

export class Issuer {
  clientId = 'orchd';
  clientSecret = 'the:client%secret/+&=';
  person = { sub: 'one', email: 'one@people.example', email_verified: true, name: 'One' };
  keys = [makeKey()];
  asked = { keys: 0, tokens: 0 };
  #codes = new Map();

  static async start() {
    const issuer = new Issuer();
    issuer.server = createServer((request, response) => issuer.#serve(request, response));
    issuer.server.listen(0, '127.0.0.1');
    await once(issuer.server, 'listening');
    issuer.url = `http://127.0.0.1:${issuer.server.address().port}`;
    issuer.reset();
    return issuer;
  }

  // Honest from here on.
  reset() {
    this.algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
    this.methods = ['client_secret_basic', 'client_secret_post'];
    this.claims = (claims) => claims;
    this.head = (head) => head;
    this.forge = (token) => token;
    this.answer = null; // of the token endpoint, instead: (response, token) => …
    this.document = (document) => document;
    this.jwks = () => ({ keys: this.keys.map((key) => key.jwk) });
    this.back = (query) => query;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  #discovery() {
    return this.document({
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      jwks_uri: `${this.url}/keys`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: this.algorithms,
      token_endpoint_auth_methods_supported: this.methods,
    });
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.url);
    const json = (status, value) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    let body = '';
    for await (const bytes of request) body += bytes;
    if (url.pathname === '/.well-known/openid-configuration') {
      json(200, this.#discovery());
    } else if (url.pathname === '/keys') {
      this.asked.keys++;
      json(200, this.jwks());
    } else if (url.pathname === '/authorize') {
      this.#authorize(url.searchParams, response);
    } else if (url.pathname === '/token') {
      this.asked.tokens++;
      this.#token(request, new URLSearchParams(body), response, json);
    } else {
      json(404, {});
    }
  }

  #authorize(query, response) {
    const code = randomBytes(60).toString('base64') + '/ä'; // what has to be encoded on its way
    this.last = Object.fromEntries(query);
    this.#codes.set(code, { ...this.last, person: { ...this.person } });
    const back = this.back({ code, state: query.get('state') });
    response.writeHead(302, { location: `${query.get('redirect_uri')}?${new URLSearchParams(back)}` }).end();
  }

  // How the client shows who it is; null where that is wrong.
  #client(request, form) {
    const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ');
    const unescape = (text) => decodeURIComponent(text.replaceAll('+', ' '));
    if (scheme === 'Basic') {
      const [id, secret] = Buffer.from(credentials, 'base64').toString().split(':').map(unescape);
      return this.methods.includes('client_secret_basic') && id === this.clientId && secret === this.clientSecret;
    }
    return form.get('client_id') === this.clientId && form.get('client_secret') === this.clientSecret;
  }

  #token(request, form, response, json) {
    const grant = this.#codes.get(form.get('code'));
    this.#codes.delete(form.get('code'));
    if (!this.#client(request, form)) return json(401, { error: 'invalid_client' });
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    if (!grant || form.get('grant_type') !== 'authorization_code' || grant.redirect_uri !== form.get('redirect_uri') || grant.code_challenge !== challenge)
      return json(400, { error: 'invalid_grant' });
    const now = Math.floor(Date.now() / 1000);
    const accessToken = randomBytes(24).toString('base64url');
    const key = this.keys[0];
    const claims = this.claims({ iss: this.url, aud: this.clientId, exp: now + 300, iat: now, nonce: grant.nonce, at_hash: atHash(accessToken, key.alg), ...grant.person });
    const head = this.head({ alg: key.alg, kid: key.kid, typ: 'JWT' });
    const token = this.forge(makeToken(head, claims, key.privateKey), head, claims);
    if (this.answer) return this.answer(response, token);
    return json(200, { access_token: accessToken, token_type: 'Bearer', expires_in: 300, id_token: token });
  }
}
