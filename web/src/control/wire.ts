/** What the server says of daemons, beyond app/wire.ts (docs/reference/websocket.md). */
import type { DaemonState, WireDaemon, WireDaemonHealth } from '../app/wire.js';

export type Daemon = Required<WireDaemon>;

export const STATUSES: readonly DaemonState[] = ['running', 'error', 'stopped', 'initializing', 'stopping'];

/** The params of every daemon.* notice. */
export interface DaemonNotice {
  orchestratorId: string;
  status: DaemonState;
  health?: WireDaemonHealth;
  messageId?: string;
  restartCount?: number;
  error?: { code: string; message: string };
}

export type Counts = { [status in DaemonState]: number };

export interface DaemonPage {
  daemons: Daemon[];
  total: number;
  counts: Counts;
}

/** What the server sorts by, as far as the table has a column for it. */
export const SORTS = ['name', 'status', 'uptime', 'lastHeartbeat', 'active', 'queued', 'answered', 'tokens', 'restartCount'] as const;
export type Sort = (typeof SORTS)[number];

export interface DaemonQuery {
  query: string;
  status: DaemonState | null;
  sort: Sort;
  descending: boolean;
}

export interface DaemonEvent {
  id: number;
  at: string;
  kind: string;
  message: string;
  /** `code` of an error, `restartCount`, `fields` that were changed, `userId` of who did it, `times`. */
  details?: { [key: string]: unknown };
}

export interface Conversation {
  channelId: string;
  channelName: string;
  parentId?: string;
  /** Answers that are being made there. */
  running: number;
  queued: number;
  answered: number;
  lastAnsweredAt?: string;
}

export interface StatisticsPoint {
  at: string;
  answered: number;
  failed: number;
  /** Absent where nothing was answered. */
  latencyMs?: { p50: number; p95: number; max: number };
  inputTokens: number;
  outputTokens: number;
}

export interface Statistics {
  stepMs: number;
  points: StatisticsPoint[];
}
