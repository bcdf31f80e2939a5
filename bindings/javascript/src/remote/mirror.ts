/** A manager that shares a page's connection. */
import { OrchestratorDaemonManager } from '../manager.js';
import type { DaemonManagerConfig } from '../types.js';
import type { Connection } from './connection.js';
import { RemoteBackend } from './manager.js';

/** The manager of this page as the mirror of the orchd behind `connection`, without a WebSocket of its own. The first call decides;
 * getDaemonManager() then returns the same one. */
export function getMirroringDaemonManager(connection: Connection, config: DaemonManagerConfig = {}): OrchestratorDaemonManager {
  return OrchestratorDaemonManager.withBackend({ ...config, url: connection.url }, (manager, settings) => new RemoteBackend(manager, settings, connection));
}
