/** All daemons: how they are, found and sorted by the server, and what they did over time. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { onNotice } from '../app/connection.js';
import { PageHead } from '../app/PageHead.js';
import { Link, navigate, useQuery, useTitle } from '../app/router.js';
import { isAdmin, useUser } from '../app/session.js';
import { useStore } from '../app/store.js';
import type { DaemonState } from '../app/wire.js';
import { Button, Empty, Icon, Notice, Spinner, StatusDot } from '../ui/index.js';
import { Charts } from './Charts.js';
import './control.css';
import { DaemonList } from './daemon_list.js';
import { DaemonTable } from './DaemonTable.js';
import { exactly } from './figures.js';
import { statusWord } from './Heartbeat.js';
import { useOrders } from './orders.js';
import { useSize } from './windowed.js';
import { SORTS, STATUSES, type Counts, type Daemon, type DaemonNotice, type DaemonQuery, type Sort } from './wire.js';

const TYPING_MS = 180;

const SORT_WORDS: { [sort in Sort]: string } = {
  name: 'name', status: 'status', uptime: 'uptime', lastHeartbeat: 'heartbeat', active: 'active conversations', queued: 'queue', answered: 'answers',
  tokens: 'tokens', restartCount: 'restarts',
};

/** Numbers are most interesting from the top. */
const fallsFirst = (sort: Sort): boolean => !['name', 'status'].includes(sort);

function queryOf(given: URLSearchParams): DaemonQuery {
  const sort = SORTS.find((each) => each === given.get('sort')) ?? 'name';
  return {
    query: given.get('q') ?? '', status: STATUSES.find((each) => each === given.get('status')) ?? null, sort,
    descending: given.has('order') ? given.get('order') === 'down' : fallsFirst(sort),
  };
}

function addressOf({ query, status, sort, descending }: DaemonQuery): string {
  const entries = Object.entries({
    q: query, status: status ?? '', sort: sort === 'name' ? '' : sort, order: descending === fallsFirst(sort) ? '' : descending ? 'down' : 'up',
  }).filter(([, value]) => value !== '');
  return `/daemons${entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`}`;
}

/** The question is the address, so that a reload or a link shows the same. */
function useQuestion(): [DaemonQuery, (change: Partial<DaemonQuery>) => void] {
  const address = useQuery().toString();
  const query = useMemo(() => queryOf(new URLSearchParams(address)), [address]);
  return [query, (change) => navigate(addressOf({ ...query, ...change }), { replace: true })];
}

function useDaemonList(query: DaemonQuery): DaemonList {
  const list = useMemo(() => new DaemonList(), []);
  useStore(list.version, (version) => version);
  useEffect(() => list.start(), [list]);
  useEffect(() => list.ask(query), [list, query]);
  useEffect(() => onNotice<DaemonNotice>('daemon.*', (params) => list.notice(params)), [list]);
  return list;
}

export default function DaemonsPage() {
  const scroller = useRef<HTMLDivElement>(null);
  const size = useSize(scroller);
  const [query, change] = useQuestion();
  const list = useDaemonList(query);
  const mayManage = isAdmin(useUser());
  const take = useCallback((daemon: Daemon) => list.take(daemon), [list]);
  const orders = useOrders(take);
  useTitle('Control room');
  const sort = (by: Sort): void => change(query.sort === by ? { descending: !query.descending } : { sort: by, descending: fallsFirst(by) });
  const everyone = list.counts ? Object.values(list.counts).reduce((sum, each) => sum + each, 0) : null;
  const nobody = everyone === 0 && list.total === 0 && !query.query && !query.status;

  return (
    <div className="page room" ref={scroller} data-size={size} data-region="control room">
      <PageHead title="Control room" lead={everyone !== null && !nobody && lead(everyone, list.counts as Counts, query.query)}>
        {mayManage && <Link to="/orchestrators/new" className="button button--primary"><Icon name="plus" size={17} /><span>New<span className="room__new"> orchestrator</span></span></Link>}
      </PageHead>
      {nobody ? <Nobody mayManage={mayManage} /> : (
        <>
          <section className="room__charts" aria-label="Over time"><Charts title="All daemons" /></section>
          <Tools list={list} query={query} change={change} />
          {list.error && <div className="room__tools"><Notice kind="warn" action={<Button small onClick={list.refresh}>Try again</Button>}>{list.error}</Notice></div>}
          {list.total === null && !list.error && <div className="empty"><Spinner label="Loading daemons" /></div>}
          {list.total === 0 && <NoneFits clear={() => change({ query: '', status: null })} />}
          {(list.total ?? 0) > 0 && <DaemonTable list={list} query={query} mayManage={mayManage} orders={orders} scroller={scroller}
            compact={size === 'small'} onSort={sort} />}
        </>
      )}
      {orders.dialog}
    </div>
  );
}

/** What is counted is what the words fit. */
function lead(everyone: number, { running, error }: Counts, words: string): string {
  const fitting = words ? ` matching “${words}”` : '';
  if (everyone === 0) return `No daemon${fitting}`;
  const who = `${everyone === 1 ? 'One daemon' : `${exactly(everyone)} daemons`}${fitting}`;
  const how = running === everyone ? (everyone === 1 ? 'running' : 'all running') : `${exactly(running)} running`;
  return `${who}, ${how}${error > 0 ? `, ${exactly(error)} in error` : ''}`;
}

function Tools({ list, query, change }: { list: DaemonList; query: DaemonQuery; change(part: Partial<DaemonQuery>): void }) {
  const counts = list.counts ?? { running: 0, error: 0, stopped: 0, initializing: 0, stopping: 0 };
  const shown = STATUSES.filter((status) => ['running', 'error', 'stopped'].includes(status) || counts[status] > 0 || query.status === status);
  const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
  return (
    <div className="room__tools" role="search" aria-label="Daemons">
      <Search value={query.query} onChange={(words) => change({ query: words })} />
      <div className="filters" role="group" aria-label="Status">
        <Filter label="All" number={all} on={query.status === null} choose={() => change({ status: null })} />
        {shown.map((status) => (
          <Filter key={status} status={status} label={statusWord(status)} number={counts[status]} on={query.status === status}
            choose={() => change({ status: query.status === status ? null : status })} />
        ))}
      </div>
      <select className="input room__sort" aria-label="Sort by" value={query.sort}
        onChange={(event) => change({ sort: event.target.value as Sort, descending: fallsFirst(event.target.value as Sort) })}>
        {SORTS.map((each) => <option key={each} value={each}>Sorted by {SORT_WORDS[each]}</option>)}
      </select>
      <span className="visually-hidden" role="status">{list.total === null ? '' : `${exactly(list.total)} shown`}</span>
    </div>
  );
}

/** Asks when one has stopped typing for a moment. */
function Search({ value, onChange }: { value: string; onChange(words: string): void }) {
  const [words, setWords] = useState(value);
  const told = useRef(value);
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => {
    if (value !== told.current) setWords(value);
    told.current = value;
  }, [value]);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (words.trim() === told.current) return;
      told.current = words.trim();
      tell.current(words.trim());
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <div className="room__search">
      <Icon name="search" size={16} />
      <input className="input" type="search" aria-label="Search by name or role" placeholder="Name or role" value={words} maxLength={200}
        onChange={(event) => setWords(event.target.value)} />
    </div>
  );
}

function Filter({ status, label, number, on, choose }: { status?: DaemonState; label: string; number: number; on: boolean; choose(): void }) {
  return (
    <button type="button" className="filter" aria-pressed={on} onClick={choose}>
      {status && <StatusDot status={status} />}
      {label}
      <span className="filter__count">{exactly(number)}</span>
    </button>
  );
}

function NoneFits({ clear }: { clear(): void }) {
  return <div><Empty icon="search" title="No daemon fits" actions={<Button onClick={clear}>Show all</Button>}>Nothing has this name or role and this status.</Empty></div>;
}

function Nobody({ mayManage }: { mayManage: boolean }) {
  return (
    <Empty icon="bot" title="Nobody works here yet"
      actions={mayManage && <Link to="/orchestrators/new" className="button button--primary"><Icon name="plus" size={17} />New orchestrator</Link>}>
      An orchestrator is a colleague that is a program: it reads your channels and answers when it is addressed. Choose a template, give it a name, and
      it is at work in under a minute.
    </Empty>
  );
}
