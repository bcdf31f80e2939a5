// Builds the package into dist/: ESM and CommonJS, with the core's wasm put in. `node build.mjs WASM`.
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';

const [wasm] = process.argv.slice(2);
const define = { ORCHD_CORE_BASE64: JSON.stringify(readFileSync(wasm).toString('base64')) };
const shared = { entryPoints: ['src/index.ts'], bundle: true, target: 'es2022', define, logLevel: 'warning', external: ['@anthropic-ai/sdk'] };

await build({ ...shared, format: 'esm', outfile: 'dist/index.js' });
await build({ ...shared, format: 'cjs', outfile: 'dist/index.cjs' });
