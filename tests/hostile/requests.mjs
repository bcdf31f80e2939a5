// HTTP requests that no browser would send, above all those that a proxy in front may read in another way.
import assert from 'node:assert/strict';
import { test } from '../harness/check.mjs';
import { ask, Wire } from './wire.mjs';

const CUT = 0; // the connection is cut without an answer

export default async function (world, honest) {
  const { mallory } = world.people;
  const { address } = world;
  const auth = `Authorization: Bearer ${mallory.token}\r\n`;
  const get = (path, extra = '', version = 'HTTP/1.1') => `GET ${path} ${version}\r\nHost: localhost\r\n${extra}\r\n`;
  const body = '{"content":"smuggled"}';
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const post = (extra, data = body) => `POST /api/channels/general/messages HTTP/1.1\r\nHost: localhost\r\n${auth}Content-Type: application/json\r\n${extra}\r\n${data}`;
  const length = `Content-Length: ${body.length}\r\n`;

  const wrong = [
    ['10,000 headers', 431, get('/healthz', Array.from({ length: 10000 }, (_, i) => `X-${i}: a\r\n`).join(''))],
    ['a header of 1 MB', 431, get('/healthz', `X-Big: ${'a'.repeat(1 << 20)}\r\n`)],
    ['a header name of 1 MB', 431, get('/healthz', `${'X'.repeat(1 << 20)}: a\r\n`)],
    ['a path of 1 MB', 414, get('/' + 'a'.repeat(1 << 20))],
    ['a token of 9,000 bytes', 431, get('/api/auth/me', `Authorization: Bearer ${'a'.repeat(9000)}\r\n`)],
    ['200 arguments', CUT, get('/api/channels?' + Array.from({ length: 200 }, (_, i) => `a${i}=1`).join('&'), auth)],
    ['a NUL in the path', CUT, get('/health\x00z')],
    ['%00 in the path', CUT, get('/api/channels/gen%00eral/messages', auth)],
    ['an encoded slash', 404, get('/api/channels/a%2fb/messages', auth)],
    ['..', 404, get('/../../../../etc/passwd')],
    ['.. within', 404, get('/api/../../etc/passwd')],
    ['%2e%2e', 404, get('/%2e%2e/%2e%2e/etc/passwd')],
    ['..%2f', 404, get('/..%2f..%2fetc%2fpasswd')],
    ['a backslash', 404, get('/..\\..\\etc\\passwd')],
    ['a wrong escape', 403, get('/%zz')],
    ['a path that is no UTF-8', 400, get('/api/channels/%ff%fe/messages', auth)],
    ['an id of 5,000 letters', 414, get(`/api/channels/${'c'.repeat(5000)}/messages`, auth)],
    ['an id of 3,000 letters', 400, get(`/api/channels/${'c'.repeat(3000)}/messages`, auth)],
    ['an address for a path', 403, get('http://evil.example/healthz')],
    ['no version', 400, 'GET /healthz\r\n\r\n'],
    ['HTTP/9.9', 400, get('/healthz', '', 'HTTP/9.9')],
    ['no host', 400, 'GET /healthz HTTP/1.1\r\n\r\n'],
    ['two hosts', 400, get('/healthz', 'Host: evil.example\r\n')],
    ['a space before the colon', 400, 'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nabcde'],
    ['PUT', 405, 'PUT /healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['CONNECT', 405, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['TRACE', 403, 'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a method that is none', 403, 'BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no HTTP at all', 400, '\x00\x01\x02\x03\r\n\r\n'],
    ['TLS', 400, Buffer.from('16030100c8010000c40303', 'hex')],
    ['HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an upgrade to HTTP/2', 426, get('/healthz', 'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: \r\n')],
    ['a length and a transfer coding', 411, post(`${length}Transfer-Encoding: chunked\r\n`, chunked)],
    ['a transfer coding and a length', 411, post(`Transfer-Encoding: chunked\r\n${length}`, chunked)],
    ['the same of a GET', 411, get('/healthz', 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n') + '0\r\n\r\n'],
    ['chunks', 411, post('Transfer-Encoding: chunked\r\n', chunked)],
    ['a transfer coding that is none', 411, post('Transfer-Encoding: xchunked\r\n', 'zz\r\n')],
    ['chunks with a nonsense size', 411, post('Transfer-Encoding: chunked\r\n', 'ffffffffffffffffff\r\n')],
    ['two lengths', 411, post(`${length}Content-Length: 3\r\n`)],
    ['a list of lengths', 411, post(`Content-Length: ${body.length}, ${body.length}\r\n`)],
    ['a negative length', 411, post('Content-Length: -1\r\n')],
    ['a length with a sign', 411, post(`Content-Length: +${body.length}\r\n`)],
    ['a hexadecimal length', 411, post('Content-Length: 0x16\r\n')],
    ['a length of 2^64 and some', 411, post(`Content-Length: ${(1n << 64n) + BigInt(body.length)}\r\n`)],
    ['a length in two words', 411, post('Content-Length: 2 2\r\n')],
    ['a length of 100 MB', 413, post('Content-Length: 100000000\r\n', '')],
    ['fewer bytes told than sent', 400, post('Content-Length: 5\r\n')],
    ['no body', 400, post('', '')],
    ['a form', 415, post(length).replace('application/json', 'application/x-www-form-urlencoded')],
  ];

  await test(`${wrong.length} wrong requests, each with its status`, async () => {
    for (const [name, status, text] of wrong) {
      const answer = await ask(world.address, text);
      assert.equal(answer?.status ?? CUT, status, `${name}: ${JSON.stringify(answer)?.slice(0, 200)}`);
      assert.ok(!answer?.unreadable, name);
      if (answer && status !== 403) assert.ok(answer.error?.code && answer.error.message, `${name}: ${answer.body}`);
    }
    await honest.check();
  });

  await test('nothing was smuggled: what was refused is not read as another request', async () => {
    const inner = `POST /api/channels/general/messages HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: application/json\r\n${length}\r\n${body}`;
    for (const [name, text] of [
      ['behind a transfer coding', get('/healthz', `Content-Length: ${inner.length}\r\nTransfer-Encoding: chunked\r\n`) + '0\r\n\r\n' + inner],
      ['behind a length with a sign', post('Content-Length: +0\r\n', inner)],
      ['behind two lengths', post(`Content-Length: 0\r\nContent-Length: ${inner.length}\r\n`, inner)],
      ['behind a doubled host', get('/healthz', 'Host: y\r\n') + inner],
      ['as the body of a GET', get('/healthz', `Content-Length: ${inner.length}\r\n`) + inner],
      ['as a body that is too large', post('Content-Length: 2000000\r\n', inner)],
    ]) {
      const wire = await Wire.open(address);
      wire.send(text);
      wire.socket.end();
      await wire.closed;
      assert.ok(wire.responses().length <= 1, `${name}: ${wire.received}`);
    }
    const { messages } = (await world.get('/api/channels/general/messages?limit=50', mallory.token)).body;
    assert.ok(!messages.some(({ content }) => content === 'smuggled'), 'a smuggled message was stored');
  });

  await test('requests behind one another are answered in order', async () => {
    const wire = await Wire.open(address);
    wire.send(get('/healthz').repeat(500) + get('/nowhere') + get('/healthz', 'Connection: close\r\n'));
    await wire.closed;
    const answers = wire.responses();
    assert.deepEqual([answers.length, answers.filter(({ status }) => status === 200).length, answers.at(-2).status], [502, 501, 404]);
  });

  await test('a body that never comes in full changes nothing', async () => {
    await Promise.all(Array.from({ length: 20 }, async () => {
      const wire = await Wire.open(address);
      wire.send(post('Content-Length: 500\r\n')).socket.end();
      await wire.closed;
    }));
    const { messages } = (await world.get('/api/channels/general/messages?limit=50', mallory.token)).body;
    assert.ok(!messages.some(({ content }) => content === 'smuggled'));
  });

  await test('a foreign page gets nowhere', async () => {
    const cookie = `Cookie: orchd_session=${mallory.token}\r\n`;
    const page = 'Origin: https://evil.example\r\n';
    const acting = await ask(address, post(length + page).replace(auth, cookie));
    assert.deepEqual([acting.status, acting.error.code], [403, 'foreign_origin']);
    const socket = await ask(address, get('/ws', `${cookie}${page}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`));
    assert.deepEqual([socket.status, socket.error.code], [403, 'foreign_origin']);
    const reading = await ask(address, get('/api/auth/me', cookie + page));
    assert.equal(reading.headers['access-control-allow-origin'], undefined);
    const preflight = await ask(address, `OPTIONS /api/tokens HTTP/1.1\r\nHost: x\r\n${page}\r\n`);
    assert.equal(preflight.status, 403);
  });
}
