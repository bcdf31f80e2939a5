/** The messages of a channel or a thread, as far as they were read: a piece of history without holes, grown at both ends.
 *
 *     empty ──▶ loading ──▶ ready | failed          ready: `older`, `newer` are where there is more at either end, or null
 *
 *  1. `messages` is in the order of ids, which is that of time; each id is there once.
 *  2. While `newer` is not null the end of the channel is elsewhere: what is written now is not added.
 */
import { call, type OrchestratorError } from '../app/connection.js';
import { currentUser } from '../app/session.js';
import { Store } from '../app/store.js';
import type { WireMessage, WireMessagePage } from '../app/wire.js';
import { keepTimeline, keptTimeline } from '../offline/cache.js';
import { lookUpAll } from './people.js';
import { seeTurns } from './turns.js';

const PAGE = 50;

export interface TimelineState {
  phase: 'empty' | 'loading' | 'ready' | 'failed';
  messages: readonly WireMessage[];
  older: string | null;
  newer: string | null;
  /** Of the last visit, while the server is asked (or cannot be). */
  kept: boolean;
  error: string;
}

const EMPTY: TimelineState = { phase: 'empty', messages: [], older: null, newer: null, kept: false, error: '' };

interface PageQuery {
  before?: string | null;
  after?: string | null;
  around?: string;
}

function merged(a: readonly WireMessage[], b: readonly WireMessage[]): WireMessage[] {
  const byId = new Map(a.map((message) => [message.id, message]));
  for (const message of b) byId.set(message.id, message);
  return [...byId.values()].sort((x, y) => (x.id < y.id ? -1 : 1));
}

/** `again`: the message is of a page that may have been read after the change. */
type Change = (message: WireMessage, again: boolean) => WireMessage;

/** A page that has this as its newest message is the end of the conversation. */
function reachesEnd({ before, after, around }: PageQuery, page: WireMessagePage): boolean {
  if (before) return false;
  return after || around ? page.next === undefined : true;
}

export class Timeline {
  readonly store = new Store<TimelineState>(EMPTY);
  private busy: { older: boolean; newer: boolean } = { older: false, newer: false };
  /** What is asked for anew makes older answers void. */
  private round = 0;
  private asking = 0;
  /** What notices told while pages were asked for: the server may have read those before. */
  private told: { message?: WireMessage; id: string; change?: Change }[] = [];

  constructor(
    readonly channelId: string,
    readonly parentId: string | null,
  ) {}

  private async ask(query: PageQuery): Promise<WireMessagePage> {
    const kind = this.parentId ? { parentId: this.parentId } : { roots: true };
    const known = this.told.length;
    this.asking++;
    try {
      const page = await call<WireMessagePage>('channel.history', { channelId: this.channelId, ...kind, limit: PAGE, ...query });
      await lookUpAll(page.messages); // so that names are there with the messages
      return { ...page, messages: this.upToDate(page.messages, reachesEnd(query, page), known) };
    } finally {
      if (--this.asking === 0) this.told = [];
    }
  }

  private upToDate(messages: WireMessage[], atEnd: boolean, known: number): WireMessage[] {
    const byId = new Map(messages.map((message) => [message.id, message]));
    for (const { id, message, change } of this.told.slice(known)) {
      const there = byId.get(id);
      if (there && change) byId.set(id, change(there, true));
      else if (!there && message && atEnd) byId.set(id, message);
    }
    return merged([...byId.values()], []);
  }

  /** Reads the newest page, unless that is there. */
  async open(): Promise<void> {
    const { phase, kept } = this.store.get();
    if (phase === 'loading' || (phase === 'ready' && !kept)) return;
    await this.load();
  }

  /** Reads the newest page anew. */
  async load(): Promise<void> {
    const round = ++this.round;
    const user = currentUser();
    if (this.store.get().messages.length === 0) {
      this.store.set((state) => ({ ...state, phase: 'loading' }));
      if (user && !this.parentId) await this.showKept(user.id, round);
    }
    try {
      const page = await this.ask({});
      if (round !== this.round) return;
      this.store.set((state) => ({
        phase: 'ready', kept: false, error: '', newer: null, older: page.next ?? null,
        messages: this.joined(state.kept ? [] : state.messages, page),
      }));
      seeTurns(page.messages);
      this.keep();
    } catch (thrown) {
      this.failed(thrown as OrchestratorError, round);
    }
  }

  /** What was there stays where the new page reaches it; otherwise there would be a hole. */
  private joined(old: readonly WireMessage[], page: WireMessagePage): WireMessage[] {
    const first = page.messages[0];
    const last = old[old.length - 1];
    if (!first || !last || page.next === undefined) return [...page.messages];
    return last.id >= first.id && this.store.get().newer === null ? merged(old.filter((each) => each.id < first.id), page.messages) : [...page.messages];
  }

  private async showKept(userId: string, round: number): Promise<void> {
    const messages = await keptTimeline(userId, this.channelId);
    if (round !== this.round || messages.length === 0) return;
    this.store.set((state) => (state.messages.length > 0 ? state : { ...state, phase: 'ready', messages, kept: true, older: null, newer: null }));
  }

  private failed(error: OrchestratorError, round: number): void {
    if (round !== this.round) return;
    this.store.set((state) => (state.messages.length > 0 ? { ...state, phase: 'ready' } : { ...EMPTY, phase: 'failed', error: error.message }));
  }

  /** The neighbours of a message, wherever it is. False: it is not here. */
  async loadAround(messageId: string): Promise<boolean> {
    if (this.store.get().messages.some((each) => each.id === messageId)) return true;
    const round = ++this.round;
    try {
      const page = await this.ask({ around: messageId });
      if (round !== this.round) return false;
      this.store.set({
        phase: 'ready', kept: false, error: '', messages: page.messages, older: page.previous ?? null, newer: page.next ?? null,
      });
      return page.messages.some((each) => each.id === messageId);
    } catch (thrown) {
      this.failed(thrown as OrchestratorError, round);
      return false;
    }
  }

  loadOlder(): Promise<void> {
    return this.extend('older', 'before');
  }

  loadNewer(): Promise<void> {
    return this.extend('newer', 'after');
  }

  private async extend(end: 'older' | 'newer', parameter: 'before' | 'after'): Promise<void> {
    const before = this.store.get();
    if (before[end] === null || before.phase !== 'ready' || this.busy[end]) return;
    const round = this.round;
    this.busy[end] = true;
    try {
      const page = await this.ask({ [parameter]: before[end] });
      if (round !== this.round) return;
      this.store.set((state) => ({ ...state, messages: merged(state.messages, page.messages), [end]: page.next ?? null }));
      seeTurns(page.messages);
    } catch {
      // Asked again by the next scroll.
    } finally {
      this.busy[end] = false;
    }
  }

  /** A message that was written now. */
  add(message: WireMessage): void {
    if (this.asking > 0) this.told.push({ id: message.id, message });
    this.store.set((state) => {
      if (state.phase === 'empty' || state.newer) return state;
      return { ...state, messages: merged(state.messages, [message]) };
    });
    this.keep();
  }

  change(messageId: string, change: Change): void {
    if (this.asking > 0) this.told.push({ id: messageId, change });
    this.store.set((state) => {
      if (!state.messages.some((each) => each.id === messageId)) return state;
      return { ...state, messages: state.messages.map((each) => (each.id === messageId ? change(each, false) : each)) };
    });
    this.keep();
  }

  find(messageId: string): WireMessage | undefined {
    return this.store.get().messages.find((each) => each.id === messageId);
  }

  private keep(): void {
    const user = currentUser();
    if (user && !this.parentId && !this.store.get().newer) keepTimeline(user.id, this.channelId, () => this.store.get().messages);
  }
}

/* ---- those that were opened ---- */

const THREADS_MAX = 20;
const timelines = new Map<string, Timeline>();

function key(channelId: string, parentId: string | null): string {
  return parentId ? `${channelId} ${parentId}` : channelId;
}

export function timelineOf(channelId: string, parentId: string | null = null): Timeline {
  let timeline = timelines.get(key(channelId, parentId));
  if (!timeline) {
    timeline = new Timeline(channelId, parentId);
    timelines.set(key(channelId, parentId), timeline);
    const threads = [...timelines].filter(([, each]) => each.parentId);
    for (const [old] of threads.slice(0, Math.max(0, threads.length - THREADS_MAX))) timelines.delete(old);
  }
  return timeline;
}

/** undefined: nobody opened it. */
export function openedTimeline(channelId: string, parentId: string | null): Timeline | undefined {
  return timelines.get(key(channelId, parentId));
}

/** All that show this message: its channel, and its thread or the one that it begins. */
export function timelinesOf(message: { id: string; channelId: string; parentId: string | null }): Timeline[] {
  return [openedTimeline(message.channelId, null), openedTimeline(message.channelId, message.parentId), openedTimeline(message.channelId, message.id)]
    .filter((each, index, all): each is Timeline => each !== undefined && all.indexOf(each) === index);
}

export function allTimelines(): Iterable<Timeline> {
  return timelines.values();
}

/** After the connection was away. Messages were told, or with `fresh` were not; answers under way are known from the history alone. */
export function refreshTimelines(fresh: boolean): void {
  for (const [name, timeline] of timelines) {
    if (timeline.store.watched) {
      if (timeline.store.get().newer === null) void timeline.load(); // who reads the past stays there
    } else if (fresh) timelines.delete(name);
  }
}

export function forgetTimelines(): void {
  timelines.clear();
}
