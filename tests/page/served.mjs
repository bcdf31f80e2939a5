// How the page is served: headers, forms, caching, what it weighs.
import { request } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { test } from '../harness/check.mjs';
import { root } from '../harness/orchd.mjs';

const list = JSON.parse(readFileSync(join(root, 'build/page/page.json'), 'utf8'));

// node:http, because fetch decodes what it gets.
export function ask(address, path, { method = 'GET', headers = {} } = {}) {
  return new Promise((done, fail) => {
    const asked = request(address + path, { method, headers }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }));
    });
    asked.on('error', fail);
    asked.end();
  });
}

function equal(is, wanted, what) {
  if (is !== wanted) throw new Error(`${what}: ${is} instead of ${wanted}`);
}

export async function served({ address }) {
  await test('served: every file in every form, byte for byte', async () => {
    for (const file of list.files) {
      const plain = readFileSync(join(root, 'build/page', file.path));
      for (const [coding, decode] of [['', (body) => body], ['gzip', gunzipSync], ['br', brotliDecompressSync]]) {
        const { status, headers, body } = await ask(address, file.path, { headers: coding ? { 'accept-encoding': coding } : {} });
        const kept = coding === '' || (coding === 'gzip' ? file.encodings.gz : file.encodings.br);
        equal(status, 200, file.path);
        equal(headers['content-type'], file.type, `${file.path} type`);
        equal(headers['content-encoding'], kept && coding ? coding : undefined, `${file.path} coding`);
        if (!(kept ? decode(body) : body).equals(plain)) throw new Error(`${file.path} in ${coding || 'identity'} is another file`);
        equal(headers['cache-control'], file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache', `${file.path} caching`);
        equal(headers['x-content-type-options'], 'nosniff', file.path);
      }
    }
  });

  await test('served: a strict policy, nothing inline, no other origin', async () => {
    const { headers, body } = await ask(address, '/');
    const policy = headers['content-security-policy'];
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
      "require-trusted-types-for 'script'"]) {
      if (!policy.split('; ').some((each) => each === part || each.startsWith(`${part};`))) throw new Error(`the policy has no ${part}: ${policy}`);
    }
    if (/unsafe|\*/.test(policy)) throw new Error(`the policy is open: ${policy}`);
    equal(headers['cross-origin-opener-policy'], 'same-origin', 'opener policy');
    equal(headers['cross-origin-resource-policy'], 'same-origin', 'resource policy');
    equal(headers['referrer-policy'], 'no-referrer', 'referrer policy');
    if (!headers['permissions-policy'].includes('camera=()')) throw new Error('no permissions policy');
    const html = body.toString();
    if (/<script(?![^>]*\ssrc=)|<style|\son\w+=|style=/.test(html)) throw new Error('something is inline');
    if (/(?:src|href)="(?:https?:)?\/\//.test(html)) throw new Error('something comes from elsewhere');
  });

  await test('served: the shell for every view, 404 for what is none, HEAD, 304', async () => {
    const shell = (await ask(address, '/')).body;
    for (const path of ['/c/general', '/c/general/t/c123', '/daemons', '/daemons/ada', '/orchestrators/new', '/settings', '/login', '/login/link', '/setup', '/index.html']) {
      const { status, body } = await ask(address, path);
      equal(status, 200, path);
      if (!body.equals(shell)) throw new Error(`${path} is not the shell`);
    }
    for (const path of ['/nothing', '/assets/', '/assets/none.js', '/cx', '/../page.json', '/page.json']) equal((await ask(address, path)).status, 404, path);
    const browser = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'if-none-match': '*' } };
    const nowhere = await ask(address, '/nothing', browser);
    equal(nowhere.status, 404, 'a path that nothing has, in a browser');
    if (!nowhere.body.equals(shell)) throw new Error('a browser is not told by the page that there is nothing');
    equal((await ask(address, '/api/nothing', browser)).headers['content-type'], 'application/json; charset=utf-8', 'the API answers browsers as it does programs');
    const head = await ask(address, '/', { method: 'HEAD' });
    equal(head.body.length, 0, 'HEAD');
    equal(head.headers['content-length'], String(shell.length), 'length of HEAD');
    equal((await ask(address, '/', { method: 'POST' })).status, 405, 'POST /');
    const again = await ask(address, '/', { headers: { 'if-none-match': head.headers.etag } });
    equal(again.status, 304, 'with the tag');
    equal(again.body.length, 0, '304');
    equal((await ask(address, '/', { headers: { 'if-none-match': 'W/"other"' } })).status, 200, 'with another tag');
  });

  await test('served: codings as the client weighs them', async () => {
    const { path } = list.files.find((file) => file.encodings.br && file.encodings.gz);
    for (const [accept, coding] of [['gzip, deflate, br', 'br'], ['gzip;q=1.0, br;q=0', 'gzip'], ['BR', 'br'], ['gzip;q=0', undefined], ['gzip;q=0.001', 'gzip'],
      ['identity', undefined], ['broth', undefined], ['br;q=0.000', undefined], [' br ; q=0.5 ', 'br'], ['', undefined]]) {
      equal((await ask(address, path, { headers: { 'accept-encoding': accept } })).headers['content-encoding'], coding, `Accept-Encoding: ${accept}`);
    }
  });

  await test('served: the first load is at most 150 KB with gzip', async () => {
    const shell = await ask(address, '/', { headers: { 'accept-encoding': 'gzip' } });
    const paths = [...gunzipSync(shell.body).toString().matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    let bytes = shell.body.length;
    for (const path of paths) bytes += (await ask(address, path, { headers: { 'accept-encoding': 'gzip' } })).body.length;
    if (paths.length < 3 || bytes > 150 * 1024) throw new Error(`${paths.length} files of ${bytes} bytes`);
    equal(bytes, list.firstLoadGzip, 'what the build said of it');
  });
}
