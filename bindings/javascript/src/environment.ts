/** The configuration from the environment, as src/core/environment.c has it; without the core, so that a page whose daemons run in an
 * orchd never unpacks it.
 *
 * Bundlers replace only a literal `process.env.NEXT_PUBLIC_NAME`, so each variable is written out; where `process` is absent and
 * nothing was replaced, it is not set.
 */
type Lookup = () => string | undefined;

/** What is allowed of a number. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

export const INTERVAL: Range = { min: 100, max: 86400000, unit: ' ms' };
export const CONVERSATIONS: Range = { min: 1, max: 100000, unit: '' };
export const RESTARTS: Range = { min: 0, max: 1000, unit: '' };

/** Name, value where it is not set, what is allowed (null: a boolean), and where it is read. */
const variables: ReadonlyArray<readonly [name: string, fallback: number, range: Range | null, plain: Lookup, open: Lookup]> = [
  ['ORCHESTRATOR_MODE', 0, null, () => process.env.ORCHESTRATOR_MODE, () => process.env.NEXT_PUBLIC_ORCHESTRATOR_MODE],
  ['DAEMON_AUTO_START', 1, null, () => process.env.DAEMON_AUTO_START, () => process.env.NEXT_PUBLIC_DAEMON_AUTO_START],
  ['DAEMON_HEARTBEAT_INTERVAL', 30000, INTERVAL,
    () => process.env.DAEMON_HEARTBEAT_INTERVAL, () => process.env.NEXT_PUBLIC_DAEMON_HEARTBEAT_INTERVAL],
  ['DAEMON_HEALTH_CHECK_INTERVAL', 60000, INTERVAL,
    () => process.env.DAEMON_HEALTH_CHECK_INTERVAL, () => process.env.NEXT_PUBLIC_DAEMON_HEALTH_CHECK_INTERVAL],
  ['DAEMON_AUTO_RESTART', 1, null, () => process.env.DAEMON_AUTO_RESTART, () => process.env.NEXT_PUBLIC_DAEMON_AUTO_RESTART],
  ['DAEMON_MAX_RESTART_ATTEMPTS', 3, RESTARTS,
    () => process.env.DAEMON_MAX_RESTART_ATTEMPTS, () => process.env.NEXT_PUBLIC_DAEMON_MAX_RESTART_ATTEMPTS],
  ['DAEMON_VERBOSE', 0, null, () => process.env.DAEMON_VERBOSE, () => process.env.NEXT_PUBLIC_DAEMON_VERBOSE],
  ['DAEMON_MAX_CONCURRENT_CONVERSATIONS', 10, CONVERSATIONS,
    () => process.env.DAEMON_MAX_CONCURRENT_CONVERSATIONS, () => process.env.NEXT_PUBLIC_DAEMON_MAX_CONCURRENT_CONVERSATIONS],
];

/** Numbers of the variables in that order. */
export const enum VARIABLE {
  ORCHESTRATOR_MODE = 0, AUTO_START = 1, HEARTBEAT_INTERVAL = 2, HEALTH_CHECK_INTERVAL = 3, AUTO_RESTART = 4,
  MAX_RESTART_ATTEMPTS = 5, VERBOSE = 6, MAX_CONCURRENT_CONVERSATIONS = 7,
}

/** Undefined also where there is no `process`. */
export function read(lookup: Lookup): string | undefined {
  try {
    const value = lookup();
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}

function parse(value: string, range: Range | null): number {
  if (range === null) return /^(?:true|1|yes|on)$/i.test(value) ? 1 : /^(?:false|0|no|off)$/i.test(value) ? 0 : NaN;
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  return number >= range.min && number <= range.max ? number : NaN;
}

/** What is allowed, for an error. */
export function allowed({ min, max, unit }: Range): string {
  return `allowed is a whole number from ${min} to ${max}${unit}`;
}

/** All eight, booleans as 0 and 1. Throws a RangeError that names the variable, the value and what is allowed. */
export function readEnvironment(): number[] {
  return variables.map(([name, fallback, range, plain, open]) => {
    const own = read(plain);
    const value = own ?? read(open);
    if (value === undefined) return fallback;
    const number = parse(value, range);
    if (Number.isNaN(number)) {
      throw new RangeError(`${own === undefined ? 'NEXT_PUBLIC_' : ''}${name} is ${JSON.stringify(value.slice(0, 80))}; ${
        range ? allowed(range) : 'allowed are true, false, 1, 0, yes, no, on and off'}`);
    }
    return number;
  });
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
