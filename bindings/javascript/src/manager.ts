/** The manager: many daemons, their health, their restarts. One in a realm, also when the module was loaded twice. */
import type { ManagerBackend } from './backend.js';
import { checkManagerSettings, differingFields, type ManagerSettings } from './configuration.js';
import type { OrchestratorDaemon } from './daemon.js';
import { Emitter } from './emitter.js';
import { EmbeddedBackend } from './embedded/manager.js';
import { Windows } from './embedded/windows.js';
import { asError } from './thrown.js';
import { Connection } from './remote/connection.js';
import { RemoteBackend } from './remote/manager.js';
import type { DaemonManagerConfig, IncomingMessage, ManagedDaemonStatus, ManagerEvents, OrchestratorWithUser } from './types.js';

const INSTANCE = Symbol.for('@neolith/core/manager');
const place = globalThis as { [INSTANCE]?: OrchestratorDaemonManager | undefined };

type MakeBackend = (manager: OrchestratorDaemonManager, settings: ManagerSettings) => ManagerBackend;

const chooseBackend: MakeBackend = (manager, settings) =>
  settings.url === null ? new EmbeddedBackend(manager, settings) : new RemoteBackend(manager, settings, new Connection(settings.url, settings.token));

export class OrchestratorDaemonManager extends Emitter<ManagerEvents> {
  /** What was said in the conversations of its daemons. @internal */
  readonly windows = new Windows();
  private settings: ManagerSettings;
  private warned = false;
  private readonly backend: ManagerBackend;

  private constructor(config: DaemonManagerConfig, makeBackend: MakeBackend = chooseBackend) {
    super();
    if (!config) throw new TypeError('config is not given: OrchestratorDaemonManager.getInstance() makes the manager');
    this.settings = checkManagerSettings(config);
    this.backend = makeBackend(this, this.settings);
  }

  /** As getInstance(), with daemons where the backend has them. @internal */
  static withBackend(config: DaemonManagerConfig, makeBackend: MakeBackend): OrchestratorDaemonManager {
    place[INSTANCE] ??= new OrchestratorDaemonManager(config, makeBackend);
    return place[INSTANCE];
  }

  /** The manager, made by the first call. A later config that differs changes nothing and is warned of once. */
  static getInstance(config?: DaemonManagerConfig): OrchestratorDaemonManager {
    const live = place[INSTANCE];
    if (!live) return (place[INSTANCE] = new OrchestratorDaemonManager(config ?? {}));
    if (config) live.warnOfDifference(config);
    return live;
  }

  /** Ends it: its daemons are stopped; the next getInstance() makes a new one. Resolves when all have stopped. Daemons of an orchd go
   * on there; their mirror ends, and what waits for it is rejected with `closed`. */
  static async resetInstance(): Promise<void> {
    const live = place[INSTANCE];
    place[INSTANCE] = undefined;
    await live?.backend.close();
  }

  /** As initializeDaemonManager(). @internal */
  static initialize(config?: DaemonManagerConfig): OrchestratorDaemonManager {
    const live = place[INSTANCE];
    if (!live) return OrchestratorDaemonManager.getInstance(config);
    const settings = checkManagerSettings(config ?? {});
    if (settings.url !== live.settings.url || settings.token !== live.settings.token) {
      throw new RangeError('url and token cannot be changed while the manager lives; call OrchestratorDaemonManager.resetInstance() first');
    }
    live.settings = settings;
    live.backend.configure(settings);
    return live;
  }

  private warnOfDifference(config: DaemonManagerConfig): void {
    const fields = differingFields(config, this.settings);
    if (fields.length === 0 || this.warned) return;
    this.warned = true;
    console.warn(`The daemon manager exists already; a different configuration (${fields.join(', ')}) changes nothing. Use initializeDaemonManager() to change it.`);
  }

  /** @internal */
  get verbose(): boolean {
    return this.settings.verbose;
  }

  /** Starts the daemon of this orchestrator; one that runs already is returned again. */
  startDaemon(orchestrator: OrchestratorWithUser): Promise<OrchestratorDaemon> {
    return this.backend.startDaemon(orchestrator);
  }

  /** An unknown id resolves. */
  stopDaemon(orchestratorId: string): Promise<void> {
    return this.backend.stopDaemon(orchestratorId);
  }

  /** Rejects with "No daemon running for orchestrator: X". */
  restartDaemon(orchestratorId: string): Promise<void> {
    return this.backend.restartDaemon(orchestratorId);
  }

  stopAllDaemons(): Promise<void> {
    return this.backend.stopAllDaemons();
  }

  /** The login of a user: starts its daemon if it is an orchestrator's and autoStart holds. A login never fails because of a
   * daemon: what went wrong is emitted as `auto-start-error`. */
  async onUserLogin(orchestrator: OrchestratorWithUser): Promise<void> {
    try {
      await this.backend.login(orchestrator);
    } catch (thrown) {
      if (this.listenerCount('auto-start-error') === 0) console.error('A daemon was not started after a login:', asError(thrown).message);
    }
  }

  /** Takes the orchestrator's id or its user's. An unknown one resolves. */
  onUserLogout(id: string): Promise<void> {
    return this.backend.logout(id);
  }

  /** Asks the orchd that it mirrors; undefined when it mirrors none. @internal */
  findOrchestrator(id: string): Promise<OrchestratorWithUser | null> | undefined {
    return this.backend.lookUp?.(id);
  }

  /** Undefined when this manager never started one. */
  getDaemon(orchestratorId: string): OrchestratorDaemon | undefined {
    return this.backend.daemon(orchestratorId);
  }

  isDaemonRunning(orchestratorId: string): boolean {
    return this.backend.daemon(orchestratorId)?.isRunning() ?? false;
  }

  /** By the orchestrator's id. */
  getRunningDaemons(): Map<string, OrchestratorDaemon> {
    const running = [...this.backend.daemons()].filter((daemon) => daemon.isRunning());
    return new Map(running.map((daemon) => [daemon.orchestrator.id, daemon]));
  }

  /** null when unknown. */
  getDaemonStatus(orchestratorId: string): ManagedDaemonStatus | null {
    return this.backend.statusOf(orchestratorId);
  }

  getAllDaemonStatuses(): ManagedDaemonStatus[] {
    return [...this.backend.daemons()].map((daemon) => this.backend.statusOf(daemon.orchestrator.id) as ManagedDaemonStatus);
  }

  /** Hands the message to every running daemon that it addresses; resolves when all of them have dealt with it. */
  routeMessage(message: IncomingMessage): Promise<void> {
    return this.backend.routeMessage(message);
  }
}

/** The manager of this process. */
export function getDaemonManager(config?: DaemonManagerConfig): OrchestratorDaemonManager {
  return OrchestratorDaemonManager.getInstance(config);
}

/** The manager of this process, (re)configured while it lives: what `config` leaves out has its default again. Daemons work so from their
 * next start by the manager; until then those that run go on as they were started. */
export function initializeDaemonManager(config?: DaemonManagerConfig): OrchestratorDaemonManager {
  return OrchestratorDaemonManager.initialize(config);
}
