// The doctor and a machine that is at fault: a small, forgetful or read-only file system, clocks, time zones, an expired certificate.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { Injector } from '../faults/injector.mjs';
import { test } from '../harness/check.mjs';
import { dataDirectory, Server } from '../harness/orchd.mjs';
import { doctor, makeWorkspace } from './workspace.mjs';

function finding(report, check, verdict, pattern) {
  const found = report.findings.find((item) => item.check === check && item.verdict === verdict && pattern.test(item.message));
  assert.ok(found, `no ${verdict} ${pattern} of ${check}: ${JSON.stringify(report.findings.filter((item) => item.check === check))}`);
  if (verdict !== 'ok') assert.ok(found.advice, `no advice: ${found.message}`);
  return found;
}

const mount = (...args) => execFileSync('mount', args, { stdio: 'ignore' });
const unmount = (data) => execFileSync('umount', ['-l', data], { stdio: 'ignore' });

// A data directory on a file system of its own; null where none may be mounted.
function mounted(database, options) {
  const data = dataDirectory();
  try {
    mount('-t', 'tmpfs', '-o', options, 'orchd-test', data);
  } catch {
    return null;
  }
  copyFileSync(database, join(data, 'orchd.db'));
  chmodSync(join(data, 'orchd.db'), 0o600);
  writeFileSync(join(data, 'orchd.lock'), '');
  return data;
}

export default async function () {
  const data = await makeWorkspace();
  const database = join(data, 'orchd.db');
  const faults = new Injector();
  const small = mounted(database, 'size=60m,nr_inodes=60');

  if (!small) console.log('       left out: no file system can be mounted here');
  else
    await test('disk: little room, few inodes, a file system that forgets, one that is read-only', async () => {
      const report = await doctor(small);
      assert.equal(report.code, 1);
      finding(report, 'disk', 'problem', /^0\.\d GB free of 0\.1 GB \(tmpfs\)/);
      finding(report, 'disk', 'problem', /no room for new files: \d+ inodes free/);
      assert.match(finding(report, 'disk', 'warning', /on a file system of kind tmpfs/).advice, /lost when the machine restarts/);
      mount('-o', 'remount,ro', small);
      const readOnly = await doctor(small);
      assert.equal(readOnly.code, 1);
      finding(readOnly, 'disk', 'problem', /the file system of .* is read-only/);
      finding(readOnly, 'disk', 'problem', /a write to .* fails: Read-only file system/);
    });
  if (small) unmount(small);

  await test('clock: a machine that woke in the past', async () => {
    faults.set(`clock ${-20 * 365 * 86400} 1 -`);
    const report = await doctor(data, { env: faults.env });
    faults.clear();
    assert.equal(report.code, 1);
    finding(report, 'clock', 'problem', /the clock says 200\d-/);
  });

  await test('clock: it is set while the checks run', async () => {
    // The model that the doctor asks sets it.
    const server = createServer((request, response) => {
      faults.set('clock 90 1 -');
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data": [{"id": "gull"}]}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const report = await doctor(data, {
      env: { ...faults.env, OPENAI_BASE_URL: `http://127.0.0.1:${server.address().port}/v1`, ORCHD_MODEL: 'openai/gull' },
    });
    server.close();
    faults.clear();
    finding(report, 'clock', 'warning', /the clock jumped by (89|90)\.\d s within/);
  });

  await test('clock: no time zones', async () => {
    faults.set('open ENOENT 1 zoneinfo');
    const report = await doctor(data, { env: faults.env });
    faults.clear();
    assert.equal(report.code, 1);
    assert.match(finding(report, 'clock', 'problem', /there is no time zone data/).advice, /tzdata/);
  });

  await test('TLS: a certificate that has expired', async () => {
    const [key, cert] = [join(data, 'key.pem'), join(data, 'cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost', '-days', '3', '-keyout', key, '-out', cert], { stdio: 'ignore' });
    chmodSync(key, 0o600);
    const server = await new Server(data, { args: ['--tls-cert', cert, '--tls-key', key] }).start();
    faults.set(`clock ${10 * 86400} 1 -`);
    const report = await doctor(data, { env: faults.env });
    faults.clear();
    assert.equal(report.code, 1);
    finding(report, 'server', 'problem', /the TLS certificate has expired, [67] days ago/);
    assert.equal(await server.kill('SIGTERM'), 0);
    for (const name of readdirSync(data)) if (name.endsWith('.pem')) rmSync(join(data, name));
  });
}
