// What a service manager is told: a real datagram socket, by path and in the abstract namespace; the watchdog.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test, until } from '../harness/check.mjs';
import { holdLock, makeWorkspace, Served } from './workspace.mjs';

const listener = fileURLToPath(new URL('notify_listener.py', import.meta.url));

async function listen(name) {
  const child = spawn('python3', [listener, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  const seen = [];
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  lines.on('line', (line) => seen.push(JSON.parse(line)));
  return {
    seen,
    has: (pattern) => seen.find(({ lines: told }) => told.some((line) => pattern.test(line))),
    count: (word, from = 0) => seen.filter(({ at, lines: told }) => at >= from && told.includes(word)).length,
    // Its socket is gone then.
    end() {
      const over = once(child, 'exit');
      child.kill('SIGKILL');
      return over;
    },
  };
}

export default async function () {
  const data = await makeWorkspace();

  await test('ready, status, reload and end, by a path', async () => {
    const manager = await listen(join(data, 'notify'));
    const served = await Served.start(data, { env: { NOTIFY_SOCKET: join(data, 'notify') } });
    await until('READY=1', () => manager.count('READY=1') === 1);
    await until('a status', () => manager.has(/^STATUS=Serving http:\/\/127\.0\.0\.1:\d+: 1 daemons run, 0 are in error$/));
    assert.equal(manager.count('WATCHDOG=1'), 0);
    served.server.child.kill('SIGHUP');
    await until('READY=1 again', () => manager.count('READY=1') === 2);
    const reloading = manager.has(/^RELOADING=1$/);
    assert.ok(reloading.lines.some((line) => /^MONOTONIC_USEC=\d+$/.test(line)), JSON.stringify(reloading));
    assert.equal((await served.get('/api/channels')).status, 200, 'a SIGHUP ended it');
    assert.equal(await served.server.kill('SIGTERM'), 0);
    await until('STOPPING=1', () => manager.count('STOPPING=1') === 1);
    await manager.end();
  });

  await test('the watchdog, in the abstract namespace: fed while the database answers, not while it hangs', async () => {
    const name = `@orchd-test-${process.pid}`;
    const manager = await listen(name);
    const served = await Served.start(data, { env: { NOTIFY_SOCKET: name, WATCHDOG_USEC: '500000' } });
    await until('it is fed', () => manager.count('WATCHDOG=1') >= 3);
    const lock = await holdLock(join(data, 'orchd.db'));
    // An answer from before the lock may still be on its way: one. A watchdog that is fed all the same would give twelve.
    const from = Date.now();
    await until('three seconds have passed', () => Date.now() - from > 3000);
    assert.ok(manager.count('WATCHDOG=1', from) <= 1, `${manager.count('WATCHDOG=1', from)} times`);
    await lock.release();
    const released = Date.now();
    await until('it is fed again', () => manager.count('WATCHDOG=1', released) >= 2);
    assert.equal(await served.server.kill('SIGTERM'), 0);
    await manager.end();
  });

  await test('a watchdog for another process is not fed, and nobody who listens is no trouble', async () => {
    const manager = await listen(join(data, 'other'));
    const served = await Served.start(data, { env: { NOTIFY_SOCKET: join(data, 'other'), WATCHDOG_USEC: '200000', WATCHDOG_PID: '1' } });
    served.server.child.kill('SIGHUP');
    await until('READY=1 twice', () => manager.count('READY=1') === 2);
    assert.equal(manager.count('WATCHDOG=1'), 0);
    await manager.end();
    served.server.child.kill('SIGHUP');
    await until('it is told that nobody listens', () => served.server.log.includes('service.notify'));
    assert.equal((await served.get('/api/channels')).status, 200);
    assert.equal(await served.server.kill('SIGTERM'), 0);
  });
}
