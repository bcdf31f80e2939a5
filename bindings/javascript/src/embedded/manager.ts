/** Daemons of a manager in this process. What it decides (restarts, health checks, logins) the core does. */
import type { ManagerBackend } from '../backend.js';
import type { ManagerSettings } from '../configuration.js';
import { OrchestratorDaemon, shouldRunDaemon, type DaemonPlace } from '../daemon.js';
import { closedError, OrchestratorError } from '../errors.js';
import { asError } from '../thrown.js';
import type { OrchestratorDaemonManager } from '../manager.js';
import type { IncomingMessage, ManagedDaemonStatus, ManagerEventSource, OrchestratorWithUser } from '../types.js';
import { embeddedDriver, type Host } from './host.js';

/** Numbers of the core's settings, see config_set() in src/core/wasm.c. */
const enum FIELD { AUTO_START = 6, AUTO_RESTART = 7, RESTARTS_MAX = 8, HEALTH_CHECK_MS = 9 }

export class EmbeddedBackend implements ManagerBackend {
  readonly #host: Host = embeddedDriver();
  /** By the orchestrator's id; one that was started once stays known, so that what waits is answered after its next start. */
  readonly #known = new Map<string, OrchestratorDaemon>();

  readonly #manager: OrchestratorDaemonManager;
  #closed = false;
  #settings!: ManagerSettings;
  /** What its daemons have in common. */
  #place: DaemonPlace | undefined;

  constructor(
    manager: OrchestratorDaemonManager,
    settings: ManagerSettings,
  ) {
    this.#manager = manager;
    this.configure(settings);
  }

  configure(settings: ManagerSettings): void {
    this.#settings = settings;
    this.#place = undefined;
    this.#host.configure([
      [FIELD.AUTO_START, settings.autoStart ? 1 : 0],
      [FIELD.AUTO_RESTART, settings.autoRestart ? 1 : 0],
      [FIELD.RESTARTS_MAX, settings.maxRestartAttempts],
      [FIELD.HEALTH_CHECK_MS, settings.healthCheckInterval],
    ]);
  }

  async startDaemon(orchestrator: OrchestratorWithUser): Promise<OrchestratorDaemon> {
    const daemon = this.#open(orchestrator, 'daemon:start-error');
    if (!daemon.isRunning()) await daemon.start();
    return daemon;
  }

  async login(orchestrator: OrchestratorWithUser): Promise<void> {
    if (!this.#settings.autoStart || !shouldRunDaemon(orchestrator?.user)) return;
    const daemon = this.#open(orchestrator, 'auto-start-error');
    await this.#host.login(daemon);
  }

  /** The daemon of that orchestrator: made when it is new. What is wrong with it is told as an event, too. */
  #open(orchestrator: OrchestratorWithUser, event: 'daemon:start-error' | 'auto-start-error'): OrchestratorDaemon {
    const old = this.#known.get(orchestrator?.id);
    this.#place ??= { driver: this.#host, manager: this.#manager, settings: this.#settings.daemon };
    if (old && !old.isRunning()) old.place = this.#place;
    if (old && old.orchestrator === orchestrator) return old;
    try {
      if (this.#closed) throw closedError();
      const daemon = new OrchestratorDaemon({ orchestrator }, this.#place);
      if (old) return this.#update(old, daemon);
      this.#host.enter(daemon);
      this.#known.set(orchestrator.id, daemon);
      return daemon;
    } catch (thrown) {
      const error = asError(thrown);
      const source: ManagerEventSource = { orchestratorId: orchestrator?.id, orchestrator };
      if (event === 'daemon:start-error') this.#manager.emit(event, { ...source, error });
      else this.#manager.emit(event, { ...source, userId: orchestrator?.user?.id, error });
      throw error;
    }
  }

  /** The orchestrator is described differently: the daemon that runs takes it over. */
  #update(old: OrchestratorDaemon, fresh: OrchestratorDaemon): OrchestratorDaemon {
    if (old.orchestrator.user.id !== fresh.orchestrator.user.id) {
      throw new OrchestratorError('conflict',
        `orchestrator ${old.orchestrator.id} belongs to user ${old.orchestrator.user.id}, not to ${fresh.orchestrator.user.id}`);
    }
    this.#host.update(old, fresh);
    return old;
  }

  async stopDaemon(orchestratorId: string): Promise<void> {
    await this.#known.get(orchestratorId)?.stop();
  }

  async restartDaemon(orchestratorId: string): Promise<void> {
    const daemon = this.#known.get(orchestratorId);
    if (!daemon || daemon.getStatus() === 'stopped') {
      throw new OrchestratorError('not_found', `No daemon running for orchestrator: ${orchestratorId}`);
    }
    await daemon.restart();
  }

  async stopAllDaemons(): Promise<void> {
    await Promise.all([...this.#known.values()].map((daemon) => daemon.stop()));
  }

  async logout(id: string): Promise<void> {
    await (this.#known.get(id) ?? this.#ofUser(id))?.stop();
  }

  #ofUser(userId: string): OrchestratorDaemon | undefined {
    const daemon = this.#host.daemonOfUser(userId);
    if (daemon?.manager === this.#manager) return daemon;
    return [...this.#known.values()].find(({ orchestrator }) => orchestrator.user.id === userId);
  }

  routeMessage(message: IncomingMessage): Promise<void> {
    return this.#host.route(message, this.#manager.windows, [...this.#known.values()].filter((daemon) => daemon.isRunning()));
  }

  daemon(orchestratorId: string): OrchestratorDaemon | undefined {
    return this.#known.get(orchestratorId);
  }

  daemons(): Iterable<OrchestratorDaemon> {
    return this.#known.values();
  }

  statusOf(orchestratorId: string): ManagedDaemonStatus | null {
    const daemon = this.#known.get(orchestratorId);
    if (!daemon) return null;
    const health = this.#host.health(daemon);
    const fields = this.#host.fields(daemon);
    const startedAt = fields?.[1] ?? 0;
    return {
      ...health,
      health,
      orchestratorId,
      orchestrator: daemon.orchestrator,
      startedAt: startedAt > 0 ? new Date(startedAt) : null,
      restartCount: fields?.[7] ?? 0,
      lastError: daemon.work?.lastError ?? null,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.stopAllDaemons();
    for (const daemon of this.#known.values()) this.#host.leave(daemon);
    this.#known.clear();
  }
}
