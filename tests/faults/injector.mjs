// Faults for an orchd that runs: rules for inject.c, changed while it runs.
//
//   const faults = new Injector();
//   const server = new Server(data, { env: faults.env });
//   faults.set('sync EIO 1 orchd.db-wal');  …  faults.clear();
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { root } from '../harness/orchd.mjs';

process.setMaxListeners(100); // each injector removes its file at the end

const BYTES = 4096;
const library = resolve(root, process.env.BUILD ?? 'build/release', 'tests/faults/inject.so');

export class Injector {
  constructor(seed = 1) {
    this.directory = mkdtempSync(join(tmpdir(), 'orchd-inject-'));
    this.file = openSync(join(this.directory, 'rules'), 'w+');
    process.on('exit', () => rmSync(this.directory, { recursive: true, force: true }));
    this.clear();
    this.env = { LD_PRELOAD: library, ORCHD_INJECT: join(this.directory, 'rules'), ORCHD_INJECT_SEED: String(seed) };
  }

  set(...rules) {
    const page = Buffer.alloc(BYTES);
    page.write(rules.map((rule) => `${rule}\n`).join(''));
    writeSync(this.file, page, 0, BYTES, 0);
  }

  clear() {
    this.set();
  }

  close() {
    closeSync(this.file);
  }
}
