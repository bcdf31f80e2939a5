/** The host of the core in this process: hands it events, carries out its effects, keeps its timer.
 *
 *     step ──▶ effects to the end of the queue ──▶ drain: each in order; a step that this causes appends to the queue
 *
 * Nothing is stored here: what is to be posted is told to the listeners, which is as much as an app can be given, and counts as
 * stored. A step never runs inside another one; listeners may call anything.
 */
import { Core } from '../core/core.js';
import { EFFECT_WORDS, EMIT, EV, FX, WORD } from '../core/exports.js';
import { sharedCore } from '../core/shared.js';
import { STATUSES } from '../constants.js';
import type { OrchestratorDaemon } from '../daemon.js';
import type { DaemonDriver } from '../driver.js';
import { OrchestratorError } from '../errors.js';
import type { DaemonHealthStatus, DaemonStatus, IncomingMessage, OrchestratorAction, OutgoingMessage } from '../types.js';
import { Answers } from './answers.js';
import { emitEffect, emitAction, emitSend } from './events.js';
import { handleOf } from './handle.js';
import { hear, type Heard } from './heard.js';
import { Question } from './question.js';
import { checkAction, checkOutgoing } from './outgoing.js';
import { register } from './registration.js';
import { Windows } from './windows.js';
import { Work } from './work.js';

const RUNNING = 2;
const TIMER_MAX_MS = 86_400_000;
const ALREADY_RUNNING = -8;
const EXISTS = -6;
const MAX_RESTARTS = -10;

type Timer = ReturnType<typeof setTimeout> & { ref?(): void; unref?(): void };

/** An orchestrator's author that this host does not know: its metadata tell the hops. Never a daemon's number. */
const FOREIGN_DAEMON = 0xffffffff;

export class Host implements DaemonDriver {
  readonly core: Core;
  readonly instance: number;
  readonly answers = new Answers(this);
  /** By the core's number. */
  private readonly daemons: Array<OrchestratorDaemon | null> = [null];
  /** Numbers that were given back. */
  private readonly free: number[] = [];
  /** The numbers of a user's daemons. */
  private readonly users = new Map<number, number>();
  private queue: number[] = [];
  private head = 0;
  private end = 0;
  private draining = false;
  private timer: Timer | null = null;
  private timerAt = Infinity;
  /** Promises that somebody waits for: as long the timer keeps the process. */
  private waiting = 0;
  private readonly began = Date.now() - performance.now();

  constructor() {
    this.core = sharedCore();
    const { wasm } = this.core;
    wasm.config_reset(Math.floor(Math.random() * 2 ** 52));
    this.instance = wasm.core_new();
    if (this.instance === 0) throw new Error('the core has no memory');
  }

  /** Milliseconds of wall time at the beginning, then as time really passed: a clock that is set makes nothing late. */
  now(): number {
    return Math.floor(this.began + performance.now());
  }

  /* ---- stepping ---- */

  /** Takes the effects of the step just made and carries them out, unless that is being done already. */
  private settle(): void {
    this.end = this.core.takeEffects(this.queue, this.end);
    if (this.draining) return;
    this.draining = true;
    while (this.head < this.end) {
      const at = this.head;
      this.head += EFFECT_WORDS;
      this.carryOut(at);
    }
    this.head = this.end = 0;
    this.draining = false;
    this.arm();
  }

  /** A daemon's event; an orch_error. */
  send(kind: number, daemon: number, error = 0, managed = false): number {
    const result = this.core.wasm.daemon_event(this.instance, this.now(), kind, daemon, error, managed ? 1 : 0);
    this.settle();
    return result;
  }

  /** A turn's event, unless the attempt is over. */
  sendTurn(kind: number, question: Question, error = 0, verdict = 0, retryAfter = 0): void {
    if (question.turnLow === 0 && question.turnHigh === 0) return;
    this.core.wasm.turn_event(this.instance, this.now(), kind, question.turnLow, question.turnHigh, error, verdict, retryAfter);
    this.settle();
  }

  /** The settings that the core has for all managed daemons. */
  configure(fields: ReadonlyArray<readonly [field: number, value: number]>): void {
    const { wasm } = this.core;
    wasm.config_reset(0);
    for (const [field, value] of fields) wasm.config_set(field, value);
    wasm.configure(this.instance, this.now());
    this.settle();
  }

  private arm(): void {
    const deadline = this.core.wasm.next_deadline(this.instance);
    if (deadline < this.timerAt || (deadline === Infinity && this.timer)) {
      if (this.timer) clearTimeout(this.timer);
      this.timer = null;
      this.timerAt = deadline;
      if (deadline !== Infinity) this.setTimer(deadline - this.now());
    }
  }

  private setTimer(delay: number): void {
    this.timer = setTimeout(() => this.tick(), Math.min(Math.max(delay, 0), TIMER_MAX_MS)) as Timer;
    if (this.waiting === 0) this.timer.unref?.();
  }

  private tick(): void {
    this.timer = null;
    this.timerAt = Infinity;
    this.core.wasm.daemon_event(this.instance, this.now(), EV.TICK, 0, 0, 0);
    this.settle();
  }

  /** While somebody waits for a daemon the process stays; daemons that only idle let it end. */
  private hold(): void {
    if (this.waiting++ === 0) this.timer?.ref?.();
  }

  private letGo(count: number): void {
    if (count === 0) return;
    this.waiting -= count;
    if (this.waiting === 0) this.timer?.unref?.();
  }

  /* ---- daemons ---- */

  private workOf(daemon: OrchestratorDaemon): Work {
    return (daemon.work ??= new Work());
  }

  private rest(daemon: OrchestratorDaemon): void {
    if (daemon.work?.idle) daemon.work = null;
  }

  windowsOf(daemon: OrchestratorDaemon): Windows {
    return daemon.manager?.windows ?? (this.workOf(daemon).windows ??= new Windows());
  }

  /** Gives the daemon its number and tells the core what it is; throws what is wrong with it. */
  enter(daemon: OrchestratorDaemon): void {
    if (daemon.handle !== 0) return;
    const handle = this.free.pop() ?? this.daemons.length;
    daemon.handle = handle;
    this.daemons[handle] = daemon;
    try {
      register(this, daemon);
    } catch (error) {
      daemon.handle = 0;
      this.daemons[handle] = null;
      this.free.push(handle);
      throw error;
    }
    const user = handleOf(daemon.orchestrator.user.id);
    if (!this.users.has(user)) this.users.set(user, handle);
  }

  /** Takes its number back: the core forgets it. */
  leave(daemon: OrchestratorDaemon): void {
    if (daemon.handle === 0) return;
    const user = handleOf(daemon.orchestrator.user.id);
    if (this.users.get(user) === daemon.handle) this.users.delete(user);
    this.send(EV.UNREGISTER, daemon.handle);
    this.daemons[daemon.handle] = null;
    this.free.push(daemon.handle);
    daemon.handle = 0;
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
    return this.daemons[this.users.get(handleOf(userId)) ?? 0] ?? null;
  }

  error(code: number): OrchestratorError {
    return new OrchestratorError(this.core.errorName(code), this.core.errorText(code));
  }

  /* ---- what an app asks ---- */

  async start(daemon: OrchestratorDaemon): Promise<void> {
    this.enter(daemon);
    await this.wait(daemon, this.workOf(daemon).starts, () => {
      const error = this.send(EV.START, daemon.handle, 0, daemon.manager !== null);
      return error === ALREADY_RUNNING && daemon.manager ? 0 : error;
    }, () => daemon.state === RUNNING);
  }

  /** A login, which the manager's autoStart decides on. */
  async login(daemon: OrchestratorDaemon): Promise<void> {
    this.enter(daemon);
    await this.wait(daemon, this.workOf(daemon).starts, () => this.send(EV.LOGIN, daemon.handle, 0, true), () => daemon.state === RUNNING);
  }

  async stop(daemon: OrchestratorDaemon): Promise<void> {
    if (daemon.handle === 0) return;
    const work = this.workOf(daemon);
    const cancelled = new OrchestratorError('cancelled', 'stopped before it was running');
    this.letGo(work.starts.end(cancelled) + work.restarts.end(cancelled));
    await this.wait(daemon, work.stops, () => this.send(EV.STOP, daemon.handle), () => daemon.state === 0);
  }

  async restart(daemon: OrchestratorDaemon): Promise<void> {
    this.enter(daemon);
    await this.wait(daemon, this.workOf(daemon).restarts, () => this.send(EV.RESTART, daemon.handle, 0, daemon.manager !== null), () => false);
  }

  /** Asks the core and waits; `done` says that there is nothing to wait for. */
  private wait(daemon: OrchestratorDaemon, waiters: Work['starts'], ask: () => number, done: () => boolean): Promise<void> {
    const promise = waiters.wait();
    this.hold();
    const error = ask();
    if (error !== 0) this.letGo(waiters.end(this.error(error)));
    else if (done()) this.letGo(waiters.end(null));
    this.rest(daemon);
    return promise;
  }

  async handleMessage(daemon: OrchestratorDaemon, message: IncomingMessage): Promise<void> {
    this.enter(daemon);
    const heard = hear(message);
    heard.fromDaemon = this.users.has(heard.author);
    this.windowsOf(daemon).hear(heard);
    return this.ask(daemon, heard, this.route(heard, this.windowsOf(daemon), [daemon]) > 0);
  }

  /** How many of `members` the message addresses; core.routed() has their numbers. */
  route(heard: Heard, windows: Windows, members: readonly OrchestratorDaemon[]): number {
    const ids: number[] = heard.mentions.length === 0 ? [] : this.named(heard.mentions, members);
    const mentions = ids.length;
    const replyTo = heard.replyToAuthor === 0 ? 0 : (this.named([heard.replyToAuthor], members)[0] ?? 0);
    const hops = heard.hops ?? (heard.fromDaemon ? windows.hops(heard) : 0);
    const author = this.users.get(heard.author) ?? (hops > 0 ? FOREIGN_DAEMON : 0);
    for (const member of members) ids.push(member.handle);
    this.core.putIds(ids);
    const length = this.core.putOne(heard.message.content);
    return this.core.wasm.route(this.instance, heard.author, author, hops, heard.direct ? 1 : 0, replyTo, mentions, members.length, length);
  }

  /** The numbers of the members that the ids of orchestrators or users name. */
  private named(ids: readonly number[], members: readonly OrchestratorDaemon[]): number[] {
    return members
      .filter(({ orchestrator }) => ids.includes(handleOf(orchestrator.id)) || ids.includes(handleOf(orchestrator.user.id)))
      .map((daemon) => daemon.handle);
  }

  daemon(handle: number): OrchestratorDaemon | null {
    return this.daemons[handle] ?? null;
  }

  /** Gives the message to the daemon; resolves when it is dealt with. */
  ask(daemon: OrchestratorDaemon, heard: Heard, addressed: boolean): Promise<void> {
    const { questions } = this.workOf(daemon);
    const known = questions.get(heard.id);
    if (known) return daemon.state === RUNNING ? this.untilDealtWith(known) : Promise.resolve();
    const question = new Question(heard);
    const promise = this.untilDealtWith(question);
    questions.set(heard.id, question);
    const error = this.core.wasm.message(this.instance, this.now(), daemon.handle, heard.id, heard.channel, heard.thread,
      heard.author, addressed ? 1 : 0, 0, 0);
    this.settle();
    if (error === 0 && daemon.state === RUNNING) return promise;
    this.letGo(question.release());
    if (error !== 0) questions.delete(heard.id);
    this.rest(daemon);
    return error === 0 || error === EXISTS ? promise : Promise.reject(this.error(error));
  }

  private untilDealtWith(question: Question): Promise<void> {
    this.hold();
    return new Promise((resolve) => question.whenDealtWith(resolve));
  }

  async sendResponse(daemon: OrchestratorDaemon, message: OutgoingMessage): Promise<void> {
    checkOutgoing(message);
    this.checkRunning(daemon);
    const { orchestrator } = daemon;
    this.windowsOf(daemon).say(handleOf(message.channelId), handleOf(orchestrator.user.id), this.answers.nameOf(daemon), message.content, 1);
    emitSend(daemon, message);
  }

  async executeAction(daemon: OrchestratorDaemon, action: OrchestratorAction): Promise<void> {
    checkAction(action);
    this.checkRunning(daemon);
    emitAction(daemon, action);
  }

  private checkRunning(daemon: OrchestratorDaemon): void {
    if (daemon.state !== RUNNING) throw new OrchestratorError('not_running', 'Daemon not running');
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
      errors: daemon.work ? [...daemon.work.faults] : [],
    };
  }

  /* ---- what the core says ---- */

  private word(at: number): number {
    return this.queue[at] as number;
  }

  private carryOut(at: number): void {
    const kind = this.word(at + WORD.KIND);
    const handle = this.word(at + WORD.DAEMON);
    const daemon = this.daemons[handle];
    if (!daemon) return;
    if (kind === FX.EMIT) {
      this.carryOutEmit(daemon, at);
    } else if (kind === FX.HEARTBEAT) {
      this.core.wasm.daemon_event(this.instance, this.now(), EV.HEARTBEAT, handle, 0, 0);
      this.settle();
    } else if (kind === FX.DAEMON_OPEN) {
      this.open(daemon);
    } else if (kind >= FX.TURN_START) {
      this.carryOutTurn(daemon, kind, at);
    }
  }

  private messageOf(at: number): number {
    return (this.word(at + WORD.MESSAGE + 1) >>> 0) * 2 ** 32 + (this.word(at + WORD.MESSAGE) >>> 0);
  }

  /** Makes it ready: the time zone's changes are read anew. */
  private open(daemon: OrchestratorDaemon): void {
    const work = this.workOf(daemon);
    work.openingFault = null;
    let kind: number = EV.OPENED;
    try {
      register(this, daemon);
    } catch (error) {
      kind = EV.OPEN_FAILED;
      work.openingFault = (error as Error).message;
    }
    this.core.wasm.daemon_event(this.instance, this.now(), kind, daemon.handle, kind === EV.OPENED ? 0 : -1, 0);
    this.settle();
  }

  private carryOutTurn(daemon: OrchestratorDaemon, kind: number, at: number): void {
    const question = daemon.work?.questions.get(this.messageOf(at));
    if (!question) return;
    if (kind === FX.TURN_CANCEL) {
      this.answers.cancel(question);
      return;
    }
    question.turnLow = this.word(at + WORD.TURN);
    question.turnHigh = this.word(at + WORD.TURN + 1);
    if (kind === FX.TURN_START) this.answers.begin(daemon, question);
    else if (kind === FX.TURN_OFFLINE) this.answers.offline(daemon, question);
    else this.sendTurn(EV.TURN_STORED, question); // a reply, a failure or silence: told by what the core emits next
  }

  /** Who waits is told after the listeners. */
  private carryOutEmit(daemon: OrchestratorDaemon, at: number): void {
    const emit = this.word(at + WORD.EMIT);
    const work = daemon.work;
    const question = emit >= EMIT.MESSAGE_PROCESSED ? work?.questions.get(this.messageOf(at)) : undefined;
    if (emit === EMIT.STATUS_CHANGED) this.changeStatus(daemon, this.word(at + WORD.STATUS));
    if (emit === EMIT.MESSAGE_SEND && question?.outgoing) this.answers.remember(daemon, question);
    emitEffect(this, daemon, emit, {
      error: this.word(at + WORD.ERROR), count: this.word(at + WORD.COUNT), question,
    });
    if (question) {
      if (emit === EMIT.MESSAGE_PROCESSED) this.endQuestion(daemon, question);
      return;
    }
    this.tellWaiters(daemon, emit, this.word(at + WORD.ERROR));
  }

  private endQuestion(daemon: OrchestratorDaemon, question: Question): void {
    daemon.work?.questions.delete(question.heard.id);
    this.letGo(question.release());
    question.turnLow = question.turnHigh = 0;
    this.rest(daemon);
  }

  private changeStatus(daemon: OrchestratorDaemon, state: number): void {
    daemon.state = state;
    if (!daemon.work) return;
    daemon.work.restartDue = false;
    if (state !== 0 && state !== 3) return;
    for (const question of daemon.work.questions.values()) this.letGo(question.release());
  }

  private tellWaiters(daemon: OrchestratorDaemon, emit: number, error: number): void {
    const { work } = daemon;
    if (!work) return;
    if (emit === EMIT.STARTED) {
      this.letGo(work.starts.end(null) + work.restarts.end(null));
    } else if (emit === EMIT.STOPPED) {
      this.letGo(work.stops.end(null));
    } else if (emit === EMIT.ERROR && daemon.state !== 4) {
      const failure = new OrchestratorError(this.core.errorName(error), work.lastError ?? this.core.errorText(error));
      this.letGo(work.starts.end(failure) + work.restarts.end(failure));
    } else if (emit === EMIT.RESTART_SCHEDULED) {
      work.restartDue = true;
    } else if (emit === EMIT.RESTART_ERROR && error === MAX_RESTARTS) {
      work.restartDue = false;
    }
    this.rest(daemon);
  }
}

let host: Host | null = null;

/** The one of this realm, made by the first daemon. */
export function embeddedDriver(): Host {
  return (host ??= new Host());
}
