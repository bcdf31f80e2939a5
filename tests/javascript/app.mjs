// An app beside the built package: an empty project into which it is installed, as a user would.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../harness/orchd.mjs';

export const bindings = join(root, 'bindings/javascript');
export const tarball = join(root, 'build/neolith-core.tgz');
export const app = join(root, 'build/javascript-app');

/** Installs the package where it is newer than what is installed. */
export function installApp() {
  const stamp = join(app, 'installed');
  if (existsSync(stamp) && statSync(stamp).mtimeMs > statSync(tarball).mtimeMs) return;
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "version": "1.0.0", "private": true }\n');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball], { cwd: app, stdio: 'inherit' });
  writeFileSync(stamp, '');
}

let count = 0;

/** An orchestrator as an app has them from its database. */
export function orchestrator(name = 'Ada Quill', charter = { rules: [{ match: 'hello', reply: 'Hello from me.' }] }) {
  const number = ++count;
  const slug = name.toLowerCase().replace(/\W+/g, '-');
  return {
    id: `orch_${number}`, role: 'Librarian', discipline: 'Knowledge', capabilities: [], status: 'ONLINE', userId: `user_${number}`,
    organizationId: 'org_1',
    user: {
      id: `user_${number}`, name, email: `${slug}@example.org`, isOrchestrator: true, status: 'ACTIVE', preferences: {},
      orchestratorConfig: { charter },
    },
  };
}

let messages = 0;

export function message(content, more = {}) {
  return { id: `msg_${++messages}`, content, channelId: 'ch_1', authorId: 'user_olga', timestamp: new Date(), ...more };
}

/** What an emitter tells, as lines. */
export function record(emitter, names) {
  const lines = [];
  for (const name of names) emitter.on(name, (...args) => lines.push([name, ...args]));
  return lines;
}

/** A promise that ends with what the emitter tells next. */
export function next(emitter, name) {
  return new Promise((resolve) => emitter.once(name, resolve));
}
