// Pages of tests: bundled by esbuild from pages/ with the installed package, served on a port of their own.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { app, bindings } from './app.mjs';

const sources = join(dirname(fileURLToPath(import.meta.url)), 'pages');
const folder = join(app, 'pages');
const types = { '.js': 'text/javascript', '.html': 'text/html' };

/** Bundles this page to NAME.js. `define` replaces what a bundler would: process.env.NEXT_PUBLIC_… */
export async function bundle(name, define = {}) {
  const { build } = createRequire(join(bindings, 'package.json'))('esbuild');
  const nodePaths = [app, bindings].map((each) => join(each, 'node_modules'));
  const common = { bundle: true, format: 'esm', minify: true, logLevel: 'warning', outdir: folder, nodePaths };
  await build({ ...common, entryPoints: [join(sources, name)], jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"', ...define } });
  // The worker's script lies beside what loads it.
  await build({ ...common, entryPoints: { 'worker-script': '@neolith/core/worker-script' } });
}

/** A page whose daemons run in an orchd needs no WebAssembly. */
const policyOf = (pathname) => (pathname === '/hooks' ? "script-src 'self'" : "script-src 'self' 'wasm-unsafe-eval'");

/** /NAME is an empty page with the bundle NAME.js. */
export async function servePages() {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const type = types[extname(pathname) || '.html'];
    const body = extname(pathname)
      ? await readFile(join(folder, pathname)).catch(() => null)
      : `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>${pathname}</title><script type="module" src="${pathname}.js"></script></html>`;
    response.writeHead(body === null ? 404 : 200, { 'content-type': type ?? 'text/plain', 'content-security-policy': policyOf(pathname) }).end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
