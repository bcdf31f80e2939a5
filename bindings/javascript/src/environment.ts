/** The configuration from the environment, read by the core's own table and parser.
 *
 * Bundlers replace only a literal `process.env.NEXT_PUBLIC_NAME`, so each variable is written out; where `process` is absent and
 * nothing was replaced, it is not set.
 */
import { sharedCore } from './core/shared.js';

type Lookup = () => string | undefined;

/** Unprefixed and public name of each variable, in the order of the core's table. */
const lookups: ReadonlyArray<readonly [name: string, plain: Lookup, open: Lookup]> = [
  ['ORCHESTRATOR_MODE', () => process.env.ORCHESTRATOR_MODE, () => process.env.NEXT_PUBLIC_ORCHESTRATOR_MODE],
  ['DAEMON_AUTO_START', () => process.env.DAEMON_AUTO_START, () => process.env.NEXT_PUBLIC_DAEMON_AUTO_START],
  ['DAEMON_HEARTBEAT_INTERVAL', () => process.env.DAEMON_HEARTBEAT_INTERVAL, () => process.env.NEXT_PUBLIC_DAEMON_HEARTBEAT_INTERVAL],
  ['DAEMON_HEALTH_CHECK_INTERVAL', () => process.env.DAEMON_HEALTH_CHECK_INTERVAL, () => process.env.NEXT_PUBLIC_DAEMON_HEALTH_CHECK_INTERVAL],
  ['DAEMON_AUTO_RESTART', () => process.env.DAEMON_AUTO_RESTART, () => process.env.NEXT_PUBLIC_DAEMON_AUTO_RESTART],
  ['DAEMON_MAX_RESTART_ATTEMPTS', () => process.env.DAEMON_MAX_RESTART_ATTEMPTS, () => process.env.NEXT_PUBLIC_DAEMON_MAX_RESTART_ATTEMPTS],
  ['DAEMON_VERBOSE', () => process.env.DAEMON_VERBOSE, () => process.env.NEXT_PUBLIC_DAEMON_VERBOSE],
  ['DAEMON_MAX_CONCURRENT_CONVERSATIONS', () => process.env.DAEMON_MAX_CONCURRENT_CONVERSATIONS, () => process.env.NEXT_PUBLIC_DAEMON_MAX_CONCURRENT_CONVERSATIONS],
];

/** Numbers of the variables in that order. */
export const VARIABLE = {
  ORCHESTRATOR_MODE: 0, AUTO_START: 1, HEARTBEAT_INTERVAL: 2, HEALTH_CHECK_INTERVAL: 3, AUTO_RESTART: 4,
  MAX_RESTART_ATTEMPTS: 5, VERBOSE: 6, MAX_CONCURRENT_CONVERSATIONS: 7,
} as const;

/** Undefined also where there is no `process`. */
export function read(lookup: Lookup): string | undefined {
  try {
    const value = lookup();
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** All eight, booleans as 0 and 1. Throws a RangeError that names the variable, the value and what is allowed. */
export function readEnvironment(): number[] {
  const core = sharedCore();
  core.wasm.environment_reset();
  lookups.forEach(([name, plain, open], index) => {
    const own = read(plain);
    const value = own ?? read(open);
    if (value === undefined) return;
    const [nameLength = 0, valueLength = 0] = core.put(own === undefined ? `NEXT_PUBLIC_${name}` : name, value);
    const wrong = core.wasm.environment_set(index, nameLength, valueLength);
    if (wrong > 0) throw new RangeError(core.answer(wrong));
  });
  return lookups.map((_, index) => core.wasm.environment_get(index));
}

/** ORCHESTRATOR_MODE, default false. */
export function isOrchestratorModeEnabled(): boolean {
  return readEnvironment()[VARIABLE.ORCHESTRATOR_MODE] === 1;
}

/** DAEMON_AUTO_START, default true. */
export function isDaemonAutoStartEnabled(): boolean {
  return readEnvironment()[VARIABLE.AUTO_START] === 1;
}

/** DAEMON_HEARTBEAT_INTERVAL in milliseconds, default 30000. */
export function getDaemonHeartbeatInterval(): number {
  return readEnvironment()[VARIABLE.HEARTBEAT_INTERVAL] as number;
}

/** DAEMON_HEALTH_CHECK_INTERVAL in milliseconds, default 60000. */
export function getHealthCheckInterval(): number {
  return readEnvironment()[VARIABLE.HEALTH_CHECK_INTERVAL] as number;
}

/** DAEMON_AUTO_RESTART, default true. */
export function isDaemonAutoRestartEnabled(): boolean {
  return readEnvironment()[VARIABLE.AUTO_RESTART] === 1;
}

/** DAEMON_MAX_RESTART_ATTEMPTS, default 3. */
export function getMaxRestartAttempts(): number {
  return readEnvironment()[VARIABLE.MAX_RESTART_ATTEMPTS] as number;
}

/** DAEMON_VERBOSE, default false. */
export function isDaemonVerboseEnabled(): boolean {
  return readEnvironment()[VARIABLE.VERBOSE] === 1;
}

/** DAEMON_MAX_CONCURRENT_CONVERSATIONS, default 10. */
export function getMaxConcurrentConversations(): number {
  return readEnvironment()[VARIABLE.MAX_CONCURRENT_CONVERSATIONS] as number;
}
