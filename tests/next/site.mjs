// The site as an app of Next.js: its files copied to build/next-site, its packages installed there, built, served.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { root } from '../harness/orchd.mjs';

export const source = join(dirname(fileURLToPath(import.meta.url)), 'site');
const folder = join(root, 'build/next-site');
const tarball = join(root, 'build/neolith-core.tgz');
const next = join(folder, 'node_modules/next/dist/bin/next');
const quiet = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };

function npm(...args) {
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' });
}

/** The packages of the lock file, and @neolith/core as an app gets it; each only where it is newer than what is there. */
function install() {
  const lock = join(folder, 'package-lock.json');
  const installed = join(folder, 'installed');
  const wanted = readFileSync(join(source, 'package-lock.json'), 'utf8');
  const same = existsSync(installed) && existsSync(lock) && readFileSync(lock, 'utf8') === wanted;
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(source, file), join(folder, file));
  if (!same) npm('ci');
  if (!same || statSync(installed).mtimeMs < statSync(tarball).mtimeMs) npm('install', '--no-save', '--no-package-lock', tarball);
  writeFileSync(installed, '');
}

/** Ready to be built; what an earlier build left is kept where it makes the next one faster. */
export function prepareSite() {
  mkdirSync(folder, { recursive: true });
  install();
  for (const part of ['app', 'hooks', 'lib']) rmSync(join(folder, part), { recursive: true, force: true });
  cpSync(source, folder, { recursive: true });
}

/** `next build`; where orchd is goes into the site's rewrites. Its output. */
export function buildSite(env) {
  try {
    return execFileSync(process.execPath, [next, 'build'], { cwd: folder, env: { ...quiet, ...env }, encoding: 'utf8', stdio: 'pipe' });
  } catch ({ stdout, stderr }) {
    throw new Error(`next build:\n${stdout}${stderr}`);
  }
}

/** `next start` on a free port. */
export class Site {
  static async start(env) {
    const site = new Site();
    site.log = '';
    site.child = spawn(process.execPath, [next, 'start', '--port', '0', '--hostname', '127.0.0.1'], {
      cwd: folder, env: { ...quiet, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    process.on('exit', () => site.child.kill('SIGKILL'));
    const exited = once(site.child, 'exit').then(([code]) => {
      throw new Error(`next start ended with ${code}\n${site.log}`);
    });
    exited.catch(() => {});
    site.address = await Promise.race([site.#listening(), exited]);
    return site;
  }

  #listening() {
    return new Promise((resolve) => {
      for (const stream of [this.child.stdout, this.child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.log = `${this.log}${line}\n`.slice(-100000);
          const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
          if (address) resolve(address[0]);
        });
      }
    });
  }

  async end() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}
