/** The core's exports and enumerations; src/core/wasm.c says what crosses how, include/orchd/core.h what it means. */

export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  text_buffer(size: number): number;
  ids_buffer(count: number): number;
  board(): number;
  answer_at_once(): void;
  config_reset(seed: number): void;
  config_set(field: number, value: number): number;
  core_new(): number;
  configure(core: number, now: number): number;
  spec_reset(daemon: number, user: number, heartbeat: number, conversations: number, models: number): void;
  spec_flags(mentionOnly: number, autoRespond: number): void;
  spec_text(field: number, length: number): number;
  spec_hours_day(day: number, start: number, end: number): number;
  spec_hours_zone(from: number, offset: number): number;
  daemon_register(core: number, now: number): number;
  daemon_event(core: number, now: number, kind: number, daemon: number, error: number, managed: number): number;
  message(
    core: number, now: number, daemon: number, message: number, channel: number, thread: number, author: number,
    addressed: number,
  ): number;
  ask(
    core: number, now: number, daemon: number, message: number, channel: number, thread: number, author: number,
    authorDaemon: number, hops: number, how: number, contentLength: number,
  ): number;
  turn_event(
    core: number, now: number, kind: number, turnLow: number, turnHigh: number, error: number, verdict: number,
    retryAfter: number,
  ): number;
  /** Not in the small core. */
  turn_done(core: number, now: number, turnLow: number, turnHigh: number): number;
  route(
    core: number, author: number, authorDaemon: number, hops: number, direct: number, replyTo: number,
    mentions: number, members: number, contentLength: number,
  ): number;
  routed(): number;
  next_deadline(core: number): number;
  health_read(core: number, now: number, daemon: number): number;
  health(): number;
  error_name(error: number): number;
  error_text(error: number): number;
  phrase_in(contentLength: number, phraseLength: number): number;
  charter_reset(): void;
  charter_text(field: number, length: number): number;
  charter_list_add(field: number, length: number): number;
  charter_style(length: number, level: number, formality: number, targetSeconds: number, escalation: number): number;
  prompt_system(channelLength: number, direct: number, thread: number): number;
  prompt_offline(): number;
  prompt_no_model(): number;
}

/** Events of the core. */
export const enum EV {
  TICK = 1, UNREGISTER = 4, LOGIN = 5, START = 7, STOP = 8, RESTART = 9, OPENED = 11, OPEN_FAILED = 12, TURN_DONE = 18, TURN_ERROR = 19,
}

/** Effects of the core, without those that answer_at_once() answers. */
export const enum FX { EMIT = 1, DAEMON_OPEN = 2, DAEMON_CLOSE = 3, TURN_START = 5, TURN_OFFLINE = 6, TURN_CANCEL = 7 }

/** Bits of ask(). */
export const enum HOW { DIRECT = 1, REPLY = 2, MENTIONED = 4, ALONE = 8 }

/** Fields of the board. */
export const enum BOARD { EFFECTS = 0, EFFECTS_COUNT = 1, TURN = 3, TEXT = 4, TEXT_CAPACITY = 5, GENERATION = 6, TELL_HEALTH = 7 }

/** What an effect EMIT tells. */
export const enum EMIT {
  STARTED = 1, STOPPED = 2, ERROR = 3, STATUS_CHANGED = 4, HEARTBEAT = 5, HEALTH = 6, RESTARTED = 7, RESTART_SCHEDULED = 8,
  START_ERROR = 9, STOP_ERROR = 10, RESTART_ERROR = 11, HEALTH_ERROR = 12, AUTO_START_ERROR = 13, MESSAGE_PROCESSED = 14,
  MESSAGE_SEND = 15, MESSAGE_ERROR = 16, TURN_RETRY = 17,
}

/** How a failed attempt goes on. */
export const enum VERDICT { RETRY = 0, NEXT_MODEL = 1, FINAL = 2 }

/** An effect's fields as 32-bit words: 88 bytes. */
export const EFFECT_WORDS = 22;
export const enum WORD {
  KIND = 0, EMIT = 1, DAEMON = 2, ERROR = 3, STATUS = 4, COUNT = 5, TURN = 12, GENERATION = 13, MESSAGE = 14,
}
