/** Start, stop, restart: what is asked first, what is said afterwards. */
import { useCallback, useState, type ReactNode } from 'react';
import { call } from '../app/connection.js';
import { ConfirmDialog, toast, toastError } from '../ui/index.js';
import type { Daemon } from './wire.js';

export type Order = 'start' | 'stop' | 'restart';

const DONE = { start: 'is running', stop: 'has stopped', restart: 'was restarted' } as const;

export interface Orders {
  /** Gives the order, after a question where it interrupts somebody. */
  give(order: Order, daemon: Daemon): void;
  isBusy(orchestratorId: string): boolean;
  /** The question, where there is one. */
  dialog: ReactNode;
}

interface Question {
  order: 'stop' | 'restart';
  daemon: Daemon;
}

const interrupts = ({ active, queued, health }: Daemon): boolean => health.status !== 'stopped' && active + queued > 0;

export function useOrders(changed: (daemon: Daemon) => void): Orders {
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const [question, setQuestion] = useState<Question | null>(null);

  const carryOut = useCallback(async (order: Order, daemon: Daemon): Promise<void> => {
    const { orchestratorId, name } = daemon;
    setBusy((before) => new Set(before).add(orchestratorId));
    try {
      changed({ ...daemon, ...await call<Partial<Daemon>>(`daemon.${order}`, { orchestratorId }) });
      toast(`${name} ${DONE[order]}`, {
        kind: 'good', ...(order === 'stop' ? { action: { label: 'Start again', run: () => void carryOut('start', daemon) } } : {}),
      });
    } catch (error) {
      toastError(error, name);
    } finally {
      setBusy((before) => new Set([...before].filter((id) => id !== orchestratorId)));
    }
  }, [changed]);

  const give = useCallback((order: Order, daemon: Daemon): void => {
    if (order !== 'start' && interrupts(daemon)) setQuestion({ order, daemon });
    else void carryOut(order, daemon);
  }, [carryOut]);

  const dialog = question && (
    <ConfirmDialog title={`${question.order === 'stop' ? 'Stop' : 'Restart'} ${question.daemon.name}?`} danger={question.order === 'stop'}
      confirm={question.order === 'stop' ? 'Stop' : 'Restart'} onClose={() => setQuestion(null)}
      onConfirm={() => {
        setQuestion(null);
        void carryOut(question.order, question.daemon);
      }}>
      <p>{atStake(question)}</p>
    </ConfirmDialog>
  );
  return { give, isBusy: (id) => busy.has(id), dialog };
}

function atStake({ order, daemon: { name, active, queued } }: Question): string {
  const parts = [
    active > 0 && (active === 1 ? 'one conversation is under way' : `${active} conversations are under way`),
    queued > 0 && (queued === 1 ? 'one message waits' : `${queued} messages wait`),
  ].filter(Boolean).join(' and ');
  const after = order === 'stop' ? `what waits is answered after the next start` : `what waits is answered when ${name} is back`;
  return `${parts.replace(/^./, (first) => first.toUpperCase())}. Answers under way get up to ten seconds to finish; ${after}.`;
}
