/** Names of what the module knows. */
import type { DaemonStatus } from './types.js';

/** The statuses in the order of the core's numbers. */
export const STATUSES: readonly DaemonStatus[] = ['stopped', 'initializing', 'running', 'error', 'stopping'];

/** Every status of a daemon. */
export const DAEMON_STATUS = Object.freeze({
  STOPPED: 'stopped',
  INITIALIZING: 'initializing',
  RUNNING: 'running',
  ERROR: 'error',
  STOPPING: 'stopping',
} as const);
