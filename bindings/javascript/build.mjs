// Builds the package: `node build.mjs WASM SMALL-WASM OUT` leaves OUT (neolith-core.tgz). Node gets the fast core, browsers the small one.
//
//   dist/index.js, .cjs        Node: ESM and CommonJS         dist/browser/index.js, .cjs   browsers, workers, edge runtimes
//   dist/react.js, .cjs        the hook                       dist/worker.js, .cjs    the page's side of the worker
//   dist/worker-script.js      the worker itself              dist/types, types-cjs   declarations
import { build, buildSync } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [wasm, small, out] = process.argv.slice(2).map((path) => resolve(path));
process.chdir(dirname(fileURLToPath(import.meta.url)));

/** The packer is TypeScript, like what unpacks. */
async function packer() {
  const { outputFiles: [{ contents }] } = buildSync({ absWorkingDir: process.cwd(), entryPoints: ['src/core/pack.ts'], bundle: true, format: 'esm', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(contents).toString('base64')}`);
}

/** Names of the module's own objects, which nobody outside sees: in browsers they are short. */
const inside = new RegExp(`^(${[
  'told', 'replyToAuthor', 'generation', 'behind', 'openingFault', 'addFault', 'addQuestion', 'removeQuestion', 'endWaiting',
  'waiters', 'putOne', 'phraseIn', 'terminated', 'effectsCount', 'effectsAt', 'clearEffects', 'turnPlace', 'boardAt', 'tellHealth',
  'errorName', 'errorText', 'putIds', 'workOf', 'windowsOf', 'sendTurn', 'sendDone', 'daemonOfUser', 'heard', 'question', 'instance', 'words', 'faults', 'lines', 'loosen', 'ofUser', 'questions',
  'windows', 'verdict', 'conversation', 'letGo', 'outgoing', 'dealtWith', 'untilDealtWith', 'warnOfDifference', 'findOrchestrator',
  'lookUp', 'connected', 'disconnected', 'notified', 'received', 'followed', 'readFollowed', 'unfollowed', 'unheard', 'removed', 'dropped',
  'retryAfter', 'matchRules', 'noModelText',
].join('|')})$`);

/** What browsers get: the core packed, in the bundle behind all code, where it is no burden for gzip. */
async function browserPart() {
  const { pack } = await packer();
  const core = readFileSync(small);
  const text = JSON.stringify(Buffer.from(pack(core)).toString('base64'));
  const options = { ...shared, format: 'esm', minify: true, mangleProps: inside };
  const define = { ORCHD_CORE_SIZE: String(core.length), ORCHD_BROWSER: 'true' };
  for (const [outfile, format] of [['dist/browser/index.js', 'esm'], ['dist/browser/index.cjs', 'cjs']]) {
    await build({
      ...options, entryPoints: ['src/index.ts'], format, outfile, define: { ...define, ORCHD_CORE: 'neolithCore' }, footer: { js: `var neolithCore=${text};` },
    });
  }
  await build({ ...options, entryPoints: ['src/worker/script.ts'], outfile: 'dist/worker-script.js', define: { ...define, ORCHD_CORE: text } });
}

const node = { ORCHD_CORE: JSON.stringify(readFileSync(wasm).toString('base64')), ORCHD_CORE_SIZE: '0', ORCHD_BROWSER: 'false' };

// What Node has in place of a browser's part.
const nodeParts = {
  name: 'node-parts',
  setup({ onResolve }) {
    onResolve({ filter: /\/socket\.js$/ }, ({ path, resolveDir }) => ({ path: resolve(resolveDir, path.replace('socket.js', 'socket-node.ts')) }));
  },
};

// The other entries use the classes of the main one, so that there is each class once.
const mainOutside = {
  name: 'main-outside',
  setup({ onResolve }) {
    onResolve({ filter: /\/(manager|daemon|errors)\.js$/ }, ({ path, importer }) =>
      (/\/worker\/(index|manager|protocol)\.ts$|\/react\.ts$/.test(importer) && !/^\.\/manager\.js$/.test(path) || importer.endsWith('/react.ts')
        ? { path: '@neolith/core', external: true } : undefined));
  },
};

const shared = {
  absWorkingDir: process.cwd(), bundle: true, target: 'es2022', logLevel: 'warning', legalComments: 'none', minifySyntax: true,
  define: node, external: ['@anthropic-ai/sdk', 'ws', 'react', '@neolith/core'],
};

rmSync('dist', { recursive: true, force: true });
await Promise.all([
  build({ ...shared, entryPoints: ['src/index.ts'], format: 'esm', outfile: 'dist/index.js', plugins: [nodeParts] }),
  build({ ...shared, entryPoints: ['src/index.ts'], format: 'cjs', outfile: 'dist/index.cjs', plugins: [nodeParts] }),
  browserPart(),
  ...['react', 'worker/index'].flatMap((entry) => ['esm', 'cjs'].map((format) => build({
    ...shared, entryPoints: [`src/${entry}.ts`], format, plugins: [mainOutside],
    outfile: `dist/${entry.split('/')[0]}.${format === 'esm' ? 'js' : 'cjs'}`,
    define: format === 'cjs' ? { 'import.meta.url': 'undefined' } : {},
  }))),
]);

// Declarations, for importers of both kinds.
execFileSync('node_modules/.bin/tsc', ['-p', '.', '--emitDeclarationOnly', '--outDir', 'dist/types'], { stdio: 'inherit' });
cpSync('dist/types', 'dist/types-cjs', { recursive: true });
for (const file of readdirSync('dist/types-cjs', { recursive: true }).filter((name) => name.endsWith('.d.ts'))) {
  const path = join('dist/types-cjs', file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/(from '\.[^']*)\.js'/g, "$1.cjs'"));
  renameSync(path, path.replace(/\.d\.ts$/, '.d.cts'));
}

if (out) {
  mkdirSync(dirname(out), { recursive: true });
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', dirname(out)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  renameSync(join(dirname(out), filename), out);
  console.log(out);
}
