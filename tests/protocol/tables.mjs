// The generator: what it refuses, and that a route without its function does not link.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from '../harness/check.mjs';
import { dataDirectory, program, root } from '../harness/orchd.mjs';

function run(command, args) {
  return new Promise((done) => {
    execFile(command, args, { timeout: 60000, maxBuffer: 1 << 24 }, (error, stdout, stderr) => done({ code: error ? (error.code ?? 1) : 0, text: stdout + stderr }));
  });
}

// Makes the tables of a description in which `from` was replaced by `to`: {code, text, out}.
async function generate(file, from, to) {
  const folder = dataDirectory();
  const [source, out] = [join(folder, 'protocol'), join(folder, 'out')];
  cpSync(join(root, 'protocol'), source, { recursive: true });
  mkdirSync(out);
  if (file) {
    const text = readFileSync(join(source, file), 'utf8');
    assert.ok(text.includes(from), `${from} is not in ${file}`);
    writeFileSync(join(source, file), text.replace(from, to));
  }
  return { ...(await run('python3', ['-B', join(root, 'tools/protocol/generate.py'), source, out])), out };
}

async function compile(out) {
  const includes = ['', 'workspace', 'runtime', 'model', 'database', 'server'].map((name) => `-I${join(root, 'src', name)}`);
  return run('cc', ['-std=gnu17', '-D_GNU_SOURCE', `-I${out}`, `-I${join(root, 'include')}`, ...includes, '-c', join(out, 'dispatch.c'), '-o', join(out, 'dispatch.o')]);
}

// The operations that the linker does not find in the server's library.
async function unresolved(out) {
  const library = join(dirname(program), 'src/server/liborch-server.a');
  const { text } = await run('cc', ['-nostdlib', '-static', '-Wl,-e,0', '-Wl,--warn-unresolved-symbols', join(out, 'dispatch.o'), library, '-o', join(out, 'linked')]);
  return [...new Set([...text.matchAll(/undefined reference to [`'"](orch__do_\w+)/g)].map(([, name]) => name))];
}

export default async function () {
  await test('an unknown reference, a check that the server cannot do, and a missing limit are refused', async () => {
    assert.equal((await generate()).code, 0);
    for (const [file, from, to, words] of [
      ['openapi.yaml', 'x-access: near', 'x-access: nobody', /GET \/healthz: x-access is nobody; open, near,/],
      ['openapi.yaml', 'x-access: near', 'x-access: owner', /GET \/healthz: security does not say what x-access owner means/],
      ['openapi.yaml', 'description: A password}', 'description: A password, pattern: x}', /cannot check pattern of a text/],
      ['openapi.yaml', 'maxLength: 512, x-max-bytes: 512', 'maxLength: 512', /'x-max-bytes' is missing/],
      ['openapi.yaml', 'maxLength: 512, x-max-bytes: 512', 'maxLength: 512, x-max-bytes: 511', /are the same number/],
      ['openapi.yaml', 'minimum: 1, maximum: 200', 'minimum: 1', /limit: 'maximum' is missing/],
      ['openapi.yaml', "{$ref: '#/components/schemas/UtcTime'}", "{$ref: '#/components/schemas/Nothing'}", /there is no #\/components\/schemas\/Nothing/],
      ['openapi.yaml', 'operationId: readyz', 'operationId: healthz', /is used twice/],
      ['openapi.yaml', '/api/tokens/{tokenId}:', '/api/tokens/{id}:', /are not its path parameters/],
      ['openapi.yaml', '/api/tokens/{tokenId}:', '/api/auth/{tokenId}:', null],
      ['jsonrpc.yaml', 'x-operation: channelList', 'x-operation: channels', /there is no operation channels/],
      ['jsonrpc.yaml', 'params: [*messageId, *emoji]', 'params: [*messageId]', /are not the inputs of reactionRemove/],
      ['jsonrpc.yaml', 'x-access: login', 'x-access: open', /a WebSocket has somebody logged in/],
    ]) {
      const { code, text } = await generate(file, from, to);
      assert.equal(code === 0, words === null, `${from} → ${to}: ${text}`);
      if (words) assert.match(text, words);
    }
  });

  await test('a limit that differs from the constant of the C code does not compile', async () => {
    const same = await generate();
    assert.equal((await compile(same.out)).code, 0);
    const other = await generate('openapi.yaml', 'maxLength: 64, x-max-bytes: 64', 'maxLength: 65, x-max-bytes: 65');
    const { code, text } = await compile(other.out);
    assert.notEqual(code, 0);
    assert.match(text, /static assertion failed: .*ORCH_EMOJI_MAX/);
  });

  await test('an operation without its function does not link', async () => {
    const same = await generate();
    await compile(same.out);
    assert.deepEqual(await unresolved(same.out), []);
    const more = await generate('openapi.yaml', 'operationId: userCreate', 'operationId: userInvite');
    assert.equal((await compile(more.out)).code, 0);
    assert.deepEqual(await unresolved(more.out), ['orch__do_user_invite']);
  });
}
