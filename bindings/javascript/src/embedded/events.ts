/** What listeners are told, of a daemon and of its manager. Objects are made only where somebody listens. */
import { EMIT } from '../core/exports.js';
import { STATUSES } from '../constants.js';
import type { OrchestratorDaemon } from '../daemon.js';
import { everHeard } from '../emitter.js';
import { OrchestratorError } from '../errors.js';
import type { DaemonStatus, ManagerEvents, ManagerEventSource, OrchestratorAction, OutgoingMessage } from '../types.js';
import type { Host } from './host.js';
import type { Question } from './question.js';

/** Of errors, in the order of the core's numbers. */
const ERROR_EVENTS = ['daemon:start-error', 'daemon:stop-error', 'daemon:restart-error', 'daemon:health-error', 'auto-start-error'] as const;

export function sourceOf(daemon: OrchestratorDaemon): ManagerEventSource {
  return { orchestratorId: daemon.orchestrator.id, orchestrator: daemon.orchestrator };
}

function tellManager<Name extends keyof ManagerEvents>(
  daemon: OrchestratorDaemon, name: Name, more?: Omit<ManagerEvents[Name][0], keyof ManagerEventSource>,
): void {
  const { manager } = daemon;
  if (!manager || manager.listenerCount(name) === 0) return;
  manager.emit(name, ...([{ ...sourceOf(daemon), ...more }] as unknown as ManagerEvents[Name]));
}

/** For `verbose`: the life of a daemon. Never the text of messages. */
function log(daemon: OrchestratorDaemon, event: string, detail = ''): void {
  if (daemon.settings.verbose || daemon.manager?.verbose) write(daemon, event, detail);
}

function write(daemon: OrchestratorDaemon, event: string, detail: string): void {
  console.info(`[orchestrator ${daemon.orchestrator.id}] ${event}${detail && ` ${detail}`}`);
}

const enum ERROR { MAX_RESTARTS = -10, DEADLINE = -12 }

function failureOf(host: Host, daemon: OrchestratorDaemon, emit: number, error: number, count: number, question: Question | null): Error {
  const code = host.core.errorName(error);
  if (error === ERROR.MAX_RESTARTS) {
    return new OrchestratorError(code, `Max restart attempts (${count}) reached for orchestrator: ${daemon.orchestrator.id}`);
  }
  if (question?.error && error !== ERROR.DEADLINE) return question.error;
  const fault = emit === EMIT.MESSAGE_ERROR ? null : daemon.work?.openingFault;
  return new OrchestratorError(code, fault ?? host.core.errorText(error));
}

/** The errors that follow an ERROR which said the same are not counted twice. */
function keepError(host: Host, daemon: OrchestratorDaemon, emit: number, error: number, { message }: Error): void {
  const said = emit === EMIT.START_ERROR || emit === EMIT.AUTO_START_ERROR || emit === EMIT.HEALTH_ERROR ||
    (emit === EMIT.RESTART_ERROR && error !== ERROR.MAX_RESTARTS);
  if (said) return;
  const work = host.workOf(daemon);
  work.addFault(message);
  if (emit !== EMIT.MESSAGE_ERROR) work.lastError = message;
}

function emitFailure(host: Host, daemon: OrchestratorDaemon, emit: number, code: number, count: number, question: Question | null): void {
  const error = failureOf(host, daemon, emit, code, count, question);
  keepError(host, daemon, emit, code, error);
  if (emit === EMIT.ERROR) {
    log(daemon, 'error', error.message);
    if (daemon.listenerCount('error') > 0 || !daemon.manager) daemon.emit('error', error);
    tellManager(daemon, 'daemon:error', { error });
  } else if (question) {
    const { message } = question.heard;
    log(daemon, 'message:error', `${message.id}: ${error.message}`);
    daemon.emit('message:error', { message, error });
    tellManager(daemon, 'daemon:message-error', { message, error });
  } else {
    const name = ERROR_EVENTS[emit - EMIT.START_ERROR];
    if (name) tellManager(daemon, name, { error, ...(name === 'auto-start-error' ? { userId: daemon.orchestrator.user.id } : {}) });
  }
}

/** Somebody has listened to how daemons are, in this process. */
export function isHealthHeard(): boolean {
  return everHeard.has('heartbeat') || everHeard.has('daemon:heartbeat') || everHeard.has('daemon:health');
}

function emitHealth(host: Host, daemon: OrchestratorDaemon, emit: number): void {
  const name = emit === EMIT.HEARTBEAT ? 'daemon:heartbeat' : 'daemon:health';
  const own = emit === EMIT.HEARTBEAT && daemon.listenerCount('heartbeat') > 0;
  if (!own && (daemon.manager === null || daemon.manager.listenerCount(name) === 0)) return;
  const health = host.health(daemon);
  if (own) daemon.emit('heartbeat', health);
  tellManager(daemon, name, { health });
}

/** A message came to its end, whatever that was. */
export function emitProcessed(daemon: OrchestratorDaemon, { heard: { message } }: Question): void {
  log(daemon, 'message:processed', message.id);
  daemon.emit('message:processed', message);
  if (daemon.manager) tellManager(daemon, 'daemon:message-processed', { message });
}

/** Tells what the core emits. */
export function emitEffect(host: Host, daemon: OrchestratorDaemon, emit: number, error: number, count: number, question: Question | null): void {
  switch (emit) {
    case EMIT.HEARTBEAT:
    case EMIT.HEALTH:
      emitHealth(host, daemon, emit);
      return;
    case EMIT.STATUS_CHANGED: {
      const status = STATUSES[daemon.state] as DaemonStatus;
      log(daemon, 'status:changed', status);
      daemon.emit('status:changed', status);
      tellManager(daemon, 'daemon:status-changed', { status });
      return;
    }
    case EMIT.STARTED:
      log(daemon, 'started');
      if (daemon.listenerCount('started') > 0) daemon.emit('started', host.health(daemon));
      tellManager(daemon, 'daemon:started');
      return;
    case EMIT.STOPPED:
      log(daemon, 'stopped');
      daemon.emit('stopped');
      tellManager(daemon, 'daemon:stopped');
      return;
    case EMIT.RESTARTED:
      tellManager(daemon, 'daemon:restarted', { restartCount: count });
      return;
    default:
      if (error !== 0) emitFailure(host, daemon, emit, error, count, question);
  }
}

export function emitSend(daemon: OrchestratorDaemon, message: OutgoingMessage): void {
  daemon.emit('message:send', message);
  if (daemon.manager) tellManager(daemon, 'daemon:message-send', { message });
}

export function emitAction(daemon: OrchestratorDaemon, action: OrchestratorAction): void {
  daemon.emit('action:execute', action);
  tellManager(daemon, 'daemon:action', { action });
}
