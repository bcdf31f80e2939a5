/** What carries out the work of daemons: this process (embedded/host.ts), an orchd (remote/), or a worker (worker/). */
import type { OrchestratorDaemon } from './daemon.js';
import type { DaemonHealthStatus, DaemonStatus, IncomingMessage, OrchestratorAction, OutgoingMessage } from './types.js';

export interface DaemonDriver {
  start(daemon: OrchestratorDaemon): Promise<void>;
  stop(daemon: OrchestratorDaemon): Promise<void>;
  restart(daemon: OrchestratorDaemon): Promise<void>;
  handleMessage(daemon: OrchestratorDaemon, message: IncomingMessage): Promise<void>;
  sendResponse(daemon: OrchestratorDaemon, message: OutgoingMessage): Promise<void>;
  executeAction(daemon: OrchestratorDaemon, action: OrchestratorAction): Promise<void>;
  status(daemon: OrchestratorDaemon): DaemonStatus;
  health(daemon: OrchestratorDaemon): DaemonHealthStatus;
}
