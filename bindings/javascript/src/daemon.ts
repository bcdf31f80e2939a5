/** The daemon of one orchestrator: what an app holds in its hands. Where the work is done, the driver knows. */
import { readCharter, type CharterDocument } from './charter.js';
import { checkDaemonSettings, daemonDefaults, type DaemonSettings } from './configuration.js';
import type { DaemonDriver } from './driver.js';
import { Emitter } from './emitter.js';
import { embeddedDriver } from './embedded/host.js';
import type { Work } from './embedded/work.js';
import type { OrchestratorDaemonManager } from './manager.js';
import type {
  DaemonConfig, DaemonEvents, DaemonHealthStatus, DaemonStatus, IncomingMessage, OrchestratorAction, OrchestratorUser,
  OrchestratorWithUser, OutgoingMessage,
} from './types.js';

/** How a manager makes a daemon. @internal */
export interface DaemonPlace {
  readonly driver: DaemonDriver;
  readonly manager: OrchestratorDaemonManager | null;
  readonly settings: DaemonSettings;
}

export class OrchestratorDaemon extends Emitter<DaemonEvents> {
  /** @internal */ orchestrator: OrchestratorWithUser;
  /** Shared by the daemons of a manager that work in the same way. @internal */
  place: DaemonPlace;
  /** @internal */ document: CharterDocument;
  /** The core's number; 0: not registered yet. @internal */
  handle = 0;
  /** The core's number of the status. @internal */
  state = 0;
  /** What is under way; null while nothing is. @internal */
  work: Work | null = null;

  /** A daemon of its own, stopped; no manager restarts it. Throws a RangeError or a TypeError that names what is wrong. */
  constructor(config: DaemonConfig);
  /** @internal */
  constructor(config: DaemonConfig, place: DaemonPlace);
  constructor(config: DaemonConfig, place?: DaemonPlace) {
    super();
    const { orchestrator, orchestratorId } = config ?? {};
    const id = orchestratorId ?? orchestrator?.id;
    if (typeof id !== 'string' || typeof orchestrator?.user?.id !== 'string') {
      throw new TypeError('orchestrator is not given: an object with id, role and user {id, name, email, isOrchestrator} is needed');
    }
    this.orchestrator = id === orchestrator.id ? orchestrator : { ...orchestrator, id };
    this.place = place ?? { driver: embeddedDriver(), manager: null, settings: checkDaemonSettings(config, daemonDefaults()) };
    this.document = readCharter(this.orchestrator);
  }

  /** @internal */
  get settings(): DaemonSettings {
    return this.place.settings;
  }

  /** @internal */
  get driver(): DaemonDriver {
    return this.place.driver;
  }

  /** @internal */
  get manager(): OrchestratorDaemonManager | null {
    return this.place.manager;
  }

  /** Resolves when it runs. Rejects with "Daemon is already running"; joins a start that is under way. */
  start(): Promise<void> {
    return this.driver.start(this);
  }

  /** Always ends: turns in flight finish for up to 10 s, then they are cancelled. What was queued is kept and answered after
   * the next start. */
  stop(): Promise<void> {
    return this.driver.stop(this);
  }

  restart(): Promise<void> {
    return this.driver.restart(this);
  }

  /** Resolves when the message is dealt with: answered, failed (then `message:error` was emitted), or found to be for somebody
   * else. While the daemon does not run the message waits for the next start, and this resolves at once. Rejects with the
   * code `busy` when the queue is full, `invalid` or `too_large` for what is no message; never for a failure of the model. */
  handleMessage(message: IncomingMessage): Promise<void> {
    return this.driver.handleMessage(this, message);
  }

  /** Emits `message:send`. Rejects with "Daemon not running". */
  sendResponse(message: OutgoingMessage): Promise<void> {
    return this.driver.sendResponse(this, message);
  }

  /** Emits `action:execute`; the listener carries it out. Rejects types that are none of ACTION_TYPES. */
  executeAction(action: OrchestratorAction): Promise<void> {
    return this.driver.executeAction(this, action);
  }

  getStatus(): DaemonStatus {
    return this.driver.status(this);
  }

  getHealthStatus(): DaemonHealthStatus {
    return this.driver.health(this);
  }

  isRunning(): boolean {
    return this.driver.status(this) === 'running';
  }
}

/** A daemon of its own for this orchestrator, stopped. It runs as long as something holds it: one that was dropped is collected, and
 * its heartbeats and what it would have answered end with it. getDaemonManager() holds the daemons that it starts. */
export function createOrchestratorDaemon(config: DaemonConfig): OrchestratorDaemon {
  return new OrchestratorDaemon(config);
}

/** True for the user of an orchestrator. */
export function shouldRunDaemon(user: Pick<OrchestratorUser, 'isOrchestrator'> | null | undefined): boolean {
  return user?.isOrchestrator === true;
}
