// The core's exports as a small object, as a JavaScript host would use them. See src/core/wasm.c for what crosses how.

import { readFileSync } from 'node:fs';

export const EV = {
  TICK: 1, CONFIGURE: 2, REGISTER: 3, UNREGISTER: 4, LOGIN: 5, LOGOUT: 6, START: 7, STOP: 8, RESTART: 9, STOP_ALL: 10,
  OPENED: 11, OPEN_FAILED: 12, FAILED: 13, HEARTBEAT: 14, RESERVE: 15, RELEASE: 16, MESSAGE: 17, TURN_DONE: 18,
  TURN_ERROR: 19, TURN_STORED: 20,
};
export const NOT_RUNNING = -9;
const EFFECT_SIZE = 88;

export class Core {
  constructor(path, settings = {}) {
    const module = new WebAssembly.Module(readFileSync(path));
    this.imports = WebAssembly.Module.imports(module);
    this.wasm = new WebAssembly.Instance(module, {}).exports;
    this.wasm.config_reset(1);
    for (const [field, value] of Object.entries(settings)) {
      if (this.wasm.config_set(Number(field), value) !== 0) throw new RangeError(`no field ${field}`);
    }
    this.core = this.wasm.core_new();
    this.encoder = new TextEncoder();
    this.decoder = new TextDecoder();
    this.now = 1_000_000;
  }

  bytes() {
    if (this.view?.buffer !== this.wasm.memory.buffer) this.view = new DataView(this.wasm.memory.buffer);
    return this.view;
  }

  // Puts texts into the text buffer, one behind the other; returns their lengths.
  put(...texts) {
    const parts = texts.map((text) => this.encoder.encode(text));
    let at = this.wasm.text_buffer(parts.reduce((sum, part) => sum + part.length, 0)) >>> 0;
    for (const part of parts) {
      new Uint8Array(this.wasm.memory.buffer, at, part.length).set(part);
      at += part.length;
    }
    return parts.map((part) => part.length);
  }

  // The text that a call answered with.
  answer(length) {
    return this.decoder.decode(new Uint8Array(this.wasm.memory.buffer, this.wasm.text_buffer(0) >>> 0, length));
  }

  terminated(pointer) {
    const bytes = new Uint8Array(this.wasm.memory.buffer, pointer >>> 0);
    return this.decoder.decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  register({ daemon, user, name = '', displayName = '', slug = '', email = '', role = '', keywords = [],
    mentionOnly = false, heartbeat = 30000, conversations = 10, models = 1 }) {
    this.wasm.spec_reset(daemon, user, heartbeat, conversations, models);
    this.wasm.spec_flags(mentionOnly, true);
    [name, displayName, slug, email, role].forEach((text, field) => this.text(field, text));
    keywords.forEach((text) => this.text(5, text));
    return this.wasm.daemon_register(this.core, this.now);
  }

  text(field, text) {
    const error = this.wasm.spec_text(field, this.put(text)[0]);
    if (error !== 0) throw new Error(this.terminated(this.wasm.error_text(error)));
  }

  // What the board says; the row of effects is emptied for the next call.
  board() {
    return new Uint32Array(this.wasm.memory.buffer, this.wasm.board() >>> 0, 4);
  }

  daemonEvent(kind, daemon = 0, { error = 0, managed = false } = {}) {
    this.board()[1] = 0;
    return this.wasm.daemon_event(this.core, this.now, kind, daemon, error, managed);
  }

  turnEvent(kind, turn, { error = 0, verdict = 0, retryAfter = 0 } = {}) {
    this.board()[1] = 0;
    return this.wasm.turn_event(this.core, this.now, kind, turn.low, turn.high, error, verdict, retryAfter);
  }

  ids(mentions, members) {
    const all = [...mentions, ...(members ?? [])];
    new Uint32Array(this.wasm.memory.buffer, this.wasm.ids_buffer(all.length) >>> 0, all.length).set(all);
  }

  // Routes the message and hands it to those that it addresses; returns {daemon: result}.
  post(content, { message, channel = 1, thread = 0, author = 500, authorDaemon = 0, hops = 0, direct = false, replyTo = 0,
    mentions = [], members = null, onlyRunning = true }) {
    const [length] = this.put(content);
    this.ids(mentions, members);
    const count = this.wasm.route(this.core, author, authorDaemon, hops, direct, replyTo, mentions.length,
      members ? members.length : -1, length);
    const daemons = [...new Uint32Array(this.wasm.memory.buffer, this.wasm.routed() >>> 0, count)];
    this.board()[1] = 0;
    return Object.fromEntries(daemons.map((daemon) => [daemon, onlyRunning && this.health(daemon).status !== 'running' ? NOT_RUNNING
      : this.wasm.message(this.core, this.now, daemon, message, channel, thread, author, true)]));
  }

  // The effects of the last call, as objects.
  effects() {
    const view = this.bytes();
    const [begin, count] = this.board();
    const handle = (at) => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    const signed = (at) => view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32;
    return Array.from({ length: count }, (_, i) => {
      const at = begin + i * EFFECT_SIZE;
      const field = (n) => view.getInt32(at + n * 4, true);
      const kind = this.terminated(this.wasm.effect_kind_name(field(0)));
      return {
        kind,
        emit: kind === 'emit' ? this.terminated(this.wasm.emit_name(field(1))) : undefined,
        daemon: field(2), error: field(3), status: field(4), count: field(5), attempt: field(6), model: field(7),
        value: signed(at + 32), deadline: signed(at + 40),
        turn: { low: view.getUint32(at + 48, true), high: view.getUint32(at + 52, true) },
        message: handle(at + 56), channel: handle(at + 64), thread: handle(at + 72), author: handle(at + 80),
      };
    });
  }

  // Moves the clock to the core's next deadline and ticks; returns the effects.
  advance() {
    this.now = Math.max(this.now, this.wasm.next_deadline(this.core));
    this.daemonEvent(EV.TICK);
    return this.effects();
  }

  health(daemon) {
    const error = this.wasm.health_read(this.core, this.now, daemon);
    if (error !== 0) return { error };
    const fields = new Float64Array(this.wasm.memory.buffer, this.wasm.health(), 9);
    return {
      status: this.terminated(this.wasm.status_name(fields[0])), started: fields[1], uptime: fields[2],
      lastHeartbeat: fields[3], active: fields[4], queued: fields[5], answered: fields[6], restarts: fields[7],
      managed: fields[8] === 1,
    };
  }

  // null as well for the core that is shipped, which cannot tell.
  validate() {
    if (!this.wasm.validate) return null;
    const broken = this.wasm.validate(this.core);
    return broken === 0 ? null : this.terminated(broken);
  }
}
