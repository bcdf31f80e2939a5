/** The types of the module, as a Neolith app has them. Only `id`, `role` and `user.{id,name,email,isOrchestrator}` of an
 * orchestrator may be counted on; every other field can be absent. */

/** The lifecycle of a daemon: stopped → initializing → running → stopping → stopped; any step may end in error. */
export type DaemonStatus = 'stopped' | 'initializing' | 'running' | 'error' | 'stopping';

/** What a daemon may be asked to do beside answering. */
export type ActionType = 'send_message' | 'react' | 'update_status' | 'join_channel' | 'leave_channel';

/** A rule of a charter: words, or `/a regular expression/flags`, and the reply. The first that matches answers. */
export interface CharterRule {
  match: string;
  reply: string;
  actions?: OrchestratorAction[];
}

/** Minutes of a day as `HH:MM`; an end may be `24:00`, and one before its start runs past midnight. */
export interface WorkDay {
  start: string;
  end: string;
}

/** How an orchestrator thinks, speaks and works. Every field is optional; all of it shapes the reply or the daemon. */
export interface OrchestratorCharter {
  systemPrompt?: string;
  personality?: {
    tone?: string;
    decisionStyle?: string;
    background?: string;
    traits?: string[];
    interactionStyle?: string;
  };
  expertise?: string[];
  communication?: {
    responseLength?: 'concise' | 'moderate' | 'detailed';
    technicalLevel?: 'basic' | 'intermediate' | 'advanced' | 'expert';
    formality?: 'casual' | 'professional' | 'formal';
    languages?: string[];
    preferredChannels?: string[];
  };
  operational?: {
    workHours?: {
      /** An IANA name like `Europe/Berlin`; default UTC. */
      timezone?: string;
      /** `0` is Sunday; a day that is null or absent is closed. */
      schedule?: { [day: string]: WorkDay | null };
      always24x7?: boolean;
    };
    /** Default 30. */
    targetResponseTimeSeconds?: number;
    /** Default 10; goes before the daemon's own setting. */
    maxConcurrentConversations?: number;
    /** What is said outside the work hours, once a conversation and hour. */
    offlineMessage?: string;
    escalation?: {
      enabled?: boolean;
      escalateTo?: string[];
      triggers?: string[];
    };
  };
  rules?: CharterRule[];
}

/** The user that an orchestrator is. */
export interface OrchestratorUser {
  id: string;
  email: string;
  name: string | null;
  isOrchestrator: boolean;
  displayName?: string | null;
  avatarUrl?: string | null;
  bio?: string | null;
  status?: string;
  /** JSON: an object with the charter at `charter`. */
  orchestratorConfig?: unknown;
  preferences?: unknown;
  createdAt?: Date | string;
  updatedAt?: Date | string;
  lastActiveAt?: Date | string | null;
}

/** An orchestrator together with its user, as the database has them. */
export interface OrchestratorWithUser {
  id: string;
  role: string;
  user: OrchestratorUser;
  discipline?: string | null;
  /** JSON: an array of names, or an object whose true members count. */
  capabilities?: unknown;
  daemonEndpoint?: string | null;
  status?: string;
  userId?: string;
  organizationId?: string;
  workspaceId?: string | null;
  disciplineId?: string | null;
  organization?: { name?: string | null } | null;
  createdAt?: Date | string;
  updatedAt?: Date | string;
}

/** A message of a channel. */
export interface IncomingMessage {
  id: string;
  content: string;
  channelId: string;
  authorId: string;
  timestamp: Date;
  /** Read from it: `mentions` (ids of orchestrators or users), `threadId`, `replyToAuthorId`, `direct`, `authorName`,
   * `channelName` and `hops` (copied from the metadata of an orchestrator's message). */
  metadata?: Record<string, unknown>;
}

/** What a daemon says: to be posted to the channel. */
export interface OutgoingMessage {
  content: string;
  channelId: string;
  replyToId?: string;
  metadata?: Record<string, unknown>;
}

/** An action for the app to carry out. */
export interface OrchestratorAction {
  type: string;
  payload?: Record<string, unknown>;
}

/** How a daemon is. */
export interface DaemonHealthStatus {
  status: DaemonStatus;
  /** Milliseconds since the start; 0 when it does not run. */
  uptime: number;
  activeConversations: number;
  /** Messages answered. */
  totalMessagesProcessed: number;
  /** When the heartbeat really ran; the epoch before the first one. */
  lastHeartbeat: Date;
  /** The newest 20, the newest last. */
  errors: string[];
}

/** How a daemon of a manager is. */
export interface ManagedDaemonStatus extends DaemonHealthStatus {
  orchestratorId: string;
  orchestrator: OrchestratorWithUser;
  health: DaemonHealthStatus;
  /** null when it does not run. */
  startedAt: Date | null;
  /** Restarts in a row. */
  restartCount: number;
  lastError: string | null;
}

/** One message of a conversation, as a model is told of it. */
export interface ConversationMessage {
  author: string;
  content: string;
  /** The orchestrator itself said it. */
  own: boolean;
}

/** What `generateResponse` may use beside the message. */
export interface ResponseContext {
  orchestrator: OrchestratorWithUser;
  charter: OrchestratorCharter;
  /** The charter, worded for a language model. */
  systemPrompt: string;
  /** The recent messages of the conversation, oldest first; the last one is the question. */
  messages: ConversationMessage[];
  /** Aborted when nobody waits for the reply any more: it took longer than 10 minutes, or the daemon was stopped and 10 s passed. */
  signal: AbortSignal;
}

/** Replaces the built-in models. What it throws ends the message as a failure, and so does a reply without text. What takes longer than
 * 10 minutes fails with the code `deadline`, and its daemon is in error: a manager starts it again, one without a manager stays so. */
export type GenerateResponse = (
  message: IncomingMessage,
  context: ResponseContext,
) => OutgoingMessage | string | Promise<OutgoingMessage | string>;

/** How a daemon works; `undefined` means the default. */
export interface DaemonConfig {
  /** Default: the orchestrator's own id. */
  orchestratorId?: string;
  orchestrator: OrchestratorWithUser;
  /** Kept for the app; daemons of this process need no endpoint. */
  wsEndpoint?: string | undefined;
  /** Milliseconds, 100 … 86400000; default 30000. */
  heartbeatInterval?: number | undefined;
  /** 1 … 100000; default 10. */
  maxConcurrentConversations?: number | undefined;
  /** Default true; false: messages are processed, never answered. */
  autoRespond?: boolean | undefined;
  /** Default false; true: tells its life on the console, never the text of messages. */
  verbose?: boolean | undefined;
  generateResponse?: GenerateResponse | undefined;
}

/** What a manager hands to each daemon that it starts. */
export type DaemonDefaults = Omit<DaemonConfig, 'orchestratorId' | 'orchestrator'>;

/** How the manager works; `undefined` means the default. */
export interface DaemonManagerConfig {
  /** A login starts the daemon; default true. */
  autoStart?: boolean | undefined;
  /** Milliseconds, 100 … 86400000; default 60000. */
  healthCheckInterval?: number | undefined;
  /** Default true. */
  autoRestart?: boolean | undefined;
  /** In a row, 0 … 1000; default 3. */
  maxRestartAttempts?: number | undefined;
  /** Default false. */
  verbose?: boolean | undefined;
  /** For each daemon that it starts. */
  daemon?: DaemonDefaults | undefined;
  /** Where an orchd serves: its daemons are mirrored instead of running in this process. In a browser the default is the page's
   * own origin (or NEXT_PUBLIC_ORCHD_URL); null keeps the daemons in the page. */
  url?: string | null | undefined;
  /** A bearer token for the orchd at `url`, from a server; without `url` it is refused. A page needs none: its cookie says who asks. */
  token?: string | undefined;
}

/** What a message ended with, for `message:error`. */
export interface MessageFailure {
  message: IncomingMessage;
  error: Error;
}

/** The events of a daemon and what their listeners get. */
export interface DaemonEvents {
  started: [health: DaemonHealthStatus];
  stopped: [];
  error: [error: Error];
  'message:processed': [message: IncomingMessage];
  'message:send': [message: OutgoingMessage];
  'message:error': [failure: MessageFailure];
  'action:execute': [action: OrchestratorAction];
  'status:changed': [status: DaemonStatus];
  heartbeat: [health: DaemonHealthStatus];
}

/** Whose event it is. */
export interface ManagerEventSource {
  orchestratorId: string;
  orchestrator: OrchestratorWithUser;
}

/** The events of the manager and what their listeners get. */
export interface ManagerEvents {
  'daemon:started': [event: ManagerEventSource];
  'daemon:stopped': [event: ManagerEventSource];
  'daemon:error': [event: ManagerEventSource & { error: Error }];
  'daemon:restarted': [event: ManagerEventSource & { restartCount: number }];
  'daemon:health': [event: ManagerEventSource & { health: DaemonHealthStatus }];
  'daemon:message-processed': [event: ManagerEventSource & { message: IncomingMessage }];
  'daemon:message-send': [event: ManagerEventSource & { message: OutgoingMessage }];
  'daemon:message-error': [event: ManagerEventSource & MessageFailure];
  'daemon:action': [event: ManagerEventSource & { action: OrchestratorAction }];
  'daemon:status-changed': [event: ManagerEventSource & { status: DaemonStatus }];
  'daemon:heartbeat': [event: ManagerEventSource & { health: DaemonHealthStatus }];
  'daemon:start-error': [event: ManagerEventSource & { error: Error }];
  'daemon:stop-error': [event: ManagerEventSource & { error: Error }];
  'daemon:restart-error': [event: ManagerEventSource & { error: Error }];
  'daemon:health-error': [event: ManagerEventSource & { error: Error }];
  'auto-start-error': [event: ManagerEventSource & { userId: string; error: Error }];
}
