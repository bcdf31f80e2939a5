/** @neolith/core: the daemons of orchestrators, embedded in an app or mirrored from an orchd. */
export { createOrchestratorDaemon, OrchestratorDaemon, shouldRunDaemon } from './daemon.js';
export { getDaemonManager, initializeDaemonManager, OrchestratorDaemonManager } from './manager.js';
export { buildDaemonConfig, buildDaemonManagerConfig, DEFAULT_DAEMON_CONFIG } from './configuration.js';
export {
  getDaemonHeartbeatInterval, getHealthCheckInterval, getMaxConcurrentConversations, getMaxRestartAttempts,
  isDaemonAutoRestartEnabled, isDaemonAutoStartEnabled, isDaemonVerboseEnabled, isOrchestratorModeEnabled,
} from './environment.js';
export { DAEMON_STATUS } from './constants.js';
export { ACTION_TYPES } from './embedded/outgoing.js';
export { OrchestratorError } from './errors.js';
export { orchestratorService } from './service.js';
export type * from './types.js';
