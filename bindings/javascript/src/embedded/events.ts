/** What listeners are told, of a daemon and of its manager. Objects are made only where somebody listens. */
import { EMIT } from '../core/exports.js';
import { STATUSES } from '../constants.js';
import type { OrchestratorDaemon } from '../daemon.js';
import { OrchestratorError } from '../errors.js';
import type { DaemonStatus, ManagerEvents, ManagerEventSource, OrchestratorAction, OutgoingMessage } from '../types.js';
import type { Host } from './host.js';
import type { Question } from './question.js';

/** Of an effect, what events need. */
export interface Emission {
  readonly error: number;
  readonly count: number;
  readonly question: Question | undefined;
}

const ERROR_EVENTS: { [emit: number]: keyof ManagerEvents } = {
  [EMIT.START_ERROR]: 'daemon:start-error',
  [EMIT.STOP_ERROR]: 'daemon:stop-error',
  [EMIT.RESTART_ERROR]: 'daemon:restart-error',
  [EMIT.HEALTH_ERROR]: 'daemon:health-error',
};

export function sourceOf(daemon: OrchestratorDaemon): ManagerEventSource {
  return { orchestratorId: daemon.orchestrator.id, orchestrator: daemon.orchestrator };
}

/** For `verbose`: the life of a daemon. Never the text of messages. */
function tell(daemon: OrchestratorDaemon, event: string, detail: string): void {
  if (daemon.settings.verbose || daemon.manager?.verbose) console.info(`[orchestrator ${daemon.orchestrator.id}] ${event}${detail && ` ${detail}`}`);
}

const MAX_RESTARTS = -10;
const DEADLINE = -12;

function failureOf(host: Host, daemon: OrchestratorDaemon, emit: number, emission: Emission): Error {
  const { error, count, question } = emission;
  const code = host.core.errorName(error);
  if (error === MAX_RESTARTS) {
    return new OrchestratorError(code, `Max restart attempts (${count}) reached for orchestrator: ${daemon.orchestrator.id}`);
  }
  if (emit === EMIT.MESSAGE_ERROR && question?.error && error !== DEADLINE) return question.error;
  const fault = emit === EMIT.MESSAGE_ERROR ? null : daemon.work?.openingFault;
  return new OrchestratorError(code, fault ?? host.core.errorText(error));
}

/** The errors that follow an ERROR which said the same are not counted twice. */
function keepError(daemon: OrchestratorDaemon, emit: number, error: number, failure: Error): void {
  const { work } = daemon;
  const said = emit === EMIT.START_ERROR || emit === EMIT.AUTO_START_ERROR || emit === EMIT.HEALTH_ERROR ||
    (emit === EMIT.RESTART_ERROR && error !== MAX_RESTARTS);
  if (said || !work) return;
  work.addFault(failure.message);
  if (emit !== EMIT.MESSAGE_ERROR) work.lastError = failure.message;
}

function emitFailure(host: Host, daemon: OrchestratorDaemon, emit: number, emission: Emission): void {
  const failure = failureOf(host, daemon, emit, emission);
  const { manager } = daemon;
  keepError(daemon, emit, emission.error, failure);
  if (emit === EMIT.ERROR) {
    tell(daemon, 'error', failure.message);
    if (daemon.listenerCount('error') > 0 || !manager) daemon.emit('error', failure);
    manager?.emit('daemon:error', { ...sourceOf(daemon), error: failure });
  } else if (emit === EMIT.MESSAGE_ERROR) {
    if (!emission.question) return;
    const { message } = emission.question.heard;
    tell(daemon, 'message:error', `${message.id}: ${failure.message}`);
    daemon.emit('message:error', { message, error: failure });
    manager?.emit('daemon:message-error', { ...sourceOf(daemon), message, error: failure });
  } else if (emit === EMIT.AUTO_START_ERROR) {
    manager?.emit('auto-start-error', { ...sourceOf(daemon), userId: daemon.orchestrator.user.id, error: failure });
  } else if (ERROR_EVENTS[emit]) {
    manager?.emit(ERROR_EVENTS[emit] as 'daemon:start-error', { ...sourceOf(daemon), error: failure });
  }
}

function emitMessage(daemon: OrchestratorDaemon, emit: number, question: Question | undefined): void {
  if (!question) return;
  if (emit === EMIT.MESSAGE_SEND) {
    if (question.outgoing) emitSend(daemon, question.outgoing);
    return;
  }
  const { message } = question.heard;
  const { manager } = daemon;
  tell(daemon, 'message:processed', message.id);
  daemon.emit('message:processed', message);
  if (manager && manager.listenerCount('daemon:message-processed') > 0) {
    manager.emit('daemon:message-processed', { ...sourceOf(daemon), message });
  }
}

function emitHealth(host: Host, daemon: OrchestratorDaemon, emit: number): void {
  const { manager } = daemon;
  const own = emit === EMIT.HEARTBEAT && daemon.listenerCount('heartbeat') > 0;
  const name = emit === EMIT.HEARTBEAT ? 'daemon:heartbeat' : 'daemon:health';
  const managers = manager !== null && manager.listenerCount(name) > 0;
  if (!own && !managers) return;
  const health = host.health(daemon);
  if (own) daemon.emit('heartbeat', health);
  if (managers) manager.emit(name, { ...sourceOf(daemon), health });
}

/** Tells what the core emits. */
export function emitEffect(host: Host, daemon: OrchestratorDaemon, emit: number, emission: Emission): void {
  const { manager } = daemon;
  if (emit === EMIT.MESSAGE_SEND || emit === EMIT.MESSAGE_PROCESSED) {
    emitMessage(daemon, emit, emission.question);
  } else if (emit === EMIT.HEARTBEAT || emit === EMIT.HEALTH) {
    emitHealth(host, daemon, emit);
  } else if (emit === EMIT.STATUS_CHANGED) {
    const status = STATUSES[daemon.state] as DaemonStatus;
    tell(daemon, 'status:changed', status);
    daemon.emit('status:changed', status);
    manager?.emit('daemon:status-changed', { ...sourceOf(daemon), status });
  } else if (emit === EMIT.STARTED) {
    tell(daemon, 'started', '');
    if (daemon.listenerCount('started') > 0) daemon.emit('started', host.health(daemon));
    manager?.emit('daemon:started', sourceOf(daemon));
  } else if (emit === EMIT.STOPPED) {
    tell(daemon, 'stopped', '');
    daemon.emit('stopped');
    manager?.emit('daemon:stopped', sourceOf(daemon));
  } else if (emit === EMIT.RESTARTED) {
    manager?.emit('daemon:restarted', { ...sourceOf(daemon), restartCount: emission.count });
  } else if (emission.error !== 0 && emit !== EMIT.TURN_RETRY) {
    emitFailure(host, daemon, emit, emission);
  }
}

export function emitSend(daemon: OrchestratorDaemon, message: OutgoingMessage): void {
  const { manager } = daemon;
  daemon.emit('message:send', message);
  if (manager && manager.listenerCount('daemon:message-send') > 0) manager.emit('daemon:message-send', { ...sourceOf(daemon), message });
}

export function emitAction(daemon: OrchestratorDaemon, action: OrchestratorAction): void {
  daemon.emit('action:execute', action);
  daemon.manager?.emit('daemon:action', { ...sourceOf(daemon), action });
}
