/** The table: as many rows as there are daemons, of which only the visible ones exist.
 *
 * A grid for the keyboard: arrows, Page Up and Down, Home and End move from row to row, Enter opens, S starts or stops, R restarts;
 * Tab goes through the actions of the row. The row that has the focus is kept, also where it was scrolled out of sight.
 */
import { memo, useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import { Link, navigate } from '../app/router.js';
import { Avatar, IconButton, Menu } from '../ui/index.js';
import { Since } from './clock.js';
import type { DaemonList } from './daemon_list.js';
import { count, exactly } from './figures.js';
import { Heartbeat, Status, statusWord } from './Heartbeat.js';
import type { Order, Orders } from './orders.js';
import { reveal, useWindowed } from './windowed.js';
import type { Daemon, DaemonQuery, Sort } from './wire.js';

const ROW = 57;
const ROW_COMPACT = 77;
const HEAD = 37;

interface Column {
  sort?: Sort;
  label: string;
  kind: string;
  number?: boolean;
}

const COLUMNS: readonly Column[] = [
  { sort: 'name', label: 'Orchestrator', kind: 'name' },
  { sort: 'status', label: 'Status', kind: 'status' },
  { sort: 'uptime', label: 'Uptime', kind: 'uptime' },
  { sort: 'lastHeartbeat', label: 'Heartbeat', kind: 'beat' },
  { sort: 'active', label: 'Active', kind: 'active', number: true },
  { sort: 'queued', label: 'Queue', kind: 'queue', number: true },
  { sort: 'answered', label: 'Answered', kind: 'answered', number: true },
  { sort: 'tokens', label: 'Tokens', kind: 'tokens', number: true },
  { sort: 'restartCount', label: 'Restarts', kind: 'restarts', number: true },
  { label: 'Last error', kind: 'error' },
  { label: 'Actions', kind: 'actions' },
];

interface TableProps {
  list: DaemonList;
  query: DaemonQuery;
  mayManage: boolean;
  orders: Orders;
  scroller: RefObject<HTMLElement | null>;
  /** Rows of a narrow screen. */
  compact: boolean;
  onSort(sort: Sort): void;
}

export function DaemonTable({ list, query, mayManage, orders, scroller, compact, onSort }: TableProps) {
  const body = useRef<HTMLDivElement>(null);
  const rowHeight = compact ? ROW_COMPACT : ROW;
  const total = list.total ?? 0;
  const { first, last } = useWindowed(scroller, body, total, rowHeight);
  const [active, setActive] = useState(0);
  const wantsFocus = useRef(false);
  const current = Math.min(active, Math.max(0, total - 1));

  useEffect(() => {
    if (last >= first) list.show(first, last);
  }, [list, first, last]);

  useEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    body.current?.querySelector<HTMLElement>(`[data-row="${current}"]`)?.focus({ preventScroll: true });
  }, [current]);

  const move = useCallback((to: number): void => {
    const index = Math.max(0, Math.min(total - 1, to));
    if (scroller.current && body.current) reveal(scroller.current, body.current, index, rowHeight, compact ? 0 : HEAD);
    if (index === current) return;
    wantsFocus.current = true;
    setActive(index);
  }, [current, total, scroller, rowHeight, compact]);

  const key = (event: React.KeyboardEvent<HTMLElement>): void => {
    const onRow = (event.target as HTMLElement).dataset.row !== undefined;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 2);
    const steps: { [key: string]: number } = {
      ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + page, PageUp: current - page, Home: 0, End: total - 1,
    };
    const to = steps[event.key];
    const daemon = list.row(current);
    if (to !== undefined) move(to);
    else if (onRow && daemon && event.key === 'Enter') navigate(`/daemons/${daemon.slug}`);
    else if (onRow && daemon && mayManage && event.key === 's') orders.give(daemon.health.status === 'stopped' ? 'start' : 'stop', daemon);
    else if (onRow && daemon && mayManage && event.key === 'r') orders.give('restart', daemon);
    else return;
    event.preventDefault();
  };

  const shown = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  if (total > 0 && !shown.includes(current)) shown.push(current);
  return (
    <div className="daemons" role="grid" aria-label="Daemons" aria-rowcount={total + 1} onKeyDown={key}>
      <div className="daemons__head" role="rowgroup">
        <div className="daemons__row" role="row" aria-rowindex={1}>
          {COLUMNS.map((column) => <Head key={column.kind} column={column} query={query} onSort={onSort} />)}
        </div>
      </div>
      <div className="daemons__body" role="rowgroup" ref={body} style={{ height: total * rowHeight, ['--row' as string]: `${rowHeight}px` }}>
        {shown.map((index) => (
          <Row key={index} index={index} daemon={list.row(index)} top={index * rowHeight} active={index === current} mayManage={mayManage}
            busy={orders.isBusy(list.row(index)?.orchestratorId ?? '')} give={orders.give} onFocus={setActive} />
        ))}
      </div>
    </div>
  );
}

function Head({ column: { sort, label, kind, number }, query, onSort }: { column: Column; query: DaemonQuery; onSort(sort: Sort): void }) {
  const sorted = sort && query.sort === sort ? (query.descending ? 'descending' : 'ascending') : undefined;
  return (
    <div role="columnheader" aria-sort={sorted} className={`daemons__cell daemons__cell--${kind}${number ? ' daemons__cell--number' : ''}`}>
      {sort ? <button type="button" className="daemons__sort" onClick={() => onSort(sort)}>{label}</button>
        : <span className={kind === 'actions' ? 'visually-hidden' : undefined}>{label}</span>}
    </div>
  );
}

interface RowProps {
  index: number;
  daemon: Daemon | undefined;
  top: number;
  active: boolean;
  mayManage: boolean;
  busy: boolean;
  give(order: Order, daemon: Daemon): void;
  onFocus(index: number): void;
}

const Row = memo(function Row({ index, daemon, top, active, mayManage, busy, give, onFocus }: RowProps) {
  const place = { transform: `translateY(${top}px)` };
  const common = { role: 'row', 'aria-rowindex': index + 2, 'data-row': index, tabIndex: active ? 0 : -1, style: place, onFocus: () => onFocus(index) };
  if (!daemon) {
    return (
      <div className="daemons__row" {...common} aria-busy="true">
        <div role="gridcell"><div className="skeleton" style={{ height: 14, width: `${30 + ((index * 37) % 40)}%` }} /><span className="visually-hidden">Loading</span></div>
      </div>
    );
  }
  const { health } = daemon;
  const tab = active ? 0 : -1;
  return (
    <div className="daemons__row" {...common} aria-label={`${daemon.name}, ${statusWord(health.status)}`}>
      <div className="daemons__cell daemons__cell--name" role="rowheader">
        <div className="daemons__who">
          <Avatar id={daemon.orchestratorId} name={daemon.name} orchestrator presence={daemon.presence} />
          <div className="daemons__names">
            <Link to={`/daemons/${daemon.slug}`} className="daemons__name ellipsis" tabIndex={tab}>{daemon.name}</Link>
            <span className="daemons__role ellipsis">{daemon.role}</span>
            <span className="daemons__figures ellipsis">
              {[statusWord(health.status), `${count(daemon.answered)} answered`, daemon.active > 0 && `${count(daemon.active)} active`,
                daemon.queued > 0 && `${count(daemon.queued)} waiting`].filter(Boolean).join(' · ')}
            </span>
          </div>
        </div>
      </div>
      <div className="daemons__cell daemons__cell--status" role="gridcell"><Status status={health.status} /></div>
      <div className="daemons__cell daemons__cell--uptime numbers" role="gridcell"><Since time={health.status === 'running' ? daemon.startedAt : null} /></div>
      <div className="daemons__cell daemons__cell--beat numbers" role="gridcell"><Heartbeat health={health} /></div>
      <Number kind="active" value={daemon.active} />
      <Number kind="queue" value={daemon.queued} />
      <Number kind="answered" value={daemon.answered} />
      <Number kind="tokens" value={daemon.inputTokens + daemon.outputTokens} title={`${exactly(daemon.outputTokens)} written, ${exactly(daemon.inputTokens)} read`} />
      <Number kind="restarts" value={daemon.restartCount} />
      <div className="daemons__cell daemons__cell--error" role="gridcell">
        {daemon.lastError && <div className="daemons__error ellipsis" title={daemon.lastError}>{daemon.lastError}</div>}
      </div>
      <div className="daemons__cell daemons__cell--actions" role="gridcell">
        <div className="daemons__actions">{mayManage && <Actions daemon={daemon} tab={tab} busy={busy} give={give} />}</div>
      </div>
    </div>
  );
});

function Number({ kind, value, title = exactly(value) }: { kind: string; value: number; title?: string }) {
  return (
    <div className={`daemons__cell daemons__cell--number daemons__cell--${kind}${value === 0 ? ' daemons__cell--zero' : ''}`} role="gridcell" title={title}>
      {count(value)}
    </div>
  );
}

function Actions({ daemon, tab, busy, give }: { daemon: Daemon; tab: number; busy: boolean; give(order: Order, daemon: Daemon): void }) {
  const off = daemon.health.status === 'stopped' || daemon.health.status === 'error';
  return (
    <>
      <IconButton small icon={off ? 'play' : 'stop'} label={`${off ? 'Start' : 'Stop'} ${daemon.name}`} tabIndex={tab} busy={busy}
        onClick={() => give(off ? 'start' : 'stop', daemon)} />
      <Menu label={`More for ${daemon.name}`} align="end" entries={[
        { label: 'Restart', icon: 'retry', disabled: daemon.health.status === 'stopped', onSelect: () => give('restart', daemon) },
        ...(off && daemon.health.status !== 'stopped' ? [{ label: 'Stop', icon: 'stop' as const, onSelect: () => give('stop', daemon) }] : []),
        { label: '', line: true },
        { label: 'Health and history', icon: 'pulse', onSelect: () => navigate(`/daemons/${daemon.slug}`) },
        { label: 'Edit charter', icon: 'edit', onSelect: () => navigate(`/orchestrators/${daemon.slug}`) },
      ]}>
        {(open) => <IconButton small icon="more" label={`More for ${daemon.name}`} tabIndex={tab} {...open} />}
      </Menu>
    </>
  );
}
