// A start on a database that is not fit: told what it is and what to do, and nothing of it is written over.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../harness/check.mjs';
import { dataDirectory, initWorkspace, program, Server, tokenOf } from '../harness/orchd.mjs';
import { Injector } from './injector.mjs';
import { Stage } from './stage.mjs';

const hash = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

// Starts orchd and expects that it ends with an error: its words.
async function refusal(data, { command = program, ...options } = {}) {
  const child = spawn(command, ['serve', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  let words = '';
  child.stderr.on('data', (bytes) => (words += bytes));
  const [code] = await once(child, 'close');
  assert.equal(code, 1, words);
  return words;
}

async function workspace() {
  const data = dataDirectory();
  await initWorkspace(data);
  return { data, file: join(data, 'orchd.db') };
}

function overwrite(file, at, bytes) {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

async function isLeftAlone(file, data, pattern, options) {
  const before = hash(file);
  const words = await refusal(data, options);
  assert.match(words, pattern);
  assert.ok(words.includes(file), words);
  assert.equal(hash(file), before, 'the file was written over');
}

// Every page that holds `text`, filled with noise.
function ruinPagesWith(file, text) {
  const bytes = readFileSync(file);
  const size = bytes.readUInt16BE(16) === 1 ? 65536 : bytes.readUInt16BE(16);
  let ruined = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    overwrite(file, Math.floor(at / size) * size, Buffer.alloc(size, 0x5a));
    ruined++;
  }
  return ruined;
}

export const cases = {
  async 'a file that is no database'() {
    const data = dataDirectory();
    const file = join(data, 'orchd.db');
    writeFileSync(file, 'Dear diary, this is no database, and nobody may write over it.\n'.repeat(200));
    await isLeftAlone(file, data, /not a database.*Nothing was changed.*orchd doctor.*orchd restore/s);
  },

  async 'a database whose header and schema are damaged'() {
    const { data, file } = await workspace();
    overwrite(file, 100, Buffer.alloc(3000, 0x5a));
    await isLeftAlone(file, data, /damaged.*Nothing was changed.*orchd doctor.*orchd restore/s);
  },

  async 'a database that a newer orchd has written'() {
    const { data, file } = await workspace();
    // The list of migrations, by the page that holds its newest name: number 1 becomes 99 by SQLite itself.
    const sqlite = spawn('python3', ['-c', 'import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute("UPDATE orchd_migrations SET number = 99 WHERE number = (SELECT max(number) FROM orchd_migrations)")\nc.commit()', file], { stdio: 'inherit' });
    assert.equal((await once(sqlite, 'close'))[0], 0);
    const words = await refusal(data);
    assert.match(words, /migration 99.*newer orchd/s);
  },

  async 'a cut log of the database: what was whole in it is there, and orchd goes on'() {
    const stage = await Stage.make();
    const file = join(stage.world.data, 'orchd.db');
    for (let i = 0; i < 20; i++) assert.equal((await stage.post(`message ${i}`)).status, 201);
    await stage.server.kill('SIGKILL');
    truncateSync(`${file}-wal`, statSync(`${file}-wal`).size - 5000);
    await stage.server.start();
    const contents = await stage.contents();
    assert.deepEqual(contents, Array.from({ length: contents.length }, (_, i) => `message ${i}`), 'a hole');
    assert.ok(contents.length >= 15 && contents.length < 20, `${contents.length}`);
    assert.equal((await stage.post('after')).status, 201);
    await stage.end();
  },

  async 'damage that is met while the server runs: told, the rest goes on'() {
    const stage = await Stage.make();
    const file = join(stage.world.data, 'orchd.db');
    const other = await stage.world.addChannel('other', [stage.world.people.alice.id]);
    for (let i = 0; i < 40; i++) assert.equal((await stage.post(`RUINED ${i} ${'x'.repeat(2000)}`)).status, 201);
    await stage.end();
    assert.ok(ruinPagesWith(file, 'RUINED') > 0);
    await stage.server.start();
    const { status, body } = await stage.world.get(`/api/channels/${stage.world.general.id}/messages?limit=200`, stage.token);
    assert.equal(status, 500, JSON.stringify(body));
    assert.equal(body.error.code, 'corrupt');
    const ready = await stage.ready();
    assert.equal(ready.body.parts['database-damage'].status, 'failing');
    assert.match(ready.body.parts['database-damage'].advice, /orchd restore/);
    assert.notEqual(ready.body.status, 'ready');
    assert.equal(stage.logged('fault.database-damage').length, 1);
    assert.equal((await stage.world.get('/api/channels', stage.token)).status, 200);
    assert.equal((await stage.world.get(`/api/channels/${other.id}/messages`, stage.token)).status, 200);
    await stage.server.kill('SIGTERM');
  },

  async 'a database that this user may not read, and one that they may not write'() {
    if (process.getuid() !== 0) {
      console.log('       left out: only root can start a server as somebody else');
      return;
    }
    const { data, file } = await workspace();
    // A copy of the program: the other user may not get through the folders above it.
    const open = dataDirectory();
    chmodSync(open, 0o755);
    copyFileSync(program, join(open, 'orchd'));
    const nobody = { uid: 65534, gid: 65534, cwd: '/', command: join(open, 'orchd') };
    for (const name of ['', 'orchd.lock', 'owner.token']) if (existsSync(join(data, name))) chownSync(join(data, name), 65534, 65534);
    await isLeftAlone(file, data, /Permission denied|unable to open/, nobody);
    chmodSync(file, 0o444);
    await isLeftAlone(file, data, /read-only for this user/, nobody);
    const away = join(data, 'sealed');
    mkdirSync(away, { mode: 0o500 });
    chownSync(away, 65534, 65534);
    assert.match(await refusal(join(away, 'data'), nobody), /Permission denied/);
  },

  async 'a start while the disk is full: told; with room it starts'() {
    const { data } = await workspace();
    const faults = new Injector();
    const env = { ...process.env, ...faults.env };
    faults.set('write ENOSPC 1 orchd.db');
    const words = await refusal(data, { env });
    assert.match(words, /full|shared memory|disk/);
    faults.clear();
    const server = await new Server(data, { env: faults.env }).start();
    await until('it serves', async () => (await fetch(`${server.address}/readyz`)).status === 200);
    assert.ok(await tokenOf(data, 'owner@test.example'));
    assert.equal(await server.kill('SIGTERM'), 0);
  },
};
