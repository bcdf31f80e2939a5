// The browser's part: what it weighs when an app's bundler is done with it, and that it works.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

import { app, bindings, message, orchestrator, record } from './app.mjs';

/** Bytes with gzip, the core's wasm included. */
const BUNDLE_MAX = 40_960;

export async function size(test) {
  await test('browser: the whole module, bundled and minified, weighs at most 40 KB with gzip', async () => {
    const { build } = createRequire(join(bindings, 'package.json'))('esbuild');
    const { outputFiles: [{ contents }] } = await build({
      stdin: { contents: "export * from '@neolith/core'", resolveDir: app }, bundle: true, minify: true, platform: 'browser', format: 'esm', write: false,
      external: ['@anthropic-ai/sdk'],
    });
    const bytes = gzipSync(contents, { level: 9 }).length;
    assert.ok(bytes <= BUNDLE_MAX, `${bytes} bytes`);
  });

  await test('browser: its core unpacks, and answers', async () => {
    const { createOrchestratorDaemon } = await import(pathToFileURL(join(app, 'node_modules/@neolith/core/dist/browser/index.js')));
    const daemon = createOrchestratorDaemon({ orchestrator: orchestrator('Übeltäter') });
    const sent = record(daemon, ['message:send']);
    await daemon.start();
    await daemon.handleMessage(message('hello @ÜBELTÄTER'));
    assert.equal(sent.length, 1);
    await daemon.stop();
  });
}
