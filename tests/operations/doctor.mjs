// The doctor: each check goes well once and is made to fail once.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test, until } from '../harness/check.mjs';
import { dataDirectory, orchd, program, Server } from '../harness/orchd.mjs';
import { doctor, holdLock, makeWorkspace, Served, sql } from './workspace.mjs';

// What a check said, as "verdict message".
const said = (report, check) => report.findings.filter((finding) => finding.check === check).map((finding) => `${finding.verdict} ${finding.message}`);

function finding(report, check, verdict, pattern) {
  const found = report.findings.find((item) => item.check === check && item.verdict === verdict && pattern.test(item.message));
  assert.ok(found, `no ${verdict} ${pattern} of ${check}: ${JSON.stringify(said(report, check))}`);
  if (verdict !== 'ok') assert.ok(found.advice, `no advice: ${found.message}`);
  return found;
}

// Runs the doctor in a shell with limits.
const limited = (limits) => (args) =>
  new Promise((done) =>
    execFile('bash', ['-c', `${limits}; exec "$0" "$@"`, program, ...args], (error, stdout, stderr) => done({ code: error ? error.code : 0, stdout, stderr })),
  );

const contents = (data) => readdirSync(data).sort().map((name) => [name, statSync(join(data, name)).size, readFileSync(join(data, name)).toString('base64')]);

export default async function () {
  const data = await makeWorkspace();
  const database = join(data, 'orchd.db');
  // A copy to do harm to.
  const victim = () => {
    const copy = dataDirectory();
    copyFileSync(database, join(copy, 'orchd.db'));
    chmodSync(join(copy, 'orchd.db'), 0o600);
    writeFileSync(join(copy, 'orchd.lock'), '');
    return copy;
  };

  await test('all is well with a fresh workspace, and nothing is changed by looking', async () => {
    const before = contents(data);
    const report = await doctor(data);
    assert.deepEqual([report.code, report.ok, report.problems], [0, true, 0], JSON.stringify(report.findings));
    for (const check of ['server', 'configuration', 'permissions', 'disk', 'database', 'model', 'login', 'clock', 'limits'])
      assert.ok(said(report, check).some((text) => text.startsWith('ok ')), check);
    finding(report, 'database', 'ok', /intact \(quick check/);
    finding(report, 'database', 'ok', /migration \d+, 3 users, 2 orchestrators/);
    finding(await doctor(data, { args: ['--full'] }), 'database', 'ok', /intact \(full check/);
    assert.deepEqual(contents(data), before);
  });

  await test('for a person: one line a finding, what to do below it, a sum', async () => {
    const result = await orchd(['doctor', '--data', data], { env: { DAEMON_AUTO_RESTART: 'perhaps' } });
    assert.equal(result.code, 1);
    assert.match(result.stdout, /^ok {8}server {9}no server runs on /m);
    assert.match(result.stdout, /^problem {3}configuration {2}DAEMON_AUTO_RESTART is "perhaps".*\n +→ .*unset it$/m);
    assert.match(result.stdout, /\n\d+ ok, \d+ warnings?, 1 problem\n$/);
  });

  await test('configuration: wrong values, all of them; contradictions; misspelled names', async () => {
    const report = await doctor(data, {
      env: {
        DAEMON_HEARTBEAT_INTERVAL: '5s',
        NEXT_PUBLIC_DAEMON_MAX_RESTART_ATTEMPTS: '-1',
        DAEMON_AUTO_START: 'false',
        NEXT_PUBLIC_DAEMON_AUTO_START: 'true',
        DAEMON_HEARTBEAT: '1',
        ORCHD_MODEL: 'mystery/x',
      },
    });
    assert.equal(report.code, 1);
    finding(report, 'configuration', 'problem', /DAEMON_HEARTBEAT_INTERVAL is "5s"/);
    finding(report, 'configuration', 'problem', /NEXT_PUBLIC_DAEMON_MAX_RESTART_ATTEMPTS is "-1"/);
    finding(report, 'configuration', 'problem', /ORCHD_MODEL.*mystery/);
    finding(report, 'configuration', 'warning', /DAEMON_AUTO_START and NEXT_PUBLIC_DAEMON_AUTO_START .*differ/);
    finding(report, 'configuration', 'warning', /DAEMON_AUTO_START is false/);
    finding(report, 'configuration', 'warning', /DAEMON_HEARTBEAT is no variable/);
    const idle = await doctor(data, { env: { DAEMON_AUTO_RESTART: 'no', DAEMON_MAX_RESTART_ATTEMPTS: '3' } });
    assert.equal(idle.code, 0);
    finding(idle, 'configuration', 'warning', /DAEMON_MAX_RESTART_ATTEMPTS has no effect/);
  });

  await test('permissions: files and directories that are open to others, a key file too', async () => {
    const copy = victim();
    const key = join(copy, 'key');
    writeFileSync(key, 'secret-key\n');
    chmodSync(key, 0o644);
    chmodSync(join(copy, 'orchd.db'), 0o644);
    const open = await doctor(copy, { env: { OPENAI_API_KEY_FILE: key, ORCHD_MODEL: 'rules' } });
    assert.equal(open.code, 0);
    assert.match(finding(open, 'permissions', 'warning', /other users may read .*orchd\.db/).advice, /chmod 600/);
    finding(open, 'permissions', 'warning', /other users may read .*key/);
    assert.ok(!JSON.stringify(open).includes('secret-key'));
    chmodSync(join(copy, 'orchd.db'), 0o622);
    finding(await doctor(copy), 'permissions', 'problem', /other users may write .*orchd\.db/);
    chmodSync(join(copy, 'orchd.db'), 0o600);
    chmodSync(copy, 0o777);
    finding(await doctor(copy), 'permissions', 'problem', /other users may write in/);
    chmodSync(copy, 0o700);
    writeFileSync(join(copy, 'owner.token'), 'x', { mode: 0o644 });
    finding(await doctor(copy), 'permissions', 'problem', /other users may read .*owner\.token/);
    assert.equal((await doctor(copy)).code, 1);
  });

  await test('permissions: a directory of another user', async () => {
    // Root may read everything; so the doctor is asked as nobody.
    const copy = victim();
    chmodSync(copy, process.getuid() === 0 ? 0o700 : 0o500);
    chmodSync(join(copy, 'orchd.db'), process.getuid() === 0 ? 0o600 : 0o000);
    // By its descriptor: the other user may not get through the folders above the program.
    const become = process.getuid() === 0 ? 'os.setgid(65534); os.setuid(65534); ' : '';
    const as = `import os, sys; program = os.open(sys.argv[1], os.O_RDONLY); os.chdir('/'); ${become}os.execve(program, sys.argv[1:], os.environ)`;
    const report = await doctor(copy, {
      prefix: (args) => new Promise((done) => execFile('python3', ['-c', as, program, ...args], (error, stdout, stderr) => done({ code: error ? error.code : 0, stdout, stderr }))),
    });
    assert.equal(report.code, 1);
    finding(report, 'permissions', 'problem', /cannot be (written|read) by user/);
    assert.ok(report.findings.some((item) => item.check === 'database' && item.verdict === 'problem'));
    chmodSync(copy, 0o700);
  });

  await test('disk: a write that fails', async () => {
    const report = await doctor(data, { prefix: limited('ulimit -f 1') });
    assert.equal(report.code, 1);
    finding(report, 'disk', 'problem', /a write to .* fails: /);
    finding(report, 'limits', 'problem', /a file may have 0 MB/);
  });

  await test('limits: too few files', async () => {
    const report = await doctor(data, { prefix: limited('ulimit -n 100') });
    assert.equal(report.code, 1);
    finding(report, 'limits', 'problem', /^100 open files/);
    finding(await doctor(data, { prefix: limited('ulimit -n 500') }), 'limits', 'warning', /^500 open files/);
  });

  await test('no workspace at all', async () => {
    const missing = await doctor(join(data, 'missing'));
    assert.equal(missing.code, 1);
    finding(missing, 'permissions', 'problem', /No such file/);
    finding(missing, 'database', 'problem', /there is no .*orchd\.db/);
    assert.ok(!existsSync(join(data, 'missing')));
    const empty = dataDirectory();
    finding(await doctor(empty), 'database', 'problem', /there is no/);
    assert.deepEqual(readdirSync(empty), []);
  });

  await test('database: damaged, no database, not ours, newer, older rows that point at nothing', async () => {
    const noise = victim();
    writeFileSync(join(noise, 'orchd.db'), 'A letter, and no database. '.repeat(400), { mode: 0o600 });
    finding(await doctor(noise), 'database', 'problem', /cannot be read: .*not a database/);

    const damaged = victim();
    const page = Number(sql(join(damaged, 'orchd.db'), "SELECT rootpage FROM sqlite_master WHERE name = 'users'"));
    const file = openSync(join(damaged, 'orchd.db'), 'r+');
    writeSync(file, Buffer.alloc(512, 0x5a), 0, 512, (page - 1) * 4096);
    closeSync(file);
    const before = contents(damaged);
    const report = await doctor(damaged);
    assert.equal(report.code, 1);
    assert.match(finding(report, 'database', 'problem', /damaged, \d+ findings?: /).advice, /orchd restore/);
    assert.deepEqual(contents(damaged), before);

    const foreign = victim();
    rmSync(join(foreign, 'orchd.db'));
    sql(join(foreign, 'orchd.db'), 'CREATE TABLE t (a)');
    finding(await doctor(foreign), 'database', 'problem', /not a workspace of orchd/);

    const newer = victim();
    sql(join(newer, 'orchd.db'), "INSERT INTO orchd_migrations VALUES (4711, 'later', '2030-01-01 00:00:00.000')");
    finding(await doctor(newer), 'database', 'problem', /migration 4711/);

    const orphaned = victim();
    sql(join(orphaned, 'orchd.db'), "DELETE FROM users WHERE email = 'pip@test.example'");
    finding(await doctor(orphaned), 'database', 'problem', /point at nothing, \d+ findings: .*vps: row \d+ points at a row of users/);
  });

  await test('clock: behind the newest message', async () => {
    const copy = victim();
    sql(join(copy, 'orchd.db'),
      "INSERT INTO messages (id, content, channel_id, author_id, created_at, updated_at) SELECT 'czzzzzzzzzzzzzzzzzzzzzzzz', 'x', c.id, u.id, '2099-01-01 00:00:00.000', '2099-01-01 00:00:00.000' FROM channels c, users u LIMIT 1");
    const report = await doctor(copy);
    assert.equal(report.code, 1);
    finding(report, 'clock', 'problem', /behind the newest stored message/);
  });

  await test('beside a running server: its environment, its limits, what waits', async () => {
    const served = await Served.start(data, { env: { OPENAI_API_KEY: 'key-of-the-server', ORCHD_MODEL: 'rules' } });
    await served.say('@pip ping');
    await served.say('@off ping');
    await until('one answer', async () => (await served.messages()).some((message) => message.content === 'pong of Pip'));
    const report = await doctor(data, { env: { DAEMON_AUTO_RESTART: 'nonsense of this shell' } });
    assert.equal(report.code, 0, JSON.stringify(report.findings));
    finding(report, 'server', 'ok', new RegExp(`process ${served.server.child.pid} serves ${served.address} and is ready`));
    finding(report, 'configuration', 'ok', /of the running server is valid; models: rules/);
    finding(report, 'database', 'ok', /1 message has no answer yet/);
    assert.ok(!JSON.stringify(report).includes('key-of-the-server'));

    const told = join(data, 'server.json');
    const truth = readFileSync(told, 'utf8');
    writeFileSync(told, JSON.stringify({ ...JSON.parse(truth), version: '0.0.1' }));
    finding(await doctor(data), 'server', 'warning', /the server is orchd 0\.0\.1/);
    writeFileSync(told, truth);

    const lock = await holdLock(database);
    const hanging = await doctor(data);
    await lock.release();
    assert.equal(hanging.code, 1);
    finding(hanging, 'server', 'problem', /is not ready: /);

    served.server.child.kill('SIGSTOP');
    const stopped = await doctor(data);
    served.server.child.kill('SIGCONT');
    assert.equal(stopped.code, 1);
    finding(stopped, 'server', 'problem', /does not answer/);

    await served.server.kill('SIGKILL');
    const killed = await doctor(data);
    finding(killed, 'server', 'warning', /did not end in good order/);
    finding(killed, 'database', 'ok', /the next start of the server answers/);
    assert.equal(killed.code, 0);
  });

  await test('TLS: how long the certificate lasts, and who may read its key', async () => {
    const copy = victim();
    const key = join(copy, 'key.pem');
    const cert = join(copy, 'cert.pem');
    const openssl = (days) =>
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost', '-days', String(days), '-keyout', key, '-out', cert], { stdio: 'ignore' });
    openssl(100);
    chmodSync(key, 0o644);
    const server = await new Server(copy, { args: ['--tls-cert', cert, '--tls-key', key] }).start();
    assert.match(server.address, /^https:/);
    const report = await doctor(copy);
    finding(report, 'server', 'ok', /serves https:.* and is ready/);
    finding(report, 'server', 'ok', /the TLS certificate is valid for (99|100) days/);
    finding(report, 'permissions', 'warning', /other users may read .*key\.pem/);
    openssl(5);
    chmodSync(key, 0o600);
    server.child.kill('SIGHUP');
    await until('the new certificate is told', async () => (await doctor(copy)).findings.some(({ verdict, message }) => verdict === 'warning' && /the TLS certificate expires in [45] days/.test(message)));
    assert.equal(await server.kill('SIGTERM'), 0);
  });

  await test('a directory that another process has', async () => {
    mkdirSync(join(data, 'busy'));
    copyFileSync(database, join(data, 'busy', 'orchd.db'));
    writeFileSync(join(data, 'busy', 'orchd.lock'), '');
    const child = execFile('python3', ['-c', 'import fcntl,sys\nf=open(sys.argv[1],"r+")\nfcntl.flock(f, fcntl.LOCK_EX)\nprint("held", flush=True)\nsys.stdin.read()', join(data, 'busy', 'orchd.lock')]);
    await new Promise((done) => child.stdout.once('data', done));
    finding(await doctor(join(data, 'busy')), 'server', 'warning', /another process has/);
    child.stdin.end();
  });
}
