// Backups of a database that is written to at the same time, and what is left when one is killed.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, until } from '../harness/check.mjs';
import { dataDirectory, orchd, orchdOk, program } from '../harness/orchd.mjs';
import { doctor, makeWorkspace, Served, sql } from './workspace.mjs';

const megabytes = 120; // enough that a copy takes a while

// Kills `args` as soon as `partial` exists. True: it was in the middle of it.
async function killInTheMiddle(args, partial) {
  const child = spawn(program, args, { stdio: 'ignore' });
  const over = once(child, 'exit');
  let ended = false;
  over.then(() => (ended = true));
  while (!ended && !(existsSync(partial) && statSync(partial).size > 0)) await new Promise((done) => setImmediate(done));
  child.kill('SIGKILL');
  await over;
  return child.signalCode === 'SIGKILL' && existsSync(partial);
}

export default async function () {
  const data = await makeWorkspace();
  const folder = dataDirectory();
  const file = join(folder, 'orchd.backup');

  await test('a backup under load, restored: every message acknowledged before it, and what had no answer gets one', async () => {
    const served = await Served.start(data);
    const acknowledged = [];
    let going = true;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let i = 0; going; i++) acknowledged.push(await served.say(`@pip ping ${writer}.${i}`));
    });
    await served.say('@off ping');
    await until('there is load', () => acknowledged.length > 50);
    const before = acknowledged.length;
    const told = JSON.parse(await orchdOk(['backup', file, '--data', data, '--json']));
    const during = acknowledged.length;
    going = false;
    await Promise.all(writers);
    assert.ok(during > before, 'nothing was written while the backup was made');
    assert.equal(told.file, file);
    assert.equal(told.bytes, statSync(file).size);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(!existsSync(`${file}.partial`));
    await served.server.kill('SIGKILL');

    const second = join(folder, 'restored');
    assert.match(await orchdOk(['restore', file, '--data', second]), /had no answer yet: the next `orchd serve` answers/);
    const report = await doctor(second, { args: ['--full'] });
    assert.equal(report.code, 0, JSON.stringify(report.findings));
    const again = await Served.start(second);
    const all = await again.messages();
    const kept = new Set(all.map((message) => message.id));
    for (const message of acknowledged.slice(0, before)) assert.ok(kept.has(message.id), `lost: ${message.content}`);
    await until('every message has its one answer', async () => {
      const now = await again.messages();
      const answered = now.filter((message) => message.content === 'pong of Pip').map((message) => message.metadata.replyToId);
      assert.equal(new Set(answered).size, answered.length, 'answered twice');
      return now.filter((message) => message.content.startsWith('@pip')).every((message) => answered.includes(message.id));
    });
    await orchdOk(['login', '--email', 'off@test.example', '--data', second]);
    await until('the one that was off answers', async () => (await again.messages()).some((message) => message.content === 'pong of Off'));
    assert.equal(await again.server.kill('SIGTERM'), 0);
  });

  await test('a file that exists is not overwritten without --force', async () => {
    const kept = readFileSync(file);
    const refused = await orchd(['backup', file, '--data', data]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /exists already.*--force/);
    assert.deepEqual(readFileSync(file), kept);
    await orchdOk(['backup', file, '--data', data, '--force']);
    assert.equal((await orchd(['backup', folder, '--data', data, '--force'])).code, 1);
  });

  await test('nothing is left where a backup fails', async () => {
    const missing = await orchd(['backup', join(folder, 'x'), '--data', join(folder, 'nothing')]);
    assert.match(missing.stderr, /there is no workspace/);
    const nowhere = await orchd(['backup', join(folder, 'no', 'x'), '--data', data]);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /no backup was made: .*No such file/);
    const small = await new Promise((done) =>
      execFile('bash', ['-c', 'ulimit -f 100; exec "$0" "$@"', program, 'backup', join(folder, 'x'), '--data', data], (error, stdout, stderr) => done({ code: error?.code, stderr })),
    );
    assert.equal(small.code, 1, small.stderr);
    assert.match(small.stderr, /no backup was made: .*disk is full/);
    assert.ok(!existsSync(join(folder, 'x')) && !existsSync(join(folder, 'x.partial')));
  });

  await test('a backup of a damaged database is refused', async () => {
    const damaged = join(folder, 'damaged');
    mkdirSync(damaged);
    const bytes = readFileSync(file);
    for (let at = 4096 * 3; at < bytes.length; at += 4096) bytes.fill(0x5a, at, at + 512);
    writeFileSync(join(damaged, 'orchd.db'), bytes);
    const refused = await orchd(['backup', join(folder, 'x'), '--data', damaged]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /no backup was made: .*(damaged|malformed)/);
    assert.ok(!existsSync(join(folder, 'x')) && !existsSync(join(folder, 'x.partial')));
  });

  await test('killed in the middle: the old backup, or none, and the next one succeeds', async () => {
    sql(join(data, 'orchd.db'), 'CREATE TABLE filler (a)', `INSERT INTO filler SELECT zeroblob(1000000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${megabytes}) SELECT i FROM n)`);
    const fresh = join(folder, 'fresh.backup');
    const old = readFileSync(file);
    let killed = 0;
    for (let round = 0; round < 10 && killed < 2; round++) {
      rmSync(fresh, { force: true });
      const middle = await killInTheMiddle(['backup', fresh, '--data', data], `${fresh}.partial`);
      if (!middle) continue;
      assert.ok(!existsSync(fresh));
      assert.ok(await killInTheMiddle(['backup', file, '--data', data, '--force'], `${file}.partial`) || !readFileSync(file).equals(old));
      killed++;
    }
    assert.ok(killed > 0, 'no backup was killed in the middle of it');
    await orchdOk(['backup', fresh, '--data', data, '--force']);
    assert.ok(!existsSync(`${fresh}.partial`));
    assert.equal(sql(fresh, 'PRAGMA integrity_check', 'SELECT count(*) FROM filler'), `ok\n${megabytes}`);
  });

  await test('SIGTERM breaks a backup off and leaves nothing', async () => {
    const target = join(folder, 'ended.backup');
    let broken = 0;
    for (let round = 0; round < 10 && broken === 0; round++) {
      rmSync(target, { force: true });
      const child = spawn(program, ['backup', target, '--data', data], { stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.on('data', (bytes) => (said += bytes));
      const over = once(child, 'close');
      while (child.exitCode === null && !(existsSync(`${target}.partial`) && statSync(`${target}.partial`).size > 0)) await new Promise((done) => setImmediate(done));
      child.kill('SIGTERM');
      const [code] = await over;
      if (code === 0) continue;
      broken += Number(/interrupted/.test(said));
      assert.ok(!existsSync(target) && !existsSync(`${target}.partial`), said);
    }
    assert.ok(broken > 0, 'no backup was broken off');
  });

  await test('on a terminal the progress is shown', async () => {
    const child = spawn('python3', ['-c', 'import pty,sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)', program, 'backup', file, '--force', '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] });
    let seen = '';
    child.stdout.on('data', (bytes) => (seen += bytes));
    const [code] = await once(child, 'close');
    assert.equal(code, 0, seen);
    assert.match(seen, /copying: \d/);
    assert.match(seen, /checking: \d/);
    assert.match(seen, /Backed up .* to .*: 1\d\d\.\d MB in [\d.]+ s, checked\./);
  });
}
