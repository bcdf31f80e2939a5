// Builds the page: `node build.mjs OUT [--watch]` leaves OUT/ (default ../build/page) with page.json, the list of what is served.
//
//   assets/*-HASH.js, .css     immutable: the name tells the content; the views besides chat are chunks that load when opened
//   index.html                 the shell, for every route of the page
//   service-worker.js, manifest.webmanifest, icons/
//
// Beside each file lie its compressed forms (.br, .gz) where these are smaller. tools/page/embed.py puts all of it into orchd.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const out = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '../build/page'));
process.chdir(dirname(fileURLToPath(import.meta.url)));

// First load, compressed by gzip: the shell, and what it needs before it shows a channel.
const FIRST_LOAD_MAX = 150 * 1024;
const TYPES = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8',
  webmanifest: 'application/manifest+json', svg: 'image/svg+xml', png: 'image/png',
};

// @neolith/core from the tree. The page has no daemons of its own: it only mirrors those of the server, so the WebAssembly core and
// what hosts it stay out.
const core = resolve('../bindings/javascript/src');
const standIns = new Map(['manager', 'host'].map((name) => [join(core, `embedded/${name}.ts`), resolve('src/app/core-embedded.ts')]));
const neolithCore = {
  name: 'neolith-core',
  setup({ onResolve }) {
    const entries = { '@neolith/core': 'index.ts', '@neolith/core/remote': 'remote/index.ts', '@neolith/core/mirror': 'remote/mirror.ts' };
    onResolve({ filter: /^@neolith\/core/ }, ({ path }) => (entries[path] ? { path: join(core, entries[path]) } : undefined));
    onResolve({ filter: /^\..*\.js$/ }, ({ path, resolveDir }) => {
      if (!resolveDir.startsWith(core)) return undefined;
      const source = resolve(resolveDir, path.replace(/\.js$/, '.ts'));
      return { path: standIns.get(source) ?? source };
    });
  },
};

// What every view begins with is one file: a view that did not share all of it would have it cut into as many files as there are
// combinations, and a browser asks for six at a time (HTTP/1.1), so each further six cost the way to the server and back once more.
const FIRST = resolve('src/app/first.ts');
const oneFirst = {
  name: 'one-first',
  setup({ onResolve, onLoad, resolve: find }) {
    const views = new Set();
    onResolve({ filter: /^\./ }, async ({ kind, path, importer, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === 'found') return undefined;
      const found = await find(path, { kind, importer, resolveDir, pluginData: 'found' });
      views.add(found.path);
      return found;
    });
    onLoad({ filter: /\.tsx?$/ }, ({ path }) => (views.has(path) ? {
      contents: `${readFileSync(path, 'utf8')}\nimport ${JSON.stringify(FIRST)};\n`, loader: path.endsWith('x') ? 'tsx' : 'ts', resolveDir: dirname(path),
    } : undefined));
  },
};

const shared = {
  absWorkingDir: process.cwd(), bundle: true, minify: true, target: ['es2022', 'chrome109', 'firefox115', 'safari16'], logLevel: 'warning', legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' }, charset: 'utf8',
};

// The styles of all views are one file: a block (the first part of a class's name) belongs to one file.
function checkStyles() {
  const owners = new Map();
  for (const name of readdirSync('src', { recursive: true }).filter((each) => each.endsWith('.css')))
    for (const [, block] of readFileSync(join('src', name), 'utf8').matchAll(/^\.([a-z][a-z0-9-]*?)(?:__[a-z-]+)?(?=[\s,:{.[])/gm)) {
      const owner = owners.get(block) ?? name;
      if (owner !== name) throw new Error(`.${block} is styled in ${owner} and in ${name}: a block belongs to one file`);
      owners.set(block, name);
    }
}

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
const files = new Map(); // path on the server → bytes

async function buildAssets() {
  const result = await build({
    ...shared, entryPoints: { main: 'src/main.tsx', early: 'src/app/early.ts' }, format: 'esm', splitting: true, metafile: true, write: false,
    outdir: 'assets', entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', assetNames: '[name]-[hash]', jsx: 'automatic',
    nodePaths: [resolve('node_modules')], plugins: [oneFirst, neolithCore],
  });
  for (const { path, contents } of result.outputFiles) {
    const name = relative(process.cwd(), path);
    if (name.endsWith('.css') && !name.startsWith('assets/main-')) continue; // those of a view are in the one of all
    files.set(`/${name}`, Buffer.from(contents));
  }
  return result.metafile;
}

/** What the shell names, and every chunk that it imports before anything is opened. */
function firstLoad(metafile) {
  const seen = new Set();
  const follow = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const each of metafile.outputs[path]?.imports ?? []) if (each.kind === 'import-statement') follow(each.path);
    const { cssBundle } = metafile.outputs[path] ?? {};
    if (cssBundle) follow(cssBundle);
  };
  for (const [path, output] of Object.entries(metafile.outputs)) if (/^src\/(main\.tsx|app\/early\.ts)$/.test(output.entryPoint ?? '')) follow(path);
  return [...seen].map((path) => `/${path}`);
}

function shell(first) {
  const script = (name) => first.find((path) => path.startsWith(`/assets/${name}-`) && path.endsWith('.js'));
  const head = [
    ...first.filter((path) => path.endsWith('.css')).map((path) => `<link rel="stylesheet" href="${path}">`),
    `<script src="${script('early')}"></script>`,
    `<script type="module" src="${script('main')}"></script>`,
    ...first.filter((path) => path.endsWith('.js') && !/\/(main|early)-/.test(path)).map((path) => `<link rel="modulepreload" href="${path}">`),
  ];
  return readFileSync('src/index.html', 'utf8').replace('<!-- assets -->', head.join('\n  '));
}

async function buildServiceWorker(precached, version) {
  const result = await build({
    ...shared, entryPoints: ['src/service-worker/main.ts'], format: 'iife', write: false, plugins: [],
    define: { ...shared.define, PRECACHED: JSON.stringify(precached), VERSION: JSON.stringify(version) },
  });
  files.set('/service-worker.js', Buffer.from(result.outputFiles[0].contents));
}

function addFolder(folder, place) {
  for (const name of readdirSync(folder)) files.set(`${place}/${name}`, readFileSync(join(folder, name)));
}

function compressed(bytes, path) {
  if (path.endsWith('.png')) return {};
  const forms = {
    br: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
    gz: gzipSync(bytes, { level: 9 }),
  };
  return Object.fromEntries(Object.entries(forms).filter(([, form]) => form.length < bytes.length));
}

checkStyles();
const metafile = await buildAssets();
const first = firstLoad(metafile);
addFolder('static', '');
addFolder('icons', '/icons');
files.set('/index.html', Buffer.from(shell(first)));
const precached = [...files.keys()].filter((path) => path !== '/index.html' && !path.endsWith('.map')).sort();
await buildServiceWorker(['/', ...precached], hashOf(Buffer.concat([...files].sort().map(([, bytes]) => bytes))));

rmSync(out, { recursive: true, force: true });
const list = [];
let firstBytes = 0;
for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const forms = compressed(bytes, path);
  const file = join(out, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  for (const [kind, form] of Object.entries(forms)) writeFileSync(`${file}.${kind}`, form);
  if (first.includes(path) || path === '/index.html') firstBytes += (forms.gz ?? bytes).length;
  list.push({
    path, type: TYPES[path.split('.').pop()], immutable: path.startsWith('/assets/'), hash: hashOf(bytes), size: bytes.length,
    encodings: Object.fromEntries(Object.entries(forms).map(([kind, form]) => [kind, form.length])), first: first.includes(path),
  });
}
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
writeFileSync(join(out, 'page.json'), `${JSON.stringify({ version, firstLoadGzip: firstBytes, files: list }, null, 1)}\n`);
if (!existsSync(join(out, 'index.html'))) throw new Error('the shell is missing');
console.log(`${out}: ${list.length} files, first load ${(firstBytes / 1024).toFixed(1)} KB with gzip`);
if (firstBytes > FIRST_LOAD_MAX) throw new Error(`the first load is larger than ${FIRST_LOAD_MAX} bytes`);
