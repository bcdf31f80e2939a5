/** What the server says, as far as the page reads it: docs/reference/websocket.md and http.md. A field that an older server does
 * not know is optional here. */

export type Presence = 'online' | 'busy' | 'away' | 'error' | 'offline';
export type DaemonState = 'stopped' | 'initializing' | 'running' | 'error' | 'stopping';

export interface WireUser {
  id: string;
  email: string;
  name: string | null;
  displayName: string | null;
  shownName: string;
  avatarUrl: string | null;
  status: 'ACTIVE' | 'INACTIVE' | 'PENDING' | 'SUSPENDED';
  isOrchestrator: boolean;
  organizationId: string | null;
  role: 'MEMBER' | 'ADMIN' | 'OWNER';
  presence: Presence;
  /** Of an orchestrator. */
  orchestratorId?: string;
  /** Of an orchestrator: its role. */
  title?: string;
}

export interface WireChannel {
  id: string;
  name: string;
  slug: string;
  topic: string | null;
  description?: string | null;
  type: 'PUBLIC' | 'PRIVATE' | 'DM' | 'HUDDLE';
  archived: boolean;
  memberCount: number;
  unread?: number;
  mentions?: number;
  lastReadId?: string | null;
  /** What is behind it is not counted in `unread`. */
  lastMessageId?: string | null;
  lastMessageAt?: string | null;
  /** Of a DM: the other one. */
  direct?: { id: string; name: string; isOrchestrator: boolean; orchestratorId?: string } | null;
}

export interface WireReaction {
  emoji: string;
  userIds: string[];
}

/** An answer to a message that is not there yet, or will not come. */
export interface WireTurn {
  turnId: number;
  orchestratorId: string;
  state: 'waiting' | 'running' | 'failed';
  error?: { code: string; message: string };
}

export interface WireMessage {
  id: string;
  channelId: string;
  authorId: string | null;
  content: string;
  type: 'TEXT' | 'FILE' | 'SYSTEM' | 'COMMAND';
  parentId: string | null;
  clientId: string | null;
  metadata: {
    orchestratorId?: string; replyToId?: string; model?: string; stopped?: boolean; usage?: { inputTokens: number; outputTokens: number };
    [key: string]: unknown;
  };
  createdAt: string;
  updatedAt: string;
  edited: boolean;
  deleted: boolean;
  replyCount?: number;
  lastReplyAt?: string;
  reactions?: WireReaction[];
  turns?: WireTurn[];
}

export interface WireMessagePage {
  messages: WireMessage[];
  next?: string;
  previous?: string;
}

export interface WireOrchestrator {
  id: string;
  userId: string;
  name: string | null;
  displayName: string | null;
  email: string;
  slug: string;
  role: string;
  discipline: string;
  model: string | null;
  loggedIn: boolean;
  organizationId: string | null;
  charter?: Record<string, unknown>;
}

export interface WireDaemonHealth {
  status: DaemonState;
  uptime: number;
  activeConversations: number;
  totalMessagesProcessed: number;
  lastHeartbeat: string | null;
  errors: string[];
}

export interface WireDaemon {
  orchestratorId: string;
  name: string;
  slug: string;
  role: string;
  health: WireDaemonHealth;
  queued: number;
  startedAt: string | null;
  restartCount: number;
  lastError: string | null;
  model: string | null;
  presence?: Presence;
  answered?: number;
  failed?: number;
  inputTokens?: number;
  outputTokens?: number;
  active?: number;
}

export interface WireError {
  code: string;
  message: string;
  field?: string;
  retryAfterMs?: number;
}
