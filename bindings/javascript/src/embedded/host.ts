/** The host of the core in this process: hands it events, carries out its effects, keeps its timer.
 *
 *     step ──▶ effects to the end of the row ──▶ settle: each in order; a step that this causes adds to the row
 *
 * Nothing is stored here: what is to be posted is told to the listeners, which is as much as an app can be given, and counts as
 * stored (answer_at_once() in src/core/wasm.c). A step never runs inside another one; listeners may call anything.
 */
import type { Core } from '../core/core.js';
import { BOARD, EFFECT_WORDS, EMIT, EV, FX, HOW, WORD } from '../core/exports.js';
import { sharedCore } from '../core/shared.js';
import { STATUSES } from '../constants.js';
import { shownName } from '../prompt.js';
import type { OrchestratorDaemon } from '../daemon.js';
import type { DaemonDriver } from '../driver.js';
import { OrchestratorError } from '../errors.js';
import type { DaemonHealthStatus, DaemonStatus, IncomingMessage, OrchestratorAction, OutgoingMessage } from '../types.js';
import { Answers } from './answers.js';
import { emitAction, emitEffect, emitProcessed, emitSend, isHealthHeard } from './events.js';
import { hear, hopsTo, isPlain, NOTHING_TOLD, type Heard, type Told } from './heard.js';
import { Places } from './places.js';
import { Question } from './question.js';
import { Questions } from './questions.js';
import { checkAction, checkOutgoing } from './outgoing.js';
import { register } from './registration.js';
import { Timer } from './timer.js';
import { Windows } from './windows.js';
import { UNTIL, Work } from './work.js';

/** The core's numbers of a status. */
const enum STATUS { STOPPED = 0, RUNNING = 2, FAILED = 3, STOPPING = 4 }

/** The numbers of the core's settings: messages that are remembered as taken, for all daemons of the process. */
const enum SETTING { SEEN_MAX = 3 }

const enum MAX {
  TICKS = 32,
  /** With many daemons each millisecond has its heartbeats, and waking up costs more than a hundred of them: they are gathered. */
  DAEMONS_A_MS = 2000,
  GAP_MS = 50,
  /** What the clock said may be so old. */
  RECENT_MS = 5,
}

/** Of an orch_error. */
const enum ERROR { INVALID = -1, NOT_FOUND = -5, EXISTS = -6 }

/** In Node it is a getter of the global object, which costs more than the time. */
const { performance } = globalThis;

/** An orchestrator's author that this host does not know: its metadata tell the hops. Never a daemon's number. */
const enum FOREIGN { DAEMON = 0xffffffff }

declare const ORCHD_BROWSER: boolean;

export class Host implements DaemonDriver {
  readonly core: Core;
  readonly instance: number;
  readonly answers = new Answers(this);
  readonly #places = new Places((handle) => this.send(EV.UNREGISTER, handle));
  readonly #questions = new Questions();
  readonly #timer = new Timer(() => this.now(), () => this.#tick(), () => Math.min(this.#places.count / MAX.DAEMONS_A_MS, MAX.GAP_MS));
  readonly #starting = new Map<OrchestratorDaemon, Promise<void>>();
  #settling = false;
  readonly #began = Date.now() - performance.now();
  /** 0: not known. */
  #recent = 0;

  constructor() {
    this.core = sharedCore();
    const { wasm } = this.core;
    wasm.config_reset(Math.floor(Math.random() * 2 ** 52));
    wasm.config_set(SETTING.SEEN_MAX, 16384);
    wasm.answer_at_once();
    this.instance = wasm.core_new();
    if (this.instance === 0) throw new Error('the core has no memory');
  }

  /** Milliseconds of wall time at the beginning, then as time really passed: a clock that is set makes nothing late. */
  now(): number {
    return Math.floor(this.#began + performance.now());
  }

  /** The time for what may end a little early, as a question's deadline: reading the clock is a thirtieth of what a question takes. It
   * is at most MAX.RECENT_MS old, or as old as the event loop stood still, which Node's own timers take for the time as well. Browsers slow
   * down the timer that would forget it. */
  #recently(): number {
    return ORCHD_BROWSER || this.#recent === 0 ? this.#readClock() : this.#recent;
  }

  #readClock(): number {
    if (ORCHD_BROWSER) return this.now();
    const handle = setTimeout(() => this.#recent = 0, MAX.RECENT_MS) as { unref?(): void };
    handle.unref?.();
    return (this.#recent = this.now());
  }

  /* ---- stepping ---- */

  /** Carries out what waits in the row, unless that is being done already. */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    this.#carryOutRow();
  }

  /** The end of settling; what was done before it, out of the row, may have added to the row. */
  #carryOutRow(): void {
    const { core } = this;
    for (let i = 0; i < core.effectsCount(); i++) this.#carryOut(core.words(), core.effectsAt() + i * EFFECT_WORDS);
    core.clearEffects();
    this.#settling = false;
    this.#timer.set(core.wasm.next_deadline(this.instance));
  }

  /** A daemon's event, or the core's; an orch_error. */
  send(kind: number, daemon: number, error = 0, managed = false): number {
    const result = this.core.wasm.daemon_event(this.instance, this.now(), kind, daemon, error, managed ? 1 : 0);
    this.#settle();
    return result;
  }

  /** Time has passed. A step fires some hundred timers: several of them, so that many daemons need few rings. */
  #tick(): void {
    this.core.tellHealth(isHealthHeard());
    for (let i = 0; i < MAX.TICKS; i++) {
      this.send(EV.TICK, 0);
      if (this.core.wasm.next_deadline(this.instance) > this.now()) break;
    }
  }

  /** The end of an attempt, unless that is over. */
  sendTurn(kind: number, { place, generation }: Question, error = 0, verdict = 0, retryAfter = 0): void {
    if (generation === 0) return;
    this.core.wasm.turn_event(this.instance, this.now(), kind, place, generation, error, verdict, retryAfter);
    this.#settle();
  }

  /** The attempt yielded an answer. Nearly always it is told and that is all: then nothing of it goes through the row. */
  sendDone(question: Question, now: number): void {
    const { place, generation } = question;
    if (generation === 0) return;
    if (ORCHD_BROWSER || this.#settling || this.core.wasm.turn_done(this.instance, now, place, generation) !== 1) {
      this.#sendDoneByRow(question, now);
      return;
    }
    this.#settling = true;
    this.#tellAnswer(question);
    this.#tellProcessed(question);
    if (this.core.effectsCount() > 0) this.#carryOutRow();
    else this.#settling = false;
  }

  /** What the core says goes through the row, or was put there already. */
  #sendDoneByRow({ place, generation }: Question, now: number): void {
    if (ORCHD_BROWSER || this.#settling) this.core.wasm.turn_event(this.instance, now, EV.TURN_DONE, place, generation, 0, 0, 0);
    this.#settle();
  }

  /** The settings that the core has for all managed daemons. */
  configure(fields: ReadonlyArray<readonly [field: number, value: number]>): void {
    const { wasm } = this.core;
    wasm.config_reset(0);
    for (const [field, value] of fields) wasm.config_set(field, value);
    wasm.configure(this.instance, this.now());
    this.#settle();
  }

  /* ---- daemons ---- */

  workOf(daemon: OrchestratorDaemon): Work {
    return (daemon.work ??= new Work());
  }

  #rest(daemon: OrchestratorDaemon): void {
    if (!daemon.work?.waiters) this.#places.loosen(daemon);
    if (daemon.work?.idle) daemon.work = null;
  }

  windowsOf(daemon: OrchestratorDaemon): Windows {
    return daemon.manager?.windows ?? (this.workOf(daemon).windows ??= new Windows());
  }

  /** Gives the daemon its number and tells the core what it is; throws what is wrong with it. */
  enter(daemon: OrchestratorDaemon): void {
    if (daemon.handle !== 0) return;
    this.#places.take(daemon);
    try {
      register(this, daemon);
    } catch (error) {
      this.#places.leave(daemon);
      throw error;
    }
  }

  /** Takes its number back: the core forgets it. */
  leave(daemon: OrchestratorDaemon): void {
    if (daemon.handle === 0) return;
    for (let question = daemon.work?.questions ?? null; question; question = question.next) this.#endQuestion(question);
    this.send(EV.UNREGISTER, daemon.handle);
    this.#places.leave(daemon);
  }

  /** The orchestrator is described differently; throws what is wrong with it, and all stays as it was. */
  update(daemon: OrchestratorDaemon, fresh: OrchestratorDaemon): void {
    const { orchestrator, document } = daemon;
    daemon.orchestrator = fresh.orchestrator;
    daemon.document = fresh.document;
    try {
      register(this, daemon);
      if (daemon.work) daemon.work.rules = null;
    } catch (error) {
      daemon.orchestrator = orchestrator;
      daemon.document = document;
      throw error;
    }
  }

  /** The daemon of that user. */
  daemonOfUser(userId: string): OrchestratorDaemon | null {
    return this.#places.at(this.#places.ofUser(userId));
  }

  error(code: number): OrchestratorError {
    return new OrchestratorError(this.core.errorName(code), this.core.errorText(code));
  }

  /* ---- what an app asks ---- */

  /** Joins a start whose promise is not settled yet. */
  start(daemon: OrchestratorDaemon): Promise<void> {
    const before = this.#starting.get(daemon);
    if (before && daemon.state === STATUS.RUNNING) return before;
    const started = this.#wait(daemon, UNTIL.STARTED, STATUS.RUNNING, () => this.send(EV.START, daemon.handle, 0, daemon.manager !== null))
      .finally(() => {
        if (this.#starting.get(daemon) === started) this.#starting.delete(daemon);
      });
    this.#starting.set(daemon, started);
    return started;
  }

  /** A login, which the manager's autoStart decides on. */
  login(daemon: OrchestratorDaemon): Promise<void> {
    return this.#wait(daemon, UNTIL.STARTED, STATUS.RUNNING, () => this.send(EV.LOGIN, daemon.handle, 0, true));
  }

  async stop(daemon: OrchestratorDaemon): Promise<void> {
    if (daemon.handle === 0) return;
    this.#endWaiting(daemon, UNTIL.STARTED | UNTIL.RESTARTED, new OrchestratorError('cancelled', 'stopped before it was running'));
    await this.#wait(daemon, UNTIL.STOPPED, STATUS.STOPPED, () => this.send(EV.STOP, daemon.handle));
  }

  restart(daemon: OrchestratorDaemon): Promise<void> {
    return this.#wait(daemon, UNTIL.RESTARTED, -1, () => this.send(EV.RESTART, daemon.handle, 0, daemon.manager !== null));
  }

  /** Asks the core and waits; in the state `done` there is nothing to wait for. */
  async #wait(daemon: OrchestratorDaemon, until: UNTIL, done: number, ask: () => number): Promise<void> {
    this.enter(daemon);
    const promise = this.workOf(daemon).wait(until);
    this.#places.hold(daemon);
    this.#timer.hold();
    const error = ask();
    if (error !== 0) this.#endWaiting(daemon, until, this.error(error));
    else if (daemon.state === done) this.#endWaiting(daemon, until, null);
    return promise;
  }

  #endWaiting(daemon: OrchestratorDaemon, until: number, error: Error | null): void {
    this.#timer.letGo(daemon.work?.endWaiting(until, error) ?? 0);
    this.#rest(daemon);
  }

  /** In one piece, with what nearly always happens: the message starts a turn and nothing else does. What compilers put in the place of
   * calls is limited for each function. */
  handleMessage(daemon: OrchestratorDaemon, message: IncomingMessage): Promise<void> {
    try {
      if (daemon.handle === 0) this.enter(daemon);
      const heard = hear(message, this.#places);
      const windows = daemon.manager?.windows ?? this.windowsOf(daemon);
      windows.hear(heard);
      const { told, who } = heard;
      const hops = isPlain(heard) ? 0 : hopsTo(heard, windows);
      let how = !ORCHD_BROWSER && told === NOTHING_TOLD ? 0 : howAsked(told, daemon);
      if (!this.#settling) how |= HOW.ALONE;
      const { core } = this;
      const length = core.putOne(heard.content);
      const error = core.wasm.ask(this.instance, this.#recently(), daemon.handle, heard.id, channelOf(heard), told.thread, who.handle,
        authorOf(heard, hops), hops, how, length);
      const words = core.words();
      const generation = words[core.boardAt + BOARD.GENERATION] as number;
      if (ORCHD_BROWSER || generation === 0) return this.#taken(daemon, heard, error);
      const question = new Question(daemon, heard);
      this.workOf(daemon).addQuestion(question);
      this.#questions.add(question, words[core.boardAt + BOARD.TURN] as number);
      this.#settling = true;
      question.generation = generation;
      this.answers.begin(question);
      if (core.effectsCount() > 0) this.#carryOutRow();
      else this.#settling = false;
      return question.ended || daemon.state !== STATUS.RUNNING ? Promise.resolve() : question.wait();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** Hands the message to those of `members` that it addresses; resolves when they have dealt with it. */
  async route(message: IncomingMessage, windows: Windows, members: readonly OrchestratorDaemon[]): Promise<void> {
    const heard = hear(message, this.#places);
    const { core } = this;
    windows.hear(heard);
    const hops = hopsTo(heard, windows);
    const mentioned = members.filter((member) => names(heard.told.mentions, member));
    const replyTo = members.find((member) => names([heard.told.replyToAuthor], member))?.handle ?? 0;
    core.putIds([...mentioned, ...members].map(({ handle }) => handle));
    const author = heard.who.handle;
    const count = core.wasm.route(this.instance, author, authorOf(heard, hops), hops, heard.told.direct ? 1 : 0, replyTo,
      mentioned.length, members.length, core.putOne(heard.content));
    await Promise.all(core.routed(count).map((handle) => {
      const error = core.wasm.message(this.instance, this.now(), handle, heard.id, channelOf(heard), heard.told.thread, author, 1);
      return this.#taken(this.#places.at(handle) as OrchestratorDaemon, heard, error);
    }));
  }

  /** The core was handed the message; resolves when it is dealt with. */
  #taken(daemon: OrchestratorDaemon, heard: Heard, error: number): Promise<void> {
    const place = this.core.turnPlace();
    let question: Question | null = null;
    if (error === ERROR.EXISTS) {
      question = this.#questions.find(place, daemon.handle, heard.id);
    } else if (error !== ERROR.NOT_FOUND && error !== ERROR.INVALID) {
      question = new Question(daemon, heard);
      this.workOf(daemon).addQuestion(question);
      this.#questions.add(question, place);
    }
    this.#settle();
    if (error !== 0 && error !== ERROR.EXISTS) return Promise.reject(this.error(error));
    if (question === null || question.ended || daemon.state !== STATUS.RUNNING) return Promise.resolve();
    return question.wait();
  }

  async sendResponse(daemon: OrchestratorDaemon, message: OutgoingMessage): Promise<void> {
    checkOutgoing(message);
    this.#checkRunning(daemon);
    const { orchestrator } = daemon;
    this.windowsOf(daemon).say(message.channelId, orchestrator.user.id, shownName(orchestrator), message.content);
    emitSend(daemon, message);
  }

  async executeAction(daemon: OrchestratorDaemon, action: OrchestratorAction): Promise<void> {
    checkAction(action);
    this.#checkRunning(daemon);
    emitAction(daemon, action);
  }

  #checkRunning(daemon: OrchestratorDaemon): void {
    if (daemon.state !== STATUS.RUNNING) throw new OrchestratorError('not_running', 'Daemon not running');
  }

  status(daemon: OrchestratorDaemon): DaemonStatus {
    return STATUSES[daemon.state] as DaemonStatus;
  }

  /** The core's nine fields; null: it does not know the daemon yet. */
  fields(daemon: OrchestratorDaemon): Float64Array | null {
    if (daemon.handle === 0) return null;
    return this.core.wasm.health_read(this.instance, this.now(), daemon.handle) === 0 ? this.core.health() : null;
  }

  health(daemon: OrchestratorDaemon): DaemonHealthStatus {
    const fields = this.fields(daemon);
    return {
      status: STATUSES[fields?.[0] ?? 0] as DaemonStatus,
      uptime: fields?.[2] ?? 0,
      activeConversations: fields?.[4] ?? 0,
      totalMessagesProcessed: fields?.[6] ?? 0,
      lastHeartbeat: new Date(fields?.[3] ?? 0),
      errors: [...(daemon.work?.faults ?? [])],
    };
  }

  /* ---- what the core says ---- */

  /** Everything is read before anything is done: that may move the effects. */
  #carryOut(words: Int32Array, at: number): void {
    const kind = words[at + WORD.KIND] as number;
    const emit = words[at + WORD.EMIT] as number;
    const handle = words[at + WORD.DAEMON] as number;
    if (kind >= FX.TURN_START || emit >= EMIT.MESSAGE_PROCESSED) {
      const message = ((words[at + WORD.MESSAGE + 1] as number) >>> 0) * 2 ** 32 + ((words[at + WORD.MESSAGE] as number) >>> 0);
      const question = this.#questions.find(words[at + WORD.TURN] as number, handle, message);
      if (question === null) return;
      if (kind === FX.EMIT) this.#tellOfQuestion(question, emit, words[at + WORD.ERROR] as number);
      else this.#carryOutTurn(question, kind, words[at + WORD.GENERATION] as number);
      return;
    }
    const daemon = this.#places.at(handle);
    if (daemon === null) return;
    if (kind === FX.EMIT) {
      this.#tell(daemon, emit, words[at + WORD.ERROR] as number, words[at + WORD.STATUS] as number, words[at + WORD.COUNT] as number);
    } else if (kind === FX.DAEMON_OPEN) {
      this.#open(daemon);
    }
  }

  /** Makes it ready: the time zone's changes are read anew. */
  #open(daemon: OrchestratorDaemon): void {
    const work = this.workOf(daemon);
    work.openingFault = null;
    let kind: number = EV.OPENED;
    try {
      register(this, daemon);
    } catch (error) {
      kind = EV.OPEN_FAILED;
      work.openingFault = (error as Error).message;
    }
    this.send(kind, daemon.handle, kind === EV.OPENED ? 0 : ERROR.INVALID);
  }

  #carryOutTurn(question: Question, kind: number, generation: number): void {
    if (kind === FX.TURN_CANCEL) {
      this.answers.cancel(question);
      return;
    }
    question.generation = generation;
    this.#hold(question, false);
    if (kind === FX.TURN_START) this.answers.begin(question);
    else this.answers.offline(question);
  }

  /** Who waits is told after the listeners. */
  #tellOfQuestion(question: Question, emit: number, error: number): void {
    if (emit === EMIT.MESSAGE_PROCESSED) {
      this.#tellProcessed(question);
      return;
    }
    const { daemon } = question;
    if (emit === EMIT.MESSAGE_SEND) this.#tellAnswer(question);
    else if (emit === EMIT.TURN_RETRY) this.#hold(question, true);
    else emitEffect(this, daemon, emit, error, 0, question);
    if (question.place === 0) this.#close(question);
  }

  #tellAnswer(question: Question): void {
    const { daemon, outgoing } = question;
    if (!outgoing) return;
    this.answers.remember(question, outgoing);
    emitSend(daemon, outgoing);
  }

  #tellProcessed(question: Question): void {
    emitProcessed(question.daemon, question);
    this.#close(question);
  }

  #close(question: Question): void {
    this.#endQuestion(question);
    this.#rest(question.daemon);
  }

  #endQuestion(question: Question): void {
    question.daemon.work?.removeQuestion(question);
    this.#questions.remove(question);
    question.ended = true;
    question.generation = 0;
    if (question.held) this.#hold(question, false);
    question.release();
  }

  /** While a question waits for its next attempt, the process stays. */
  #hold(question: Question, held: boolean): void {
    if (question.held === held) return;
    question.held = held;
    if (held) this.#timer.hold();
    else this.#timer.letGo(1);
  }

  #tell(daemon: OrchestratorDaemon, emit: number, error: number, state: number, count: number): void {
    if (emit === EMIT.STATUS_CHANGED) {
      daemon.state = state;
      if (state === STATUS.STOPPED || state === STATUS.FAILED) {
        for (let question = daemon.work?.questions ?? null; question; question = question.next) {
          this.#hold(question, false);
          question.release();
        }
      }
    }
    emitEffect(this, daemon, emit, error, count, null);
    this.#tellWaiters(daemon, emit, error);
  }

  #tellWaiters(daemon: OrchestratorDaemon, emit: number, error: number): void {
    if (!daemon.work) return;
    if (emit === EMIT.STARTED) {
      this.#endWaiting(daemon, UNTIL.STARTED | UNTIL.RESTARTED, null);
    } else if (emit === EMIT.STOPPED) {
      this.#endWaiting(daemon, UNTIL.STOPPED, null);
    } else if (emit === EMIT.ERROR && daemon.state !== STATUS.STOPPING) {
      const failure = new OrchestratorError(this.core.errorName(error), daemon.work.lastError ?? this.core.errorText(error));
      this.#endWaiting(daemon, UNTIL.STARTED | UNTIL.RESTARTED, failure);
    }
  }
}

function channelOf({ window }: Heard): number {
  return window?.channel ?? 0;
}

function authorOf({ who: { daemon } }: Heard, hops: number): number {
  return daemon !== 0 ? daemon : hops > 0 ? FOREIGN.DAEMON : 0;
}

/** The bits of ask() that the metadata say. */
function howAsked({ direct, mentions, replyToAuthor }: Told, daemon: OrchestratorDaemon): number {
  let how = direct ? HOW.DIRECT : 0;
  if (replyToAuthor !== undefined && names([replyToAuthor], daemon)) how |= HOW.REPLY;
  if (mentions.length > 0 && names(mentions, daemon)) how |= HOW.MENTIONED;
  return how;
}

/** One of the ids is the orchestrator's or its user's. */
function names(ids: readonly unknown[], { orchestrator }: OrchestratorDaemon): boolean {
  return ids.includes(orchestrator.id) || ids.includes(orchestrator.user.id);
}

let host: Host | null = null;

/** The one of this realm, made by the first daemon. */
export function embeddedDriver(): Host {
  return (host ??= new Host());
}
