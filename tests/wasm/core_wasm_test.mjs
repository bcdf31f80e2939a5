// The WebAssembly build of the core, driven as a JavaScript host drives it: orchd-core-checked.wasm, which also shows its state and
// checks its invariants. Of what is shipped only the border is looked at; tests/javascript drives it.
//   node tests/wasm/core_wasm_test.mjs build/debug/src/core/orchd-core-checked.wasm

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Core, EV, NOT_RUNNING } from './core.mjs';

const path = process.argv[2];
const checked = basename(path).includes('checked');
const ADA = 1;
const GRACE = 2;
let passed = 0;
let failed = 0;

function test(name, body) {
  try {
    body();
    passed++;
  } catch (error) {
    failed++;
    console.error(`not ok - ${name}\n${error.stack}`);
  }
}

function twoDaemons(settings) {
  const core = new Core(path, settings);
  assert.equal(core.register({ daemon: ADA, user: 101, name: 'Ada Lovelace', email: 'ada@acme.com', role: 'Architect' }), 0);
  assert.equal(core.register({ daemon: GRACE, user: 102, name: 'Grace Hopper', role: 'Engineer', keywords: ['debugging'] }), 0);
  return core;
}

function start(core, daemon) {
  assert.equal(core.daemonEvent(EV.START, daemon, { managed: true }), 0);
  assert.ok(core.effects().some((effect) => effect.kind === 'daemon-open' && effect.daemon === daemon));
  assert.equal(core.daemonEvent(EV.OPENED, daemon), 0);
  return core.effects();
}

const emits = (effects) => effects.filter((effect) => effect.kind === 'emit').map((effect) => effect.emit);
const kinds = (effects) => effects.map((effect) => effect.emit ?? effect.kind);

test('no imports, and the exports that the package calls', () => {
  const bytes = readFileSync(path);
  const core = new Core(path);
  const exports = readFileSync(new URL('../../bindings/javascript/src/core/exports.ts', import.meta.url), 'utf8');
  const fast = basename(path) === 'orchd-core.wasm'; // the others have no short ways
  const called = [...exports.split('}')[0].matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name]) => name).filter((name) => fast || name !== 'turn_done');
  assert.deepEqual(core.imports, []);
  assert.ok(called.length > 30);
  const exported = Object.keys(core.wasm).sort();
  assert.deepEqual(checked ? exported.filter((name) => called.includes(name)) : exported, called.sort());
  console.log(`${basename(path)}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} with gzip`);
});

/** What drives the core needs the names of its values, which what is shipped does not carry. */
const driven = checked ? test : () => {};

driven('a message is routed, answered and counted', () => {
  const core = twoDaemons();
  assert.ok(emits(start(core, ADA)).includes('daemon:started'));
  assert.deepEqual(core.post('Hello @ada, what is planning?', { message: 2 ** 40 + 7, channel: 9 }), { [ADA]: 0 });
  const begun = core.effects().find((effect) => effect.kind === 'turn-start');
  assert.equal(begun.message, 2 ** 40 + 7);
  assert.equal(begun.channel, 9);
  assert.equal(begun.author, 500);
  assert.equal(begun.attempt, 1);
  assert.ok(begun.deadline > core.now);
  assert.equal(core.turnEvent(EV.TURN_DONE, begun.turn), 0);
  assert.deepEqual(kinds(core.effects()), ['turn-reply']);
  assert.equal(core.turnEvent(EV.TURN_STORED, begun.turn), 0);
  assert.deepEqual(emits(core.effects()), ['message:send', 'message:processed']);
  assert.equal(core.health(ADA).answered, 1);
  assert.equal(core.validate(), null);
});

driven('a host that stores nothing is spared what it would answer at once', () => {
  const core = twoDaemons();
  core.wasm.answer_at_once();
  start(core, ADA);
  const ask = (content, message) => {
    core.board()[1] = 0;
    return core.wasm.ask(core.core, core.now, ADA, message, 9, 0, 500, 0, 0, 0, core.put(content)[0]);
  };
  assert.equal(ask('Hello @ada', 1), 0);
  const [begun] = core.effects();
  assert.equal(begun.kind, 'turn-start');
  assert.equal(core.board()[3], begun.turn.low);
  assert.equal(ask('Hello again @ada', 2), 0);
  assert.deepEqual(core.effects(), []);
  const waiting = core.board()[3];
  assert.equal(core.terminated(core.wasm.error_name(ask('Hello again @ada', 2))), 'exists');
  assert.equal(core.board()[3], waiting);
  assert.equal(core.turnEvent(EV.TURN_DONE, begun.turn), 0);
  assert.deepEqual(kinds(core.effects()), ['message:send', 'message:processed', 'turn-start']);
  assert.equal(core.effects()[2].turn.low, waiting);
  assert.equal(ask('nobody', 3), 0);
  assert.deepEqual(kinds(core.effects()), ['message:processed']);
  assert.equal(core.board()[3], 0);
  const before = core.now;
  while (core.health(ADA).lastHeartbeat <= before) assert.ok(!kinds(core.advance()).includes('heartbeat'));
  assert.equal(core.validate(), null);
});

driven('addressing: everybody, strangers, sleepers, itself', () => {
  const core = twoDaemons();
  start(core, ADA);
  assert.deepEqual(core.post('@orchestrator', { message: 1 }), { [ADA]: 0, [GRACE]: NOT_RUNNING });
  assert.deepEqual(core.post('@orchestrator', { message: 2, members: [GRACE] }), { [GRACE]: NOT_RUNNING });
  assert.deepEqual(core.post('about debugging', { message: 3, onlyRunning: false }), { [GRACE]: 0 });
  assert.deepEqual(core.post('nobody', { message: 4 }), {});
  assert.deepEqual(core.post('nobody', { message: 5, mentions: [ADA], replyTo: GRACE }), { [ADA]: 0, [GRACE]: NOT_RUNNING });
  assert.deepEqual(core.post('@ada @grace', { message: 6, author: 101, authorDaemon: ADA, onlyRunning: false }), { [GRACE]: 0 });
  assert.deepEqual(core.post('@grace', { message: 7, author: 101, authorDaemon: ADA, hops: 4 }), {});
  assert.deepEqual(core.post('hi', { message: 8, direct: true, members: [ADA] }), { [ADA]: 0 });
  assert.deepEqual(core.post('hi', { message: 9, direct: true, members: [] }), {});
  assert.equal(core.validate(), null);
});

driven('the same message is taken once', () => {
  const core = twoDaemons();
  start(core, ADA);
  assert.deepEqual(core.post('@ada', { message: 1 }), { [ADA]: 0 });
  const [result] = Object.values(core.post('@ada', { message: 1 }));
  assert.equal(core.terminated(core.wasm.error_name(result)), 'exists');
});

driven('heartbeats', () => {
  const core = twoDaemons();
  start(core, ADA);
  const begin = core.now;
  let beats = 0;
  while (core.now < begin + 200_000) {
    for (const effect of core.advance()) {
      if (effect.kind !== 'heartbeat') continue;
      beats++;
      assert.equal(core.daemonEvent(EV.HEARTBEAT, effect.daemon), 0);
      assert.deepEqual(emits(core.effects()), ['daemon:heartbeat']);
      assert.equal(core.health(ADA).lastHeartbeat, core.now);
    }
  }
  assert.equal(beats, Math.floor((core.now - begin) / 30_000));
  assert.equal(core.health(ADA).status, 'running');
});

driven('a daemon that misses heartbeats is restarted after a pause', () => {
  const core = twoDaemons();
  start(core, ADA);
  let effects = [];
  for (let i = 0; i < 100 && !kinds(effects).includes('daemon-open'); i++) effects = core.advance();
  assert.ok(kinds(effects).includes('daemon-open'));
  assert.equal(core.daemonEvent(EV.OPENED, ADA), 0);
  assert.equal(core.health(ADA).status, 'running');
  assert.equal(core.health(ADA).restarts, 1);
  assert.equal(core.validate(), null);
});

driven('a failed model is asked again, after its own hint', () => {
  const core = twoDaemons();
  start(core, ADA);
  core.post('@ada', { message: 1 });
  const { turn } = core.effects().find((effect) => effect.kind === 'turn-start');
  assert.equal(core.turnEvent(EV.TURN_ERROR, turn, { error: -15, verdict: 0, retryAfter: 12_000 }), 0);
  const retry = core.effects().find((effect) => effect.emit === 'turn:retry');
  assert.ok(retry.value >= 12_000);
  const before = core.now;
  let again;
  while (!again) again = core.advance().find((effect) => effect.kind === 'turn-start');
  assert.ok(core.now >= before + 12_000);
  assert.equal(again.attempt, 2);
});

driven('refusals', () => {
  const core = twoDaemons();
  const name = (error) => core.terminated(core.wasm.error_name(error));
  assert.equal(name(core.daemonEvent(EV.START, 77)), 'not_found');
  assert.equal(name(core.health(77).error), 'not_found');
  assert.equal(name(core.daemonEvent(EV.MESSAGE, ADA)), 'invalid');
  assert.equal(name(core.turnEvent(EV.TICK, { low: 0, high: 0 })), 'invalid');
  assert.throws(() => core.register({ daemon: 3, user: 3, name: 'x'.repeat(257) }), /larger than allowed/);
  assert.equal(name(core.register({ daemon: 3, user: 3, name: 'x', heartbeat: 1 })), 'invalid');
  assert.equal(name(core.wasm.config_set(99, 1)), 'not_found');
  core.wasm.config_reset(1);
  core.wasm.config_set(0, 0);
  assert.equal(core.wasm.core_new(), 0);
});

driven('environment', () => {
  const core = new Core(path);
  const { wasm } = core;
  const names = [];
  for (let i = 0, length; (length = wasm.environment_name(i)) > 0; i++) names.push(core.answer(length));
  assert.equal(names.length, 8);
  wasm.environment_reset();
  assert.deepEqual(names.map((_, i) => wasm.environment_get(i)), [0, 1, 30000, 60000, 1, 3, 0, 10]);
  const set = (index, name, value) => core.answer(wasm.environment_set(index, ...core.put(name, value)));
  assert.equal(set(0, names[0], 'Yes'), '');
  assert.equal(set(2, names[2], '100'), '');
  assert.deepEqual([wasm.environment_get(0), wasm.environment_get(2)], [1, 100]);
  assert.equal(set(2, `NEXT_PUBLIC_${names[2]}`, '99'),
    'NEXT_PUBLIC_DAEMON_HEARTBEAT_INTERVAL is "99"; allowed is a whole number from 100 to 86400000 ms');
  assert.equal(wasm.environment_get(2), 100);
});

driven('prompt and phrases', () => {
  const core = new Core(path);
  const { wasm } = core;
  wasm.charter_reset();
  assert.equal(wasm.charter_text(0, core.put('Ada')[0]), 0);
  assert.equal(wasm.charter_text(1, core.put('Architect')[0]), 0);
  assert.equal(wasm.charter_list_add(6, core.put('big refund')[0]), 0);
  assert.equal(wasm.charter_list_add(5, core.put('Grace')[0]), 0);
  assert.equal(wasm.charter_style(1, 2, 1, 30, true), 0);
  const system = core.answer(wasm.prompt_system(core.put('general')[0], false, true));
  assert.match(system, /^You are Ada, Architect\. /);
  assert.match(system, /This is the channel #general/);
  assert.match(system, /big refund/);
  assert.match(core.answer(wasm.prompt_no_model()), /^Hi! I am Ada, Architect\.\n\nNo language model/);
  assert.match(core.answer(wasm.prompt_offline()), /turn to Grace\.$/);
  assert.equal(wasm.phrase_in(...core.put('Grüße aus der STRASSE', 'straße')), 1);
});

driven('memory is given back', () => {
  const core = twoDaemons();
  start(core, ADA);
  const messages = (from, count) => {
    for (let i = from; i < from + count; i++) {
      core.post('@ada', { message: i, channel: i % 7 });
      const { turn } = core.effects().find((effect) => effect.kind === 'turn-start');
      core.turnEvent(EV.TURN_DONE, turn);
      core.turnEvent(EV.TURN_STORED, turn);
    }
  };
  messages(1, 70_000);
  const settled = core.wasm.core_memory(core.core);
  const pages = core.wasm.memory.buffer.byteLength;
  messages(70_001, 70_000);
  assert.equal(core.wasm.core_memory(core.core), settled);
  assert.equal(core.wasm.memory.buffer.byteLength, pages);
  assert.match(core.answer(core.wasm.dump(core.core)), /140000|running/);
  core.wasm.core_free(core.core);
  assert.notEqual(core.wasm.core_new(), 0);
});

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
