/** A daemon's page: how it is, what it did, what happened to it, where it talks. */
import { useCallback, useRef } from 'react';
import { Link, navigate, useTitle } from '../app/router.js';
import { isAdmin, useUser } from '../app/session.js';
import { Avatar, Button, Empty, Icon, IconButton, Notice, Spinner } from '../ui/index.js';
import { Charts } from './Charts.js';
import { Since } from './clock.js';
import './control.css';
import { Conversations } from './Conversations.js';
import { useDaemon } from './daemon_view.js';
import { EventLog } from './EventLog.js';
import { count, exactly } from './figures.js';
import { Heartbeat, Status } from './Heartbeat.js';
import { useOrders, type Orders } from './orders.js';
import { useSize } from './windowed.js';
import type { Daemon } from './wire.js';

export default function DaemonPage({ slug }: { slug: string }) {
  const { daemon, error, set, events, more, readOlder, conversations, hidden } = useDaemon(slug);
  const take = useCallback((changed: Daemon) => set(changed), [set]);
  const orders = useOrders(take);
  useTitle(daemon?.name ?? 'Daemon');
  const room = useRef<HTMLDivElement>(null);
  const size = useSize(room);
  return (
    <div className="page room" ref={room} data-size={size} data-region="daemon">
      {daemon ? (
        <div className="daemon">
          <Head daemon={daemon} orders={orders} />
          {daemon.health.status === 'error' && daemon.lastError && <Notice kind="bad">{daemon.lastError}</Notice>}
          <Figures daemon={daemon} />
          <Charts title="Over time" orchestratorId={daemon.orchestratorId} />
          <div className="daemon__columns">
            <EventLog events={events} more={more} readOlder={readOlder} />
            <Conversations conversations={conversations} hidden={hidden} />
          </div>
        </div>
      ) : <Missing missing={error !== null} words={error?.code === 'not_found' ? 'It may have been renamed or removed.' : error?.message ?? ''} />}
      {orders.dialog}
    </div>
  );
}

function Missing({ missing, words }: { missing: boolean; words: string }) {
  if (!missing) return <div className="loading"><Spinner label="Loading the daemon" /></div>;
  return <Empty icon="bot" title="This daemon is not here" actions={<Button onClick={() => navigate('/daemons')}>To the control room</Button>}>{words}</Empty>;
}

function Head({ daemon, orders }: { daemon: Daemon; orders: Orders }) {
  const mayManage = isAdmin(useUser());
  const busy = orders.isBusy(daemon.orchestratorId);
  const { status } = daemon.health;
  return (
    <header className="daemon__head">
      <IconButton icon="back" label="Back to the control room" onClick={() => navigate('/daemons')} />
      <Avatar id={daemon.orchestratorId} name={daemon.name} orchestrator size="large" presence={daemon.presence} />
      <div className="daemon__titles">
        <h1 className="daemon__name">{daemon.name}</h1>
        <div className="daemon__role">
          <span>{daemon.role}</span>
          <Status status={status} />
          <span className="ellipsis">{daemon.model ?? 'no language model'}</span>
        </div>
      </div>
      {mayManage && (
        <div className="daemon__actions">
          {status === 'stopped' || status === 'error'
            ? <Button kind="primary" icon="play" busy={busy} onClick={() => orders.give('start', daemon)}>Start</Button>
            : <Button icon="stop" busy={busy} onClick={() => orders.give('stop', daemon)}>Stop</Button>}
          {status !== 'stopped' && <Button icon="retry" busy={busy} onClick={() => orders.give('restart', daemon)}>Restart</Button>}
          <Link to={`/orchestrators/${daemon.slug}`} className="button"><Icon name="edit" size={17} />Charter</Link>
        </div>
      )}
    </header>
  );
}

function Figures({ daemon }: { daemon: Daemon }) {
  const { health } = daemon;
  return (
    <dl className="figures" aria-label="Health">
      <div className="figure"><dt>Uptime</dt><dd><Since time={health.status === 'running' ? daemon.startedAt : null} /></dd></div>
      <div className="figure"><dt>Heartbeat</dt><dd><Heartbeat health={health} /></dd></div>
      <Figure label="Active" value={daemon.active} />
      <Figure label="Waiting" value={daemon.queued} />
      <Figure label="Answered" value={daemon.answered} />
      <Figure label="Failed" value={daemon.failed} />
      <Figure label="Tokens in" value={daemon.inputTokens} />
      <Figure label="Tokens out" value={daemon.outputTokens} />
      <Figure label="Restarts" value={daemon.restartCount} />
    </dl>
  );
}

function Figure({ label, value }: { label: string; value: number }) {
  return <div className="figure"><dt>{label}</dt><dd title={exactly(value)}>{count(value)}</dd></div>;
}
