// The doctor asks each OpenID provider, and says which address has to be registered there.
import assert from 'node:assert/strict';
import { test } from '../harness/check.mjs';
import { Server } from '../harness/orchd.mjs';
import { Issuer } from '../server/openid_issuer.mjs';
import { doctor, makeWorkspace } from './workspace.mjs';

function finding(report, verdict, pattern) {
  const found = report.findings.find((item) => item.check === 'login' && item.verdict === verdict && pattern.test(item.message));
  assert.ok(found, `no ${verdict} ${pattern}: ${JSON.stringify(report.findings.filter((item) => item.check === 'login'))}`);
  assert.ok(!JSON.stringify(report).includes('do-not-show'), 'the secret is shown');
  return found;
}

export default async function () {
  const data = await makeWorkspace();
  const issuer = await Issuer.start();
  const env = { ORCHD_OIDC_HOUSE_ISSUER: issuer.url, ORCHD_OIDC_HOUSE_CLIENT_ID: 'orchd', ORCHD_OIDC_HOUSE_CLIENT_SECRET: 'do-not-show', ORCHD_OIDC_HOUSE_NAME: 'The House' };

  await test('without a provider people log in by password', async () => finding(await doctor(data), 'ok', /^people log in by password/));

  await test('a provider that answers, and the address to register', async () => {
    const report = await doctor(data, { env: { ...env, ORCHD_PUBLIC_URL: 'https://chat.example.com' } });
    assert.equal(report.code, 0);
    finding(report, 'ok', /^The House \(http.*\) answers and has 1 key; .* https:\/\/chat\.example\.com\/api\/auth\/oidc\/house\/callback$/);
    assert.ok(!report.findings.some(({ message }) => /no variable of orchd/.test(message)), 'its own variables are said to be misspelled');
    finding(await doctor(data, { env: { ...env, ORCHD_PUBLIC_URL: 'http://chat.example.com' } }), 'warning', /in the clear/);
  });

  await test('of a running server it is the server\'s own configuration', async () => {
    const server = await new Server(data, { env }).start();
    finding(await doctor(data), 'ok', new RegExp(`is ${server.address}/api/auth/oidc/house/callback$`));
    assert.equal(await server.kill('SIGTERM'), 0);
  });

  await test('one that does not answer, calls itself otherwise, or has no keys', async () => {
    const failing = async (pattern) => {
      const report = await doctor(data, { env });
      assert.equal(report.code, 1);
      assert.ok(finding(report, 'problem', pattern).advice);
    };
    issuer.document = (document) => ({ ...document, issuer: 'https://other.example' });
    await failing(/nobody can log in by The House: .*it calls itself "https:\/\/other\.example"/);
    issuer.reset();
    issuer.jwks = () => ({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] });
    await failing(/none of its keys can be used/);
    issuer.close();
    await failing(/nobody can log in by The House/);
  });

  await test('half a configuration', async () => {
    const report = await doctor(data, { env: { ORCHD_OIDC_HOUSE_ISSUER: 'https://id.example' } });
    finding(report, 'problem', /ORCHD_OIDC_HOUSE_CLIENT_ID is missing/);
  });
}
