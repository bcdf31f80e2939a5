// packaging/: the unit of systemd is one that systemd accepts and finds well shut; the snippet of logrotate fits to it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../harness/check.mjs';
import { dataDirectory, orchdOk, root } from '../harness/orchd.mjs';

const exposureMax = 2; // of 10; systemd calls up to 2 "OK"

export default async function () {
  const text = readFileSync(join(root, 'packaging/systemd/orchd.service'), 'utf8');
  const settings = {};
  for (const line of text.split('\n')) {
    const match = /^([A-Za-z]+)=(.*)$/.exec(line);
    if (match) (settings[match[1]] ??= []).push(match[2]);
  }

  await test('the unit: notified, watched, reloaded by SIGHUP, ended in time, hardened', async () => {
    for (const line of text.split('\n')) assert.match(line, /^(#.*|\[(Unit|Service|Install)\]|[A-Za-z]+=.*|)$/);
    for (const [name, value] of Object.entries({
      Type: 'notify',
      DynamicUser: 'yes',
      StateDirectory: 'orchd',
      ProtectSystem: 'strict',
      NoNewPrivileges: 'yes',
      MemoryDenyWriteExecute: 'yes',
      CapabilityBoundingSet: '',
      ExecReload: '/bin/kill -HUP $MAINPID',
    }))
      assert.deepEqual(settings[name], [value], name);
    assert.deepEqual(settings.SystemCallFilter, ['@system-service', '~@privileged']);
    assert.ok(Number(settings.WatchdogSec) >= 10);
    assert.ok(Number(settings.TimeoutStopSec) > 10, 'orchd itself may take 10 seconds');
  });

  await test('its command line is one that orchd knows', async () => {
    const words = settings.ExecStart[0].split(' ');
    assert.deepEqual(words.slice(0, 2), ['/usr/bin/orchd', 'serve']);
    const help = await orchdOk(['serve', '--help']);
    for (const option of words.filter((word) => word.startsWith('--'))) assert.ok(help.includes(`${option} `), option);
  });

  if (existsSync('/usr/bin/systemd-analyze'))
    await test('systemd accepts it and rates it', async () => {
      const unit = join(dataDirectory(), 'orchd.service');
      writeFileSync(unit, text.replaceAll('/usr/bin/orchd', '/bin/true').replace(/^Documentation=.*$/m, ''));
      assert.equal(execFileSync('systemd-analyze', ['verify', unit], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }), '');
      const rated = execFileSync('systemd-analyze', ['security', '--offline=yes', '--no-pager', unit], { encoding: 'utf8' });
      const exposure = Number(/Overall exposure level for orchd\.service: ([\d.]+)/.exec(rated)[1]);
      assert.ok(exposure <= exposureMax, `exposure ${exposure}`);
    });

  await test("logrotate's snippet signals the service and leaves the making of the file to it", async () => {
    const snippet = readFileSync(join(root, 'packaging/logrotate/orchd'), 'utf8');
    assert.match(snippet, /^\/var\/log\/orchd\/orchd\.log \{$/m);
    assert.deepEqual(settings.LogsDirectory, ['orchd']);
    assert.match(snippet, /^ +nocreate$/m);
    assert.match(snippet, /postrotate\n +systemctl kill --signal=HUP --kill-whom=main orchd\.service\n +endscript/);
  });
}
