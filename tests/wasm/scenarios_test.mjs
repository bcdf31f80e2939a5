// The scenarios' events in the WebAssembly build: step by step the same results and the same effects as in the native core.
//
//     node scenarios_test.mjs orchd-core-checked.wasm SCENARIO FILE.trace…
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const [module, scenario, ...traces] = process.argv.slice(2);
const compiled = new WebAssembly.Module(readFileSync(module));
const decoder = new TextDecoder();

// The fields of config_set, in their order.
const FIELDS = ['daemons_max', 'turns_max', 'queue_max', 'seen_max', 'conversations_max', 'hops_max', 'auto_start', 'auto_restart', 'restarts_max',
  'health_check_ms', 'restart_base_ms', 'restart_cap_ms', 'restart_reset_ms', 'open_timeout_ms', 'stop_grace_ms', 'turn_deadline_ms',
  'attempt_timeout_ms', 'attempts_per_model', 'retry_base_ms', 'retry_cap_ms', 'store_retry_ms', 'offline_repeat_ms'];
const SEED = 1; // scenario.c's

/** A core as the scenario's "config" lines want it. */
function newCore(wasm, script) {
  const wanted = [...script.matchAll(/^config (.*)$/gm)].flatMap(([, words]) => words.trim().split(/ +/).map((word) => word.split('=')));
  wasm.config_reset(Number(wanted.find(([name]) => name === 'seed')?.[1] ?? SEED));
  for (const [name, value] of wanted)
    if (name !== 'seed') assert.equal(wasm.config_set(FIELDS.indexOf(name), Number(value)), 0, `no field ${name}`);
  const core = wasm.core_new();
  assert.notEqual(core, 0, 'the configuration is refused');
  return core;
}

/** What the core in `wasm` does with the log, in the native runner's words. */
function replay(log, script) {
  const wasm = new WebAssembly.Instance(compiled, {}).exports;
  const text = (length) => decoder.decode(new Uint8Array(wasm.memory.buffer, wasm.text_buffer(0) >>> 0, length));
  const at = wasm.log_buffer(log.length) >>> 0;
  new Uint8Array(wasm.memory.buffer, at, log.length).set(log);
  const core = newCore(wasm, script);
  let words = '';
  for (let from = 0; from < log.length;) {
    from = wasm.log_step(core, from, log.length);
    assert.ok(from > 0, `the log cannot be read: ${from}`);
    words += `${wasm.log_status()}\n`;
    for (let i = 0; i < wasm.log_count(); i++) words += `    ${wasm.log_now()}: ${text(wasm.log_effect(i))}\n`;
    assert.equal(wasm.validate(core), 0, 'an invariant is broken');
  }
  return words;
}

const folder = mkdtempSync(join(tmpdir(), 'orchd-scenarios-'));
let passed = 0;
let failed = 0;
try {
  execFileSync(resolve(scenario), ['--log', ...traces.map((each) => resolve(each))], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const trace of traces) {
    const name = basename(trace, '.trace');
    try {
      const words = readFileSync(join(folder, `${name}.words`), 'utf8');
      assert.ok(words.length > 0, 'nothing happens in it');
      assert.equal(replay(readFileSync(join(folder, `${name}.log`)), readFileSync(trace, 'utf8')), words);
      passed++;
    } catch (error) {
      console.error(`not ok ${name}: ${error.message}`);
      failed++;
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
