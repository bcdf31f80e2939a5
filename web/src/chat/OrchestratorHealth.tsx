/** How an orchestrator's daemon is, told by the hook of the daemon guide; and who may starts, stops or restarts it. */
import type { DaemonHealthStatus } from '@neolith/core';
import { useEffect, useMemo, useState } from 'react';
import { call, useConnection } from '../app/connection.js';
import { followDaemon } from '../app/manager.js';
import { isAdmin, useUser } from '../app/session.js';
import { Since } from '../control/clock.js';
import { count, exactly } from '../control/figures.js';
import { Heartbeat, Status, statusWord } from '../control/Heartbeat.js';
import { useOrders, type Order } from '../control/orders.js';
import type { Daemon } from '../control/wire.js';
import { useOrchestratorDaemon } from '../hooks/useOrchestratorDaemon.js';
import { Button } from '../ui/Button.js';
import { Notice } from '../ui/Notice.js';
import { Spinner } from '../ui/Spinner.js';
import { toastError } from '../ui/Toast.js';

interface Shown {
  orchestratorId: string;
  name: string;
}

/** The hook reads getDaemonManager() when it is mounted: by then the manager follows this daemon. */
export default function OrchestratorHealth({ orchestratorId, name }: Shown) {
  const [followed, setFollowed] = useState<string | null>(null);
  useEffect(() => {
    const end = followDaemon(orchestratorId);
    setFollowed(orchestratorId);
    return end;
  }, [orchestratorId]);
  return followed === orchestratorId ? <Health orchestratorId={orchestratorId} name={name} /> : <Waiting />;
}

function Waiting() {
  return <div className="person__wait"><Spinner label="Loading" /></div>;
}

function Health({ orchestratorId, name }: Shown) {
  const { status, isRunning } = useOrchestratorDaemon(orchestratorId);
  const online = useConnection(({ phase }) => phase === 'online');
  const mayManage = isAdmin(useUser());
  if (!online) return <Notice kind="warn">How {name} is cannot be told while you are offline.</Notice>;
  if (!status) return <Waiting />;
  return (
    <div className="person__health">
      <p className="person__status"><Status status={status.status} />{isRunning && <Uptime status={status} />}</p>
      <span className="visually-hidden" role="status">{statusWord(status.status)}</span>
      {status.status === 'error' && status.errors.length > 0 && <Notice kind="bad">{status.errors[status.errors.length - 1]}</Notice>}
      <dl className="figures" aria-label="Health">
        <div className="figure"><dt>Heartbeat</dt><dd><Heartbeat health={{ ...status, lastHeartbeat: timeOf(status.lastHeartbeat) }} /></dd></div>
        <div className="figure"><dt>Conversations</dt><dd>{count(status.activeConversations)}</dd></div>
        <div className="figure"><dt>Answered</dt><dd title={`${exactly(status.totalMessagesProcessed)} since the server was started`}>{count(status.totalMessagesProcessed)}</dd></div>
      </dl>
      {mayManage && <Orders orchestratorId={orchestratorId} status={status.status} />}
    </div>
  );
}

/** Where there was no heartbeat yet, the moment is that from which time is counted. */
const timeOf = (moment: Date): string | null => (moment.getTime() === 0 ? null : moment.toISOString());

function Uptime({ status }: { status: DaemonHealthStatus }) {
  const since = useMemo(() => new Date(Date.now() - status.uptime).toISOString(), [status]);
  return <span className="person__since numbers">for <Since time={since} /></span>;
}

function Orders({ orchestratorId, status }: { orchestratorId: string; status: DaemonHealthStatus['status'] }) {
  const { give, isBusy, dialog } = useOrders(() => {}); // the hook shows what came of it
  const order = (what: Order): void => {
    call<Daemon>('daemon.get', { orchestratorId }).then((daemon) => give(what, daemon), (error: unknown) => toastError(error));
  };
  const off = status === 'stopped' || status === 'error';
  const busy = isBusy(orchestratorId);
  return (
    <div className="person__orders">
      <Button small icon={off ? 'play' : 'stop'} busy={busy} onClick={() => order(off ? 'start' : 'stop')}>{off ? 'Start' : 'Stop'}</Button>
      {status !== 'stopped' && <Button small icon="retry" busy={busy} onClick={() => order('restart')}>Restart</Button>}
      {dialog}
    </div>
  );
}
