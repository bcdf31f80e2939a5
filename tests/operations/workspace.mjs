// A workspace with an orchestrator that answers at once, and SQL on its database by Python's own SQLite.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { api, dataDirectory, initWorkspace, orchd, orchdOk, Server, tokenOf } from '../harness/orchd.mjs';

export async function makeWorkspace() {
  const data = dataDirectory();
  await initWorkspace(data);
  for (const name of ['Pip', 'Off'])
    await orchdOk(
      ['orchestrator', 'add', '--data', data, '--name', name, '--role', 'Tester', '--discipline', 'Test', '--email', `${name.toLowerCase()}@test.example`, '--charter', '-'],
      { input: JSON.stringify({ rules: [{ match: 'ping', reply: `pong of ${name}` }] }) },
    );
  await orchdOk(['logout', '--email', 'off@test.example', '--data', data]);
  return data;
}

export class Served {
  static async start(data, options) {
    const served = new Served();
    served.data = data;
    served.server = await new Server(data, options).start();
    served.token = await tokenOf(data, 'owner@test.example');
    const { body } = await served.get('/api/channels');
    served.channel = body.channels.find((channel) => channel.slug === 'general').id;
    return served;
  }

  get address() {
    return this.server.address;
  }

  get(path) {
    return api(this.address, this.token, 'GET', path);
  }

  // The message as the server acknowledged it.
  async say(content) {
    const { status, body } = await api(this.address, this.token, 'POST', `/api/channels/${this.channel}/messages`, { content });
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body.message;
  }

  // All of the channel, oldest first.
  async messages() {
    const all = [];
    for (let before = ''; ; ) {
      const { body } = await this.get(`/api/channels/${this.channel}/messages?limit=100${before}`);
      all.unshift(...body.messages);
      if (!body.next) return all;
      before = `&before=${body.next}`;
    }
  }
}

// SQL on a database, also one that a server has open; foreign keys are not enforced.
export function sql(path, ...statements) {
  const program = 'import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], timeout=20)\nfor s in sys.argv[2:]:\n  for row in c.execute(s): print(*row, sep="|")\nc.commit()';
  return execFileSync('python3', ['-c', program, path, ...statements], { encoding: 'utf8' }).trim();
}

// Takes the database's write lock until release().
export async function holdLock(path) {
  const program = 'import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)\nc.execute("BEGIN IMMEDIATE")\nprint("held", flush=True)\nsys.stdin.read()\nc.execute("ROLLBACK")';
  const child = spawn('python3', ['-c', program, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(createInterface({ input: child.stdout }), 'line');
  return {
    async release() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

// Findings of the doctor, with its exit code.
export async function doctor(data, { env, args = [], prefix } = {}) {
  const all = ['doctor', '--data', data, '--json', ...args];
  const result = prefix ? await prefix(all) : await orchd(all, { env });
  try {
    return { code: result.code, ...JSON.parse(result.stdout) };
  } catch {
    throw new Error(`doctor: exit code ${result.code}\n${result.stdout}${result.stderr}`);
  }
}
