/** The daemon manager of @neolith/core over the page's own connection. Import this lazily: it mirrors every daemon. */
import { getMirroringDaemonManager } from '@neolith/core/mirror';
import { getDaemonManager } from '@neolith/core';
import { sharedConnection } from './connection.js';

/** The manager that useOrchestratorDaemon() of @neolith/core/react reads. */
export function pageDaemonManager(): ReturnType<typeof getDaemonManager> {
  const connection = sharedConnection();
  return connection ? getMirroringDaemonManager(connection) : getDaemonManager();
}
