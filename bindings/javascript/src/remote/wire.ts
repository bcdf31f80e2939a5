/** What orchd sends, as far as it is read here. */
import type { DaemonHealthStatus, DaemonStatus, IncomingMessage, OrchestratorWithUser } from '../types.js';

export interface WireHealth {
  status: DaemonStatus;
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
  health: WireHealth;
  startedAt: string | null;
  restartCount: number;
  lastError: string | null;
}

export interface WireOrchestrator {
  id: string;
  userId: string;
  name: string;
  displayName: string | null;
  email: string;
  role: string;
  discipline?: string;
  organizationId?: string;
  charter?: unknown;
}

export interface WireMessage {
  id: string;
  channelId: string;
  authorId: string;
  content: string;
  parentId?: string | null;
  clientId?: string | null;
  metadata?: Record<string, unknown> | null;
  createdAt: string;
}

export function healthOf(wire: WireHealth): DaemonHealthStatus {
  return { ...wire, lastHeartbeat: new Date(wire.lastHeartbeat ?? 0), errors: [...wire.errors] };
}

export function messageOf(wire: WireMessage): IncomingMessage {
  return {
    id: wire.id,
    content: wire.content,
    channelId: wire.channelId,
    authorId: wire.authorId,
    timestamp: new Date(wire.createdAt),
    metadata: { ...wire.metadata, ...(wire.parentId ? { threadId: wire.parentId } : {}) },
  };
}

export function orchestratorOf(wire: WireOrchestrator): OrchestratorWithUser {
  return {
    id: wire.id,
    role: wire.role,
    discipline: wire.discipline ?? null,
    userId: wire.userId,
    ...(wire.organizationId === undefined ? {} : { organizationId: wire.organizationId }),
    user: {
      id: wire.userId,
      name: wire.name,
      email: wire.email,
      displayName: wire.displayName,
      isOrchestrator: true,
      ...(wire.charter === undefined ? {} : { orchestratorConfig: { charter: wire.charter } }),
    },
  };
}
