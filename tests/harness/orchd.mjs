// A real orchd for a test: a data directory of its own, a free port, killed when the test ends.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from './check.mjs';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const program = resolve(root, process.env.BUILD ?? 'build/release', 'orchd');

const cleanups = new Set();
process.on('exit', () => {
  for (const cleanup of cleanups) cleanup();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

// What orchd may see of this process's environment: no key or model of the developer.
function environment(extra) {
  const kept = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(ANTHROPIC|GOOGLE|OPENAI|ORCHD|DAEMON|ORCHESTRATOR|NEXT_PUBLIC)_/.test(name)),
  );
  return { ...kept, ...extra };
}

export function dataDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'orchd-test-'));
  cleanups.add(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

// Runs a command of orchd to its end: {code, stdout, stderr}.
export function orchd(args, { input = '', env = {}, timeout = 60000 } = {}) {
  return new Promise((done) => {
    const child = execFile(program, args, { env: environment(env), timeout }, (error, stdout, stderr) =>
      done({ code: error ? (error.code ?? 1) : 0, stdout, stderr }),
    );
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

export async function orchdOk(args, options) {
  const result = await orchd(args, options);
  if (result.code !== 0) throw new Error(`orchd ${args.join(' ')}: exit code ${result.code}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

export class Server {
  constructor(data, { env = {}, args = [] } = {}) {
    Object.assign(this, { data, env, args, child: null, address: '', log: '' });
  }

  // Resolves when it listens. A port that it once had is kept, so that clients find it again.
  async start() {
    const listen = this.address ? new URL(this.address).host : '127.0.0.1:0';
    const child = spawn(program, ['serve', '--data', this.data, '--listen', listen, ...this.args], {
      env: environment(this.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    cleanups.add(() => child.kill('SIGKILL'));
    child.exited = once(child, 'exit');
    child.stderr.on('data', (bytes) => {
      this.log = (this.log + bytes).slice(-200000);
    });
    const lines = createInterface({ input: child.stdout });
    this.output = [];
    lines.on('line', (line) => this.output.push(line));
    const first = await Promise.race([once(lines, 'line'), child.exited.then(([code]) => [`exit ${code}`])]);
    const match = /^listening on (\S+)$/.exec(first[0]);
    if (!match) throw new Error(`orchd serve: ${first[0]}\n${this.log}`);
    this.address = match[1];
    return this;
  }

  // The code for the first user, from the address that a server without users shows.
  async setupCode() {
    const line = await until('the address of the set-up is shown', () => this.output.find((one) => one.includes('/setup#')));
    return line.split('#')[1];
  }

  async kill(signal = 'SIGKILL') {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return null;
    this.child.kill(signal);
    const [code] = await this.child.exited;
    return code;
  }
}

// A workspace with one administrator; returns their e-mail address.
export async function initWorkspace(data, email = 'owner@test.example') {
  await orchdOk(['init', '--data', data, '--email', email, '--name', 'Owner', '--password-stdin'], { input: 'correct horse battery\n' });
  return email;
}

export async function tokenOf(data, email) {
  return JSON.parse(await orchdOk(['token', 'create', '--data', data, '--email', email, '--json'])).token;
}

// fetch with a token; returns {status, body}.
export async function api(address, token, method, path, body) {
  const response = await fetch(address + path, {
    method,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
}
