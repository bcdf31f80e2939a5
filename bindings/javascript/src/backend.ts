/** Where a manager's daemons run: in this process (embedded/manager.ts), in an orchd (remote/manager.ts), in a worker. */
import type { ManagerSettings } from './configuration.js';
import type { OrchestratorDaemon } from './daemon.js';
import type { IncomingMessage, ManagedDaemonStatus, OrchestratorWithUser } from './types.js';

export interface ManagerBackend {
  /** The settings changed while the manager lives. */
  configure(settings: ManagerSettings): void;
  startDaemon(orchestrator: OrchestratorWithUser): Promise<OrchestratorDaemon>;
  stopDaemon(orchestratorId: string): Promise<void>;
  restartDaemon(orchestratorId: string): Promise<void>;
  stopAllDaemons(): Promise<void>;
  login(orchestrator: OrchestratorWithUser): Promise<void>;
  /** By the orchestrator's id or its user's; null: there is none. Absent where a backend knows of no others than it was given. */
  lookUp?(id: string): Promise<OrchestratorWithUser | null>;
  /** The orchestrator's id or its user's. */
  logout(id: string): Promise<void>;
  routeMessage(message: IncomingMessage): Promise<void>;
  /** Undefined when it was never started. */
  daemon(orchestratorId: string): OrchestratorDaemon | undefined;
  daemons(): Iterable<OrchestratorDaemon>;
  statusOf(orchestratorId: string): ManagedDaemonStatus | null;
  /** The manager is gone: daemons are stopped, connections closed. */
  close(): Promise<void>;
}
