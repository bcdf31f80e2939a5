// Restoring: what is refused, what is kept, and what a kill leaves.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../harness/check.mjs';
import { dataDirectory, orchd, orchdOk, program } from '../harness/orchd.mjs';
import { makeWorkspace, Served, sql } from './workspace.mjs';

const marks = (data) => sql(join(data, 'orchd.db'), 'PRAGMA quick_check', 'SELECT group_concat(a) FROM mark');
const kept = (data) => readdirSync(data).filter((name) => name.startsWith('orchd.db.before-'));

export default async function () {
  const source = await makeWorkspace();
  const file = join(dataDirectory(), 'backup');
  const target = await makeWorkspace();

  sql(join(source, 'orchd.db'), 'CREATE TABLE mark (a)', "INSERT INTO mark VALUES ('new')", 'CREATE TABLE filler (a)',
    'INSERT INTO filler SELECT zeroblob(1000000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80) SELECT i FROM n)');
  sql(join(target, 'orchd.db'), 'CREATE TABLE mark (a)', "INSERT INTO mark VALUES ('old')");
  await orchdOk(['backup', file, '--data', source]);

  await test('refused: a workspace that is there, a server that runs, what is no backup', async () => {
    const there = await orchd(['restore', file, '--data', target]);
    assert.equal(there.code, 1);
    assert.match(there.stderr, /has a workspace already.*--force/);
    const served = await Served.start(target);
    const running = await orchd(['restore', file, '--data', target, '--force']);
    assert.equal(running.code, 1);
    assert.match(running.stderr, /a server runs on .*stop it first/);
    await served.server.kill('SIGTERM');
    const letter = join(dataDirectory(), 'letter');
    writeFileSync(letter, 'Dear reader, '.repeat(1000));
    const fresh = join(dataDirectory(), 'new');
    assert.match((await orchd(['restore', letter, '--data', fresh])).stderr, /nothing was restored.*not a database/);
    sql(`${letter}.db`, 'CREATE TABLE t (a)');
    assert.match((await orchd(['restore', `${letter}.db`, '--data', fresh])).stderr, /not a workspace of orchd/);
    const newer = join(dataDirectory(), 'newer');
    copyFileSync(file, newer);
    sql(newer, "INSERT INTO orchd_migrations VALUES (4711, 'later', '2030-01-01 00:00:00.000')");
    assert.match((await orchd(['restore', newer, '--data', target, '--force'])).stderr, /written by a newer orchd/);
    assert.ok(!existsSync(join(fresh, 'orchd.db')));
    assert.equal(marks(target), 'ok\nold');
    assert.deepEqual(kept(target), []);
  });

  await test('killed in the middle the old database is there, whole', async () => {
    let killed = 0;
    for (let round = 0; round < 10 && killed === 0; round++) {
      const beside = join(target, 'orchd.db.restoring');
      const child = spawn(program, ['restore', file, '--data', target, '--force'], { stdio: 'ignore' });
      const over = once(child, 'exit');
      while (child.exitCode === null && !(existsSync(beside) && statSync(beside).size > 0)) await new Promise((done) => setImmediate(done));
      child.kill('SIGKILL');
      await over;
      const state = marks(target);
      assert.ok(state === 'ok\nold' || state === 'ok\nnew', state);
      if (state === 'ok\nold') killed++;
    }
    assert.ok(killed > 0, 'no restore was killed in the middle of it');
  });

  await test('--force keeps the old database, with what was in its log, and the new one is served', async () => {
    // A server that is killed leaves a log beside the database.
    const served = await Served.start(target);
    await served.say('only in the log');
    await served.server.kill('SIGKILL');
    const told = JSON.parse(await orchdOk(['restore', file, '--data', target, '--force', '--json']));
    assert.deepEqual(kept(target), [told.kept.split('/').pop()]);
    assert.equal(sql(told.kept, 'PRAGMA quick_check', "SELECT content FROM messages WHERE content = 'only in the log'"), 'ok\nonly in the log');
    assert.equal(marks(target), 'ok\nnew');
    const again = await Served.start(target);
    assert.deepEqual(await again.messages(), []);
    assert.equal(await again.server.kill('SIGTERM'), 0);
  });

  await test('over a damaged database: it is kept as it is', async () => {
    const damaged = dataDirectory();
    writeFileSync(join(damaged, 'orchd.db'), 'no database any more'.repeat(500));
    const result = await orchd(['restore', file, '--data', damaged, '--force']);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /damaged.*kept as it is/);
    assert.equal(statSync(join(damaged, kept(damaged)[0])).size, 10000);
    assert.equal(marks(damaged), 'ok\nnew');
  });
}
