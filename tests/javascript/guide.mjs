// The guide's own samples: each block of TypeScript in the package's README, strictly compiled; what runs in Node is run.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { World } from '../server/world.mjs';
import { app, bindings } from './app.mjs';

const folder = join(app, 'guide');

const fixtures = `
declare global {
  function ask(systemPrompt: string, messages: Array<{ author: string; content: string; own: boolean }>, signal: AbortSignal): Promise<string>;
  function post(channelId: string, content: string): void;
}
globalThis.ask = async (_prompt, messages) => \`You said: \${messages.at(-1)?.content}\`;
globalThis.post = (channelId, content) => console.log(channelId, content);
export {};
`;

const run = async (name, env) => (await promisify(execFile)(process.execPath, ['--import', './out/fixtures.js', `out/${name}.js`], { cwd: folder, env, timeout: 60000 })).stdout;

export async function guide(test) {
  const blocks = [...readFileSync(join(bindings, 'README.md'), 'utf8').matchAll(/^## (.*)\n(?:(?!^## )[^])*?^```ts\n([^]*?)^```/gm)].map(([, title, code]) => [title, code]);
  const world = await World.make();
  const ada = await world.addOrchestrator('Ada', undefined, { channels: [world.general.id] });
  await test('guide: its samples compile with --strict', () => {
    assert.deepEqual(blocks.map(([title]) => title), ['Embed', 'Mirror an orchd', 'A worker']);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
    writeFileSync(join(folder, 'fixtures.ts'), fixtures);
    for (const [title, code] of blocks) writeFileSync(join(folder, `${title.split(' ')[0]}.ts`), code.replace('https://orchd.example.org', world.address));
    const compilerOptions = {
      strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, module: 'nodenext', target: 'es2022', lib: ['es2022', 'dom'], outDir: 'out', skipLibCheck: true,
      typeRoots: [join(bindings, 'node_modules/@types')], types: ['node'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    execFileSync(join(bindings, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8', stdio: ['ignore', 'inherit', 'inherit'] });
  });
  await test('guide: a daemon in the process answers', async () => {
    assert.equal(await run('Embed', process.env), 'c1 You said: @ada hello\n');
  });
  await test('guide: a daemon of an orchd is started, and the process ends', async () => {
    await world.post(`/api/daemons/${ada.id}/stop`, world.admin);
    assert.equal(await run('Mirror', { ...process.env, ORCHD_TOKEN: world.admin }), '');
    const { body } = await world.get(`/api/daemons/${ada.id}`, world.admin);
    assert.equal(body.health.status, 'running');
  });
  await world.end();
}
