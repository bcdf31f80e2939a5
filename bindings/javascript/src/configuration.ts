/** Configurations: from the environment, from the app, checked. */
import { allowed, CONVERSATIONS, INTERVAL, read, readEnvironment, RESTARTS, VARIABLE, type Range } from './environment.js';
import type { DaemonConfig, DaemonDefaults, DaemonManagerConfig, GenerateResponse } from './types.js';

/** The default of each setting of a daemon. */
export const DEFAULT_DAEMON_CONFIG = Object.freeze({
  heartbeatInterval: 30000,
  maxConcurrentConversations: 10,
  autoRespond: true,
  verbose: false,
});

/** How one daemon works, complete and checked. Daemons with the same settings share one object. */
export interface DaemonSettings {
  readonly heartbeatInterval: number;
  readonly maxConcurrentConversations: number;
  readonly autoRespond: boolean;
  readonly verbose: boolean;
  readonly wsEndpoint: string | undefined;
  readonly generateResponse: GenerateResponse | undefined;
}

/** How the manager works, complete and checked. */
export interface ManagerSettings {
  readonly autoStart: boolean;
  readonly healthCheckInterval: number;
  readonly autoRestart: boolean;
  readonly maxRestartAttempts: number;
  readonly verbose: boolean;
  readonly daemon: DaemonSettings;
  /** null: in this process. */
  readonly url: string | null;
  readonly token: string | undefined;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function number(field: string, value: unknown, fallback: number, range: Range): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= range.min && value <= range.max) return value;
  throw new RangeError(`${field} is ${shown(value)}; ${allowed(range)}`);
}

function boolean(field: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw new RangeError(`${field} is ${shown(value)}; allowed are true and false`);
}

function generator(value: unknown): GenerateResponse | undefined {
  if (value === undefined || typeof value === 'function') return value as GenerateResponse | undefined;
  throw new RangeError(`generateResponse is ${shown(value)}; allowed is a function`);
}

/** What the environment says of a daemon; `environment` where it was read already. */
export function daemonDefaults(environment = readEnvironment()): DaemonSettings {
  return {
    heartbeatInterval: environment[VARIABLE.HEARTBEAT_INTERVAL] as number,
    maxConcurrentConversations: environment[VARIABLE.MAX_CONCURRENT_CONVERSATIONS] as number,
    autoRespond: true,
    verbose: environment[VARIABLE.VERBOSE] === 1,
    wsEndpoint: undefined,
    generateResponse: undefined,
  };
}

export function checkDaemonSettings(config: DaemonDefaults, defaults: DaemonSettings): DaemonSettings {
  return {
    heartbeatInterval: number('heartbeatInterval', config.heartbeatInterval, defaults.heartbeatInterval, INTERVAL),
    maxConcurrentConversations: number('maxConcurrentConversations', config.maxConcurrentConversations,
      defaults.maxConcurrentConversations, CONVERSATIONS),
    autoRespond: boolean('autoRespond', config.autoRespond, defaults.autoRespond),
    verbose: boolean('verbose', config.verbose, defaults.verbose),
    wsEndpoint: config.wsEndpoint ?? defaults.wsEndpoint,
    generateResponse: generator(config.generateResponse) ?? defaults.generateResponse,
  };
}

/** The page's own origin, where there is a page. */
function pageOrigin(): string | null {
  const origin = (globalThis as { location?: { origin?: string } }).location?.origin;
  return origin && /^https?:/.test(origin) ? origin : null;
}

/** undefined: the page's server, or this process where there is no page. */
function serverUrl(given: unknown): string | null {
  const url = given === undefined ? pageOrigin() && (read(() => process.env.NEXT_PUBLIC_ORCHD_URL) ?? pageOrigin()) : given;
  if (url === null) return null;
  if (typeof url === 'string' && /^https?:\/\/[^/]/.test(url)) return url;
  throw new RangeError(`url is ${shown(url)}; allowed is an address like https://orchd.example.org`);
}

export function checkManagerSettings(config: DaemonManagerConfig): ManagerSettings {
  const environment = readEnvironment();
  const url = serverUrl(config.url);
  if (url === null && config.token !== undefined) throw new RangeError('token is given without url; it is for the orchd at url');
  return {
    autoStart: boolean('autoStart', config.autoStart, environment[VARIABLE.AUTO_START] === 1),
    healthCheckInterval: number('healthCheckInterval', config.healthCheckInterval,
      environment[VARIABLE.HEALTH_CHECK_INTERVAL] as number, INTERVAL),
    autoRestart: boolean('autoRestart', config.autoRestart, environment[VARIABLE.AUTO_RESTART] === 1),
    maxRestartAttempts: number('maxRestartAttempts', config.maxRestartAttempts,
      environment[VARIABLE.MAX_RESTART_ATTEMPTS] as number, RESTARTS),
    verbose: boolean('verbose', config.verbose, environment[VARIABLE.VERBOSE] === 1),
    daemon: checkDaemonSettings(config.daemon ?? {}, daemonDefaults(environment)),
    url,
    token: config.token,
  };
}

/** The names of the fields of `config` that say something else than `live`. */
export function differingFields(config: DaemonManagerConfig, live: ManagerSettings): string[] {
  const checked = checkManagerSettings({ ...live, ...stripped(config), daemon: { ...live.daemon, ...stripped(config.daemon ?? {}) } });
  const own = (['autoStart', 'healthCheckInterval', 'autoRestart', 'maxRestartAttempts', 'verbose', 'url', 'token'] as const)
    .filter((field) => checked[field] !== live[field]);
  const inner = (Object.keys(live.daemon) as Array<keyof DaemonSettings>)
    .filter((field) => checked.daemon[field] !== live.daemon[field]);
  return [...own, ...inner.map((field) => `daemon.${field}`)];
}

/** Without the fields that are undefined: they mean "the default", not "nothing". */
function stripped<T extends object>(config: T): Partial<T> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The manager's configuration from the environment: the defaults, replaced by what is set. */
export function buildDaemonManagerConfig(): Required<Omit<DaemonManagerConfig, 'daemon' | 'url' | 'token'>> {
  const { daemon: _, url: __, token: ___, ...config } = checkManagerSettings({});
  return config;
}

/** A daemon's configuration from the environment. */
export function buildDaemonConfig(): Required<Pick<DaemonConfig, 'heartbeatInterval' | 'maxConcurrentConversations' | 'autoRespond' | 'verbose'>> {
  const { wsEndpoint: _, generateResponse: __, ...config } = daemonDefaults();
  return config;
}
