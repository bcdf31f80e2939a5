// What befalls the machine while the clients post: a disk that fills and is emptied, one that fails at random, a process that
// is stopped and goes on. A plague has
//     env               of the server
//     strike(server, dice, wait)   one round of it; may leave something wrong behind
//     spare()           so that the next start succeeds
//     end(server)       everything is well again
//     judge(refused)    throws unless it has been felt
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injector } from '../faults/injector.mjs';

// The calls of SQLite fail at random: writes, syncs, reads, or all of them for a moment.
export function failingDisk(seed) {
  const faults = new Injector(seed);
  const rounds = [
    ['write EIO 0.05 orchd.db'],
    ['write torn 0.2 orchd.db-wal'],
    ['sync EIO 0.3 orchd.db'],
    ['read EIO 0.05 orchd.db'],
    ['write ENOSPC 0.3 orchd.db'],
    ['write EIO 1 orchd.db', 'sync EIO 1 orchd.db'],
    ['sync hang 1 orchd.db'],
  ];
  return {
    env: faults.env,
    async strike(server, dice, wait) {
      faults.set(...rounds[Math.floor(dice() * rounds.length)]);
      await wait(50 + dice() * 400);
      if (dice() < 0.7) faults.clear();
    },
    spare: () => faults.clear(),
    end: () => faults.clear(),
    judge: (refused) => assert.ok(refused.io > 0, `no failure of the disk was felt: ${JSON.stringify(refused)}`),
  };
}

// No file may grow beyond a little more than it has now: for the server a disk that is full, until it is emptied.
export function limitedFiles(data) {
  const limit = (server, bytes) => execFileSync('prlimit', ['--pid', String(server.child.pid), `--fsize=${bytes}:`]);
  const size = (name) => statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0;
  return {
    env: {},
    async strike(server, dice, wait) {
      limit(server, Math.max(size('orchd.db'), size('orchd.db-wal')) + Math.floor(dice() * 100000));
      await wait(100 + dice() * 500);
      if (dice() < 0.7) limit(server, 'unlimited');
    },
    spare: () => {},
    end: (server) => limit(server, 'unlimited'),
    judge: (refused) => assert.ok(refused.disk_full > 0, `the disk was never full: ${JSON.stringify(refused)}`),
  };
}

// A small disk, filled to the last byte and emptied again. Null where none can be mounted.
export function smallDisk(data) {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'orchd-test', data], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const filler = join(data, 'filler');
  const unmount = () => {
    try {
      execFileSync('umount', ['-l', data], { stdio: 'ignore' });
    } catch {
      // it is gone already
    }
  };
  process.on('exit', unmount);
  const fill = () => {
    for (let size = 32 << 20; size >= 4096; size >>= 1) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {
        // no room for so much: try less
      }
    }
  };
  return {
    env: {},
    async strike(server, dice, wait) {
      fill();
      await wait(100 + dice() * 500);
      if (dice() < 0.7) rmSync(filler, { force: true });
    },
    spare: () => rmSync(filler, { force: true }),
    end: () => rmSync(filler, { force: true }),
    judge: (refused) => assert.ok(refused.disk_full > 0, `the disk was never full: ${JSON.stringify(refused)}`),
    clean: unmount,
  };
}

// Stopped and continued: mostly for a moment, now and then for longer than three heartbeats and a turn's deadline.
export function pauses() {
  let rounds = 0;
  return {
    env: { DAEMON_HEARTBEAT_INTERVAL: '200' },
    async strike(server, dice, wait) {
      server.child.kill('SIGSTOP');
      await wait(++rounds % 8 === 0 ? 5000 : 20 + dice() * 400);
      server.child.kill('SIGCONT');
    },
    spare: () => {},
    end: () => {},
    judge(refused, server) {
      assert.ok(!server.log.includes('heartbeat_missed'), 'a daemon was blamed for the pause of the process');
    },
  };
}
