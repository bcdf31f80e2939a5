/** In the page's build this stands in place of the module's environment.ts: a page has no environment, so every variable has its
 * default, and the WebAssembly core that parses them stays out. */

export const VARIABLE = {
  ORCHESTRATOR_MODE: 0, AUTO_START: 1, HEARTBEAT_INTERVAL: 2, HEALTH_CHECK_INTERVAL: 3, AUTO_RESTART: 4,
  MAX_RESTART_ATTEMPTS: 5, VERBOSE: 6, MAX_CONCURRENT_CONVERSATIONS: 7,
} as const;

export function read(): undefined {
  return undefined;
}

export function readEnvironment(): number[] {
  return [0, 1, 30_000, 60_000, 1, 3, 0, 10];
}
