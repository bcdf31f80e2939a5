// The user's document is the specification of the module: each of its TypeScript samples is compiled strictly as it stands and
// run. What a sample takes for granted (`daemon`, `authenticateUser`, the comment in place of user data) is a fixture.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { samples } from '../harness/document.mjs';
import { app, bindings, orchestrator } from './app.mjs';

const fixture = JSON.stringify(orchestrator('Grace Hopper'));
const others = [orchestrator('Ann One'), orchestrator('Ben Two')].map((each) => JSON.stringify(each));

/** What goes before a sample, by what it needs. */
function prelude(code) {
  const lines = [];
  const uses = (pattern) => pattern.test(code);
  const core = [];
  if (uses(/^daemon\.on/m)) {
    core.push('createOrchestratorDaemon');
    lines.push(`const daemon = createOrchestratorDaemon({ orchestrator: ${fixture}, heartbeatInterval: 100 });`);
  }
  if (uses(/^manager\.on/m)) {
    core.push('getDaemonManager');
    lines.push('const manager = getDaemonManager();');
  }
  if (uses(/authenticateUser\(/)) {
    lines.push(`async function authenticateUser(email: string, password: string) { return email && password ? ${fixture}.user : Promise.reject(new Error('no')); }`);
  }
  if (uses(/describe\(/)) {
    lines.unshift("import { afterEach, describe, expect, it } from 'vitest';");
    lines.push(`const mockOrchestrator = ${fixture};`, ...others.map((each, i) => `const mockOrchestrator${i + 1} = ${each};`));
  }
  if (core.length) lines.unshift(`import { ${core.join(', ')} } from '@neolith/core';`);
  return lines.join('\n');
}

/** What is done with a sample after it ran, and must hold. */
const checks = [
  ['createOrchestratorDaemon({', `
    const { check } = globalThis as any;
    check('one message was answered', health.totalMessagesProcessed === 1 && health.status === 'running' && !daemon.isRunning());`],
  ['await manager.stopAllDaemons();', `
    const { check } = globalThis as any;
    check('the daemon ran, and stopped', isRunning && status?.status === 'running' && daemon?.getStatus() === 'stopped');`],
  ['handleUserLogin', `
    const { check } = globalThis as any;
    const someone = ${fixture};
    await handleUserLogin(someone);
    check('the login started it', getDaemonManager().isDaemonRunning(someone.id));
    await handleUserLogout(someone.user.id);
    check('the logout stopped it', !getDaemonManager().isDaemonRunning(someone.id));`],
  ['initializeDaemonManager', `
    const { check } = globalThis as any;
    check('built from the environment', managerConfig.maxRestartAttempts === 3 && daemonConfig.heartbeatInterval === 30000 && manager.getAllDaemonStatuses().length === 0);`],
  ["daemon.on('started'", `
    const { check } = globalThis as any;
    const beat = new Promise((resolve) => daemon.once('heartbeat', resolve));
    await daemon.start();
    await daemon.handleMessage({ id: 'm', content: 'hello @grace', channelId: 'c', authorId: 'u', timestamp: new Date() });
    await daemon.executeAction({ type: 'react', payload: { emoji: '👍' } });
    const hold = setInterval(() => {}, 1000); // a daemon that idles lets the process end
    await beat;
    clearInterval(hold);
    await daemon.stop();
    check('each listener was called', ['Daemon started', 'Message processed:', 'Sending response:', 'Executing action:', 'Status changed:', 'Heartbeat:', 'Daemon stopped']
      .every((line) => (globalThis as any).logged.includes(line)));`],
  ["manager.on('daemon:started'", `
    const { check } = globalThis as any;
    const someone = ${fixture};
    await manager.startDaemon(someone);
    await manager.routeMessage({ id: 'm', content: 'hello @grace', channelId: 'c', authorId: 'u', timestamp: new Date() });
    await manager.stopDaemon(someone.id);
    check('each listener was called', ['Daemon started for Grace Hopper', 'Message processed:', 'Daemon stopped:'].every((line) => (globalThis as any).logged.includes(line)));`],
  ['export async function POST', `
    const { check } = globalThis as any;
    orchestratorService.setLookup((id) => (id === ${fixture}.user.id ? ${fixture} : null));
    const response = await POST(new Request('http://localhost/', { method: 'POST', body: JSON.stringify({ email: 'a@b', password: 'c' }) }));
    check('the route answers', response.status === 200 && (await response.json()).user.isOrchestrator);
    check('the daemon runs', getDaemonManager().isDaemonRunning(${fixture}.id));`],
];

function writeSample(folder, code, index) {
  const isTest = /describe\(/.test(code);
  const isHook = /useEffect/.test(code);
  const withData = code.replace(/\/\* user data \*\//g, fixture);
  const after = checks.find(([needle]) => code.includes(needle))?.[1] ?? '';
  const head = prelude(code);
  const name = `sample-${index}.${isTest ? 'test.' : ''}ts`;
  writeFileSync(join(folder, name), `${head}\n${withData}\n${isTest || isHook ? '' : after}\nexport {};\n`);
  return { name, isTest, isHook, checked: after !== '' };
}

function prepare(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(folder, 'log.mjs'), `
globalThis.logged = [];
console.log = (line) => { globalThis.logged.push(line); };
globalThis.check = (what, holds) => {
  if (!holds) throw new Error(what + ': not so');
};
`);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: {
      strict: true, target: 'ES2022', module: 'ESNext', moduleResolution: 'Bundler', lib: ['ES2022', 'DOM'], types: [], outDir: 'out', rootDir: '.',
      skipLibCheck: true, typeRoots: [], paths: Object.fromEntries(['react', 'vitest'].map((name) => [name, [join(bindings, 'node_modules', name === 'react' ? '@types/react' : name)]])),
    },
    include: ['*.ts'],
  }));
}

export async function document(test) {
  const codes = samples();
  if (!codes) {
    console.log('skipped: the document with the samples is not beside this checkout (ORCHD_DOCUMENT names it)');
    return;
  }
  const folder = join(app, 'document');
  prepare(folder);
  const written = codes.map((code, index) => writeSample(folder, code, index + 1));
  await test(`document: ${codes.length} samples compile with tsc --strict`, () => {
    execFileSync(join(bindings, 'node_modules/.bin/tsc'), ['-p', folder], { stdio: 'pipe', encoding: 'utf8' });
  });
  for (const { name, checked } of written.filter((each) => !each.isTest && !each.isHook)) {
    await test(`document: ${name} runs`, () => {
      assert.ok(checked, 'this sample has no check');
      execFileSync(process.execPath, ['--import', join(folder, 'log.mjs'), join(folder, 'out', name.replace(/ts$/, 'js'))], { stdio: 'pipe', timeout: 30000 });
    });
  }
  await test('document: its tests pass under vitest as they stand', () => {
    const out = execFileSync(join(bindings, 'node_modules/.bin/vitest'), ['run', '--root', folder, '--exclude', 'out/**'], { encoding: 'utf8', stdio: 'pipe', timeout: 60000 });
    assert.match(out, /3 passed/);
  });
}
