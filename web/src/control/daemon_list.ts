/** The daemons that the table shows, out of as many as there are.
 *
 * The server filters, sorts and counts; here are only the pages around what is visible. Invariants:
 *   1. At most PAGES_MAX pages are kept; the one that was not seen for the longest time goes first.
 *   2. One request at a time for a page; an answer to an older question is dropped.
 *   3. While somebody scrolls nothing is asked; SETTLE_MS after that, what is visible is.
 * Notices of daemons change their rows at once; counters that notices do not carry come with the next refresh.
 */
import { call, connectionState, onConnected, watchDaemons, type OrchestratorError } from '../app/connection.js';
import { Store } from '../app/store.js';
import type { WireDaemonHealth } from '../app/wire.js';
import type { Counts, Daemon, DaemonNotice, DaemonPage, DaemonQuery } from './wire.js';

const PAGE = 100;
const PAGES_MAX = 12;
const SETTLE_MS = 90;
const REFRESH_MS = 5000;
const WATCHED_MAX = 200;

interface Page {
  rows: Daemon[];
  seen: number;
}

export class DaemonList {
  total: number | null = null;
  counts: Counts | null = null;
  error: string | null = null;
  /** Grows with each change. */
  readonly version = new Store(0);
  private query: DaemonQuery = { query: '', status: null, sort: 'name', descending: false };
  private readonly pages = new Map<number, Page>();
  private readonly asked = new Set<number>();
  private generation = 0;
  private clock = 0;
  private first = 0;
  private last = 0;
  private settling: ReturnType<typeof setTimeout> | null = null;
  private refreshing: ReturnType<typeof setInterval> | null = null;
  private watched = '';
  private unwatch = (): void => {};

  /** From now on it is kept up to date, until what is returned is called; read anew whenever a connection stands. */
  start(): () => void {
    this.refreshing = setInterval(() => this.refresh(), REFRESH_MS);
    const forget = onConnected(async () => {
      this.asked.clear();
      this.refresh();
    });
    return () => {
      forget();
      this.rest();
    };
  }

  /** Rows that were shown stay until the new answer is there, so that typing does not flicker. */
  ask(query: DaemonQuery): void {
    if (JSON.stringify(query) === JSON.stringify(this.query)) return;
    this.query = query;
    this.generation++;
    this.asked.clear();
    for (const index of this.pages.keys()) if (index > 0) this.pages.delete(index);
    this.first = 0;
    this.last = Math.min(this.last, PAGE - 1);
    this.fetch(0);
  }

  show(first: number, last: number): void {
    if (first === this.first && last === this.last) return;
    this.first = first;
    this.last = last;
    if (this.settling) clearTimeout(this.settling);
    this.settling = setTimeout(() => this.load(), SETTLE_MS);
  }

  row(index: number): Daemon | undefined {
    return this.pages.get(Math.floor(index / PAGE))?.rows[index % PAGE];
  }

  /** Takes what the server said of one daemon. */
  take(daemon: Daemon): void {
    for (const { rows } of this.pages.values()) {
      const at = rows.findIndex(({ orchestratorId }) => orchestratorId === daemon.orchestratorId);
      if (at >= 0) {
        rows[at] = daemon;
        this.changed();
      }
    }
  }

  notice(params: DaemonNotice): void {
    for (const { rows } of this.pages.values()) {
      const at = rows.findIndex(({ orchestratorId }) => orchestratorId === params.orchestratorId);
      const before = rows[at];
      if (before) {
        rows[at] = noticed(before, params);
        this.changed();
      }
    }
  }

  refresh = (): void => {
    if (typeof document !== 'undefined' && document.visibilityState === 'hidden') return;
    for (const index of this.visiblePages()) this.fetch(index);
  };

  private rest(): void {
    if (this.refreshing) clearInterval(this.refreshing);
    if (this.settling) clearTimeout(this.settling);
    this.refreshing = null;
    this.settling = null;
    this.generation++;
    this.asked.clear();
    this.unwatch();
    this.watched = '';
  }

  private visiblePages(): number[] {
    const from = Math.floor(this.first / PAGE);
    const to = Math.floor(Math.max(this.first, this.last) / PAGE);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }

  private load(): void {
    this.settling = null;
    for (const index of this.visiblePages()) {
      const page = this.pages.get(index);
      if (page) page.seen = ++this.clock;
      else this.fetch(index);
    }
    this.watch();
  }

  private watch(): void {
    const ids: string[] = [];
    for (let index = this.first; index <= this.last && ids.length < WATCHED_MAX; index++) {
      const row = this.row(index);
      if (row) ids.push(row.orchestratorId);
    }
    if (ids.join() === this.watched) return;
    this.watched = ids.join();
    this.unwatch();
    this.unwatch = watchDaemons(ids);
  }

  private fetch(index: number): void {
    if (this.asked.has(index) || connectionState.get().phase === 'offline') return;
    const { generation } = this;
    const { query, status, sort, descending } = this.query;
    this.asked.add(index);
    call<DaemonPage>('daemon.list', {
      limit: PAGE, offset: index * PAGE, sort, descending, ...(query ? { query } : {}), ...(status ? { status } : {}),
    }).then(
      (page) => generation === this.generation && this.arrived(index, page),
      (error: OrchestratorError) => generation === this.generation && this.failed(index, error),
    );
  }

  private arrived(index: number, { daemons, total, counts }: DaemonPage): void {
    this.asked.delete(index);
    this.total = total;
    this.counts = counts;
    this.error = null;
    this.pages.set(index, { rows: daemons, seen: ++this.clock });
    while (this.pages.size > PAGES_MAX) this.forgetOldest();
    this.changed();
    this.watch();
  }

  private forgetOldest(): void {
    const [oldest] = [...this.pages].sort(([, a], [, b]) => a.seen - b.seen);
    if (oldest) this.pages.delete(oldest[0]);
  }

  private failed(index: number, error: OrchestratorError): void {
    this.asked.delete(index);
    if (error.code === 'connection') return; // it is read when there is one
    this.error = error.message;
    this.changed();
  }

  private changed(): void {
    this.version.set((version) => version + 1);
  }
}

/** A daemon with what a notice says of it. */
export function noticed(daemon: Daemon, { health, restartCount, error }: DaemonNotice): Daemon {
  return {
    ...daemon,
    ...(health ? { health, active: health.activeConversations, startedAt: startOf(daemon, health) } : {}),
    ...(restartCount === undefined ? {} : { restartCount }),
    ...(error ? { lastError: error.message } : {}),
  };
}

function startOf(daemon: Daemon, health: WireDaemonHealth): string | null {
  if (health.status !== 'running') return null;
  return daemon.startedAt ?? new Date(Date.now() - health.uptime).toISOString();
}
