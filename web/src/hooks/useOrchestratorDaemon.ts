// hooks/useOrchestratorDaemon.ts
import { useEffect, useState } from 'react';
import { getDaemonManager } from '@neolith/core';
import type { DaemonHealthStatus } from '@neolith/core';

export function useOrchestratorDaemon(orchestratorId?: string) {
  const [status, setStatus] = useState<DaemonHealthStatus | null>(null);
  const [isRunning, setIsRunning] = useState(false);

  useEffect(() => {
    if (!orchestratorId) return;

    const manager = getDaemonManager();

    // Initial status
    const daemonStatus = manager.getDaemonStatus(orchestratorId);
    setStatus(daemonStatus);
    setIsRunning(manager.isDaemonRunning(orchestratorId));

    // Listen for health updates
    const handleHealth = ({ orchestratorId: id, health }: any) => {
      if (id === orchestratorId) {
        setStatus(health);
        setIsRunning(health.status === 'running');
      }
    };

    manager.on('daemon:health', handleHealth);

    return () => {
      manager.off('daemon:health', handleHealth);
    };
  }, [orchestratorId]);

  return { status, isRunning };
}
