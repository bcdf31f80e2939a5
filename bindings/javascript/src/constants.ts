/** Names of what the module knows. */

/** Every status of a daemon. */
export const DAEMON_STATUS = Object.freeze({
  STOPPED: 'stopped',
  INITIALIZING: 'initializing',
  RUNNING: 'running',
  ERROR: 'error',
  STOPPING: 'stopping',
} as const);
