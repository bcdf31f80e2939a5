/** @neolith/core/react: how a daemon is, in a component. */
import { useEffect, useState } from 'react';
import { getDaemonManager } from './manager.js';
import type { DaemonHealthStatus } from './types.js';

/** What the hook tells. */
export interface OrchestratorDaemonState {
  /** null: not known (yet). */
  status: DaemonHealthStatus | null;
  isRunning: boolean;
}

const UNKNOWN: OrchestratorDaemonState = { status: null, isRunning: false };

/** The health of an orchestrator's daemon, kept up to date by the manager's events. */
export function useOrchestratorDaemon(orchestratorId?: string): OrchestratorDaemonState {
  const [state, setState] = useState(UNKNOWN);

  useEffect(() => {
    if (!orchestratorId) {
      setState(UNKNOWN);
      return undefined;
    }
    const manager = getDaemonManager();
    const show = (): void => {
      const status = manager.getDaemonStatus(orchestratorId);
      setState({ status, isRunning: status?.status === 'running' });
    };
    const changed = ({ orchestratorId: id }: { orchestratorId: string }): void => {
      if (id === orchestratorId) show();
    };
    const events = ['daemon:status-changed', 'daemon:health', 'daemon:heartbeat', 'daemon:message-processed', 'daemon:restarted'] as const;
    show();
    for (const event of events) manager.on(event, changed);
    return () => {
      for (const event of events) manager.off(event, changed);
    };
  }, [orchestratorId]);

  return state;
}
