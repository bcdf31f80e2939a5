// TLS: the server with certificates made by openssl, and the commands that reach it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { test, until } from '../harness/check.mjs';
import { dataDirectory, orchd, orchdOk } from '../harness/orchd.mjs';
import { Rpc } from '../harness/rpc.mjs';
import { Listener, password, within, World } from './world.mjs';

export default async function () {
  const world = await World.make();
  const { alice, bob } = world.people;
  const files = dataDirectory();
  const file = (name) => join(files, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'ignore' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const options = (name) => (chmodSync(file(`${name}.key`), 0o600), ['--tls-cert', file(`${name}.pem`), '--tls-key', file(`${name}.key`)]);
  // NAME.pem and NAME.key for a host.
  const make = (name, host, key = ['-nodes']) => {
    openssl('req', '-x509', ...curve, ...key, '-days', '30', '-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host},IP:127.0.0.1`,
      '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`));
    return options(name);
  };
  const makeExpired = (name) => {
    writeFileSync(file('index.txt'), '');
    writeFileSync(file('ca.conf'), `[ca]\ndefault_ca=d\n[d]\ndatabase=${file('index.txt')}\nnew_certs_dir=${files}\ndefault_md=sha256\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n`);
    openssl('req', '-new', ...curve, '-nodes', '-subj', '/CN=old', '-keyout', file(`${name}.key`), '-out', file('old.csr'));
    openssl('ca', '-selfsign', '-batch', '-notext', '-config', file('ca.conf'), '-startdate', '20200101000000Z', '-enddate', '20200102000000Z', '-keyfile', file(`${name}.key`), '-in', file('old.csr'), '-out', file(`${name}.pem`));
    return options(name);
  };
  const own = make('own', 'chat.test.example');
  const serve = (...args) => orchd(['serve', '--data', world.data, '--listen', '127.0.0.1:0', ...args]);
  const start = async (args) => {
    assert.equal(await world.server.kill('SIGTERM') ?? 0, 0, world.server.log);
    Object.assign(world.server, { args, log: '' });
    await world.server.start();
  };
  const trust = () => ({ ca: readFileSync(file('own.pem')), servername: 'chat.test.example' });
  // {status, headers, body} over https, the certificate checked.
  const ask = (method, path, token, body, headers = {}) => new Promise((resolve, reject) => {
    const asked = request(world.address + path, { method, ...trust(), agent: false, headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }), ...headers } }, (response) => {
      let text = '';
      response.on('data', (data) => (text += data));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: text ? JSON.parse(text) : null }));
    });
    asked.on('error', reject);
    asked.end(body && JSON.stringify(body));
  });
  const fingerprint = async () => {
    const { hostname, port } = new URL(world.address);
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
    await within('a handshake', once(socket, 'secureConnect'));
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };

  await test('what cannot be used is named, and the server does not start', async () => {
    await world.server.kill('SIGTERM');
    const other = make('other', 'other.test.example');
    make('secret', 'chat.test.example', ['-passout', 'pass:correct']);
    for (const [args, words] of [
      [['--tls-cert', file('none.pem'), '--tls-key', file('own.key')], /--tls-cert .*none\.pem cannot be read: No such file/],
      [['--tls-cert', file('own.pem'), '--tls-key', file('none.key')], /--tls-key .*none\.key cannot be read: No such file/],
      [['--tls-cert', file('own.key'), '--tls-key', file('own.key')], /has no certificate: a PEM file is meant/],
      [['--tls-cert', file('own.pem'), '--tls-key', file('own.pem')], /has no private key/],
      [['--tls-cert', file('own.pem'), '--tls-key', other[3]], /is not the key of the certificate/],
      [['--tls-cert', file('secret.pem'), '--tls-key', file('secret.key')], /has a passphrase/],
      [own.slice(0, 2), /--tls-cert and --tls-key belong together/],
      [[...own, '--listen', `unix:${join(files, 'x.sock')}`], /not spoken on a UNIX socket/],
      [['--listen', '192.0.2.1:0'], /needs TLS \(--tls-cert and --tls-key\), or --allow-remote/],
      // With TLS it may be listened on; only that no interface here has this address.
      [[...own, '--listen', '192.0.2.1:0'], /cannot listen on 192\.0\.2\.1:0: Cannot assign/],
    ]) {
      const result = await serve(...args);
      assert.deepEqual([result.code, words.test(result.stderr)], [1, true], result.stderr);
    }
  });

  await test('an expired certificate and a key that others can read are warnings', async () => {
    const old = makeExpired('old');
    chmodSync(file('old.key'), 0o644);
    await start(old);
    assert.match(world.server.log, /certificate has expired/);
    assert.match(world.server.log, /Others can read the private key/);
  });

  await test('https: TLS 1.2 and later, HSTS, a cookie that is Secure', async () => {
    await start(own);
    assert.match(world.address, /^https:\/\//);
    assert.doesNotMatch(world.server.log, /"level":"warn"/);
    const login = await ask('POST', '/api/auth/login', null, { email: alice.email, password });
    assert.equal(login.status, 200);
    assert.match(login.headers['set-cookie'][0], /; HttpOnly; SameSite=Lax; Secure$/);
    assert.match(login.headers['strict-transport-security'], /^max-age=31536000/);
    assert.equal(login.headers.server, undefined);
    const { hostname, port } = new URL(world.address);
    for (const [options, outcome] of [[{ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }, 'error'], [{ maxVersion: 'TLSv1.2' }, 'secureConnect'], [{ minVersion: 'TLSv1.3' }, 'secureConnect'], [{ maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }, 'error']]) {
      const socket = connectTls({ host: hostname, port: Number(port), ...trust(), ...options });
      assert.equal(await within('a handshake', Promise.race([once(socket, 'secureConnect').then(() => 'secureConnect', () => 'error'), once(socket, 'error').then(() => 'error')])), outcome, JSON.stringify(options));
      socket.destroy();
    }
  });

  await test('plain HTTP on that port is told what is spoken there', async () => {
    const answer = await fetch(world.address.replace('https', 'http') + '/healthz');
    assert.deepEqual([answer.status, (await answer.json()).error.code], [400, 'tls_required']);
  });

  await test('a large body and many requests on one connection', async () => {
    const made = await ask('POST', '/api/tokens', alice.token, { name: 'large', pad: 'x'.repeat(1024 * 1024 - 50) });
    assert.equal(made.status, 201);
    assert.equal((await ask('POST', '/api/tokens', alice.token, { name: 'large', pad: 'x'.repeat(1024 * 1024) })).status, 413);
    const { hostname, port } = new URL(world.address);
    const socket = connectTls({ host: hostname, port: Number(port), ...trust() });
    let text = '';
    socket.on('data', (data) => (text += data));
    const one = (extra) => `GET /api/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n${extra}\r\n`;
    socket.write(one('').repeat(9) + one('Connection: close\r\n'));
    await within('the end', new Promise((done) => socket.on('close', done)));
    assert.equal(text.split('HTTP/1.1 200').length - 1, 10);
  });

  await test('wss: calls, notices and large messages', async () => {
    const rpc = await Rpc.open(world.address, alice.token, trust()), other = await Rpc.open(world.address, bob.token, trust());
    const listener = new Listener(other);
    await other.call('subscribe');
    const content = 'x'.repeat(30000);
    const sent = await Promise.all(Array.from({ length: 20 }, (_, i) => rpc.call('message.send', { channelId: world.general.id, content: `${i} ${content}` })));
    for (const { message } of sent) await listener.next('message.created', (params) => params.message.id === message.id && params.message.content === message.content);
    await Promise.all([rpc.close(), other.close()]);
  });

  await test('a handshake that is never finished ends', async () => {
    await start([...own, '--limit', 'head-ms=400']);
    const { hostname, port } = new URL(world.address);
    for (const bytes of ['', '\x16', '\x16\x03\x01\x02\x00\x01\x00\x01']) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(Buffer.from(bytes, 'latin1'));
      socket.resume();
      await within('the end', new Promise((done) => socket.on('close', done)));
    }
    assert.equal((await ask('GET', '/healthz')).status, 200);
  });

  await test('the commands of the data directory believe its certificate, and no other', async () => {
    await start(own);
    const { token } = JSON.parse(await orchdOk(['token', 'create', '--data', world.data, '--email', alice.email, '--json']));
    assert.match(await orchdOk(['chat', '--data', world.data, 'by the directory']), /by the directory/);
    assert.match(await orchdOk(['doctor', '--data', world.data]).catch((error) => error.message), /certificate is valid for \d+ days/);
    const told = JSON.parse(readFileSync(join(world.data, 'server.json')));
    assert.match(told.pin, /^sha256\/\/[A-Za-z0-9+/]{43}=$/);
    writeFileSync(join(world.data, 'server.json'), JSON.stringify({ ...told, pin: told.pin.replace(/\/\/./, (begin) => (begin === '//A' ? '//B' : '//A')) }));
    const refused = await orchd(['status', '--data', world.data], { timeout: 30000 });
    assert.notEqual(refused.code, 0);
    writeFileSync(join(world.data, 'server.json'), JSON.stringify(told));
    await orchdOk(['status', '--data', world.data]);
    // --server: the system's authorities, or those of SSL_CERT_FILE; 127.0.0.1 is in the certificate.
    const remote = ['--server', world.address, '--token', token];
    const stranger = await orchd(['status', ...remote]);
    assert.deepEqual([stranger.code, /certificate|SSL/.test(stranger.stderr)], [1, true], stranger.stderr);
    const env = { SSL_CERT_FILE: file('own.pem') };
    await orchdOk(['status', ...remote], { env });
    assert.match(await orchdOk(['chat', ...remote, 'by the address'], { env }), /by the address/);
    const elsewhere = await orchd(['status', '--server', world.address.replace('127.0.0.1', 'localhost'), '--token', token], { env });
    assert.equal(elsewhere.code, 1, 'the name is not in the certificate');
  });

  await test('SIGHUP reads a new certificate; what cannot be used leaves the old one', async () => {
    const before = await fingerprint();
    const rpc = await Rpc.open(world.address, alice.token, trust());
    await rpc.call('ping');
    make('own', 'chat.test.example');
    world.server.child.kill('SIGHUP');
    await until('it is read', async () => /tls\.reloaded/.test(world.server.log));
    const after = await fingerprint();
    assert.notEqual(after, before);
    assert.equal((await rpc.call('ping')).pong, true);
    assert.equal((await ask('GET', '/healthz')).status, 200);
    await orchdOk(['status', '--data', world.data]);
    copyFileSync(file('own.key'), file('own.pem'));
    world.server.child.kill('SIGHUP');
    await until('it is refused', async () => /the old one is used/.test(world.server.log));
    assert.equal(await fingerprint(), after);
    await orchdOk(['status', '--data', world.data]);
    await rpc.close();
  });

  assert.equal(await world.end(), 0);
}
