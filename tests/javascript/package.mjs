// The package by the tools that judge packages, and the reference by what its comments say.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { root } from '../harness/orchd.mjs';
import { app } from './app.mjs';

const tarball = join(root, 'build/neolith-core.tgz');
const source = join(root, 'bindings/javascript');

// Runs a tool of the package's own node_modules; what it said is in the error.
function tool(name, ...args) {
  try {
    return execFileSync(process.execPath, [join(source, 'node_modules', name), ...args], { cwd: source, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    throw new Error(`${name}: ${error.stdout}${error.stderr}`);
  }
}

const contents = (folder) => Object.fromEntries(readdirSync(folder).sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

export async function packaged(test) {
  await test('package: publint finds nothing', () => {
    assert.match(tool('publint/src/cli.js', 'run', tarball, '--strict'), /All good!/);
  });
  // The worker's script is loaded, never imported.
  await test('package: are the types wrong? No', () => {
    const said = tool('@arethetypeswrong/cli/dist/index.js', tarball, '--exclude-entrypoints', 'worker-script', '--no-emoji');
    assert.match(said, /"@neolith\/core\/worker"/); // all were looked at; a finding is a failure
  });
  await test('package: where there are no Web Workers, as where a page is rendered on a server, that is said', async () => {
    const { getWorkerDaemonManager } = await import(pathToFileURL(join(app, 'node_modules/@neolith/core/dist/worker.js')));
    assert.throws(() => getWorkerDaemonManager(), { code: 'unsupported', message: /^there are no Web Workers here/ });
  });
  await test('package: docs/reference/javascript is what the comments say (./dev reference writes it)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'orchd-reference-'));
    try {
      tool('typedoc/bin/typedoc', '--out', folder, '--treatWarningsAsErrors');
      assert.deepEqual(contents(folder), contents(join(root, 'docs/reference/javascript')));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
