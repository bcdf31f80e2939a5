/** Channels: which there are, who is writing there, what is unread. */
import { call, onConnected, onNotice, request } from '../app/connection.js';
import { navigate } from '../app/router.js';
import { currentUser, onFarewell, session } from '../app/session.js';
import { Store, useStore } from '../app/store.js';
import type { WireChannel, WireMessage } from '../app/wire.js';
import { keepChannels, keptChannels, startKeeping, stopKeeping } from '../offline/cache.js';
import { clear } from '../offline/database.js';
import { forgetDrafts } from './drafts.js';

export interface ChannelsState {
  list: readonly WireChannel[];
  /** The server has told them; before, they are those of the last visit. */
  loaded: boolean;
}

export const channels = new Store<ChannelsState>({ list: [], loaded: false });

/* ---- looking up ---- */

export function channelBySlug(slug: string): WireChannel | undefined {
  return channels.get().list.find((each) => each.slug === slug || each.id === slug);
}

export function useChannel(slug: string | undefined): WireChannel | undefined {
  return useStore(channels, ({ list }) => (slug === undefined ? undefined : list.find((each) => each.slug === slug || each.id === slug)));
}

/** What a channel is called: a direct message by the other one. */
export function titleOf(channel: WireChannel): string {
  if (channel.type !== 'DM') return channel.name;
  return channel.direct?.name ?? channel.name;
}

export function pathOf(channel: WireChannel): string {
  return `/c/${encodeURIComponent(channel.slug)}`;
}

/** As the sidebar shows them: channels by name, direct messages by their last message. */
export function inOrder(list: readonly WireChannel[]): { rooms: WireChannel[]; direct: WireChannel[] } {
  const open = list.filter((each) => !each.archived);
  return {
    rooms: open.filter((each) => each.type !== 'DM').sort((a, b) => a.name.localeCompare(b.name)),
    direct: open.filter((each) => each.type === 'DM').sort((a, b) => (b.lastMessageAt ?? '').localeCompare(a.lastMessageAt ?? '') || titleOf(a).localeCompare(titleOf(b))),
  };
}

/** The channel above or below the one that is open; `unread`: the next with something new. */
export function goToNeighbour(by: 1 | -1, unread: boolean): void {
  const { rooms, direct } = inOrder(channels.get().list);
  const all = [...rooms, ...direct];
  const open = all.findIndex((each) => location.pathname.startsWith(pathOf(each)));
  for (let step = 1; step <= all.length; step++) {
    const next = all[(Math.max(open, by > 0 ? open : 0) + by * step + all.length * 2) % all.length] as WireChannel;
    if (unread && !next.unread) continue;
    navigate(pathOf(next));
    return;
  }
}

/* ---- changing ---- */

export function changeChannel(id: string, fields: Partial<WireChannel> | ((channel: WireChannel) => Partial<WireChannel>)): void {
  channels.set((state) => ({
    ...state,
    list: state.list.map((each) => (each.id === id ? { ...each, ...(typeof fields === 'function' ? fields(each) : fields) } : each)),
  }));
  keepList();
}

function keepList(): void {
  const user = currentUser();
  if (user) keepChannels(user.id, () => channels.get().list);
}

/** A channel that one is in now. */
export function addChannel(channel: WireChannel): void {
  channels.set((state) => {
    const known = state.list.some((each) => each.id === channel.id);
    return { ...state, list: known ? state.list.map((each) => (each.id === channel.id ? { ...each, ...channel } : each)) : [...state.list, channel] };
  });
  keepList();
}

export async function createChannel(input: { name: string; topic?: string; type: 'PUBLIC' | 'PRIVATE'; members?: string[] }): Promise<WireChannel> {
  const { channel } = await request<{ channel: WireChannel }>('POST', '/api/channels', input);
  addChannel(channel);
  return channel;
}

export async function openDirect(userId: string): Promise<WireChannel> {
  const known = channels.get().list.find((each) => each.type === 'DM' && each.direct?.id === userId);
  if (known) return known;
  const { channel } = await request<{ channel: WireChannel }>('POST', '/api/channels/direct', { userId });
  await loadChannels();
  return channels.get().list.find((each) => each.id === channel.id) ?? channel;
}

export async function leaveChannel(channel: WireChannel): Promise<void> {
  await call('channel.leave', { channelId: channel.id });
  channels.set((state) => ({ ...state, list: state.list.filter((each) => each.id !== channel.id) }));
  keepList();
}

export async function joinChannel(channelId: string): Promise<WireChannel> {
  await call('channel.join', { channelId });
  await loadChannels();
  return channels.get().list.find((each) => each.id === channelId) as WireChannel;
}

/* ---- reading ---- */

/** The newest message that was told of, by channel; replies in threads count. */
const newest = new Map<string, string>();

export function noteMessage({ channelId, id }: WireMessage): void {
  if (id > (newest.get(channelId) ?? '')) newest.set(channelId, id);
}

/** Everything up to this message, and replies in threads that were told of, was seen. */
export function markRead(channelId: string, messageId: string): void {
  const channel = channels.get().list.find((each) => each.id === channelId);
  const known = newest.get(channelId) ?? '';
  const upTo = known > messageId ? known : messageId;
  if (!channel || (channel.lastReadId && channel.lastReadId >= upTo && !channel.unread)) return;
  uncounted.delete(channelId);
  changeChannel(channelId, { lastReadId: upTo, unread: 0, mentions: 0 });
  void tellRead(channelId, upTo).catch(() => {}); // told again with the next message
}

async function tellRead(channelId: string, messageId: string): Promise<void> {
  const { unread } = await call<{ unread: number }>('channel.read', { channelId, messageId });
  if (unread === 0) return;
  // What is still unread are replies in threads, of which only their number is seen.
  const { messages: [last] } = await call<{ messages: WireMessage[] }>('channel.history', { channelId, limit: 1 });
  if (!last) return;
  noteMessage(last);
  await call('channel.read', { channelId, messageId: last.id });
}

/** By channel, what was told and that nobody looks at: a count that the server made before does not have it. */
const uncounted = new Map<string, { id: string; addressed: boolean }[]>();
const UNCOUNTED_MAX = 100;

type Counts = Pick<WireChannel, 'unread' | 'mentions' | 'lastReadId' | 'lastMessageId'>;

/** What the server counted, and what was told and read since; `readHere`: up to which message. */
function countsNow(id: string, told: Counts, readHere: string): Counts {
  const { lastMessageId, lastReadId } = told;
  if (lastMessageId === undefined) return told;
  const allRead = readHere > (lastReadId ?? '') && readHere >= (lastMessageId ?? '');
  const { unread = 0, mentions = 0 } = allRead ? {} : told;
  const more = (uncounted.get(id) ?? []).filter((each) => each.id > (lastMessageId ?? ''));
  if (more.length > 0) uncounted.set(id, more);
  else uncounted.delete(id);
  return {
    lastMessageId, lastReadId: allRead ? readHere : lastReadId ?? null,
    unread: unread + more.length, mentions: mentions + more.filter(({ addressed }) => addressed).length,
  };
}

/** A message of somebody else that nobody looks at. */
export function countUnread({ id, channelId }: WireMessage, addressed: boolean): void {
  if (id <= (channels.get().list.find((each) => each.id === channelId)?.lastMessageId ?? '')) return; // the server counted it
  uncounted.set(channelId, [...(uncounted.get(channelId) ?? []), { id, addressed }].slice(-UNCOUNTED_MAX));
  changeChannel(channelId, ({ unread = 0, mentions = 0 }) => ({ unread: unread + 1, mentions: mentions + (addressed ? 1 : 0) }));
}

/* ---- loading ---- */

export async function loadChannels(): Promise<void> {
  const { channels: list } = await call<{ channels: WireChannel[] }>('channel.list');
  const read = new Map(channels.get().list.map((each) => [each.id, each.lastReadId ?? '']));
  channels.set({ list: list.map((each) => ({ ...each, ...countsNow(each.id, each, read.get(each.id) ?? '') })), loaded: true });
  keepList();
}

async function showKept(userId: string): Promise<void> {
  const list = await keptChannels(userId);
  if (channels.get().list.length === 0 && list.length > 0) channels.set((state) => (state.loaded ? state : { list, loaded: false }));
}

/* ---- who is writing ---- */

const TYPING_SHOWN_MS = 6000;
const TYPING_TOLD_EVERY_MS = 3000;

/** By channel and thread: until when who is said to be writing. */
export const typing = new Store<ReadonlyMap<string, ReadonlyMap<string, number>>>(new Map());

export function placeKey(channelId: string, parentId: string | null): string {
  return parentId ? `${channelId} ${parentId}` : channelId;
}

function setTyping(key: string, userId: string, until: number): void {
  typing.set((map) => {
    const here = new Map(map.get(key));
    if (until) here.set(userId, until);
    else if (!here.delete(userId)) return map;
    return new Map(map).set(key, here);
  });
}

function takeTyping({ channelId, parentId, userId }: { channelId: string; parentId?: string; userId: string }): void {
  if (userId === currentUser()?.id) return;
  const key = placeKey(channelId, parentId ?? null);
  setTyping(key, userId, Date.now() + TYPING_SHOWN_MS);
  setTimeout(() => {
    if ((typing.get().get(key)?.get(userId) ?? 0) <= Date.now()) setTyping(key, userId, 0);
  }, TYPING_SHOWN_MS + 50);
}

/** Who wrote is not writing any more. */
export function stoppedTyping(channelId: string, parentId: string | null, userId: string | null): void {
  if (userId) setTyping(placeKey(channelId, parentId), userId, 0);
}

let toldAt = 0;

/** What was written is sent: what is begun next is told at once. */
export function sentTyping(): void {
  toldAt = 0;
}

export function tellTyping(channelId: string, parentId: string | null): void {
  if (Date.now() - toldAt < TYPING_TOLD_EVERY_MS) return;
  toldAt = Date.now();
  call('typing', { channelId, ...(parentId ? { parentId } : {}) }).catch(() => {}); // nobody misses it
}

/* ---- start ---- */

export function startWorkspace(): void {
  let shownFor = '';
  session.watch(() => {
    const user = currentUser();
    if (user && user.id !== shownFor) {
      shownFor = user.id;
      startKeeping();
      void showKept(user.id);
    }
    if (session.get().status === 'out') {
      shownFor = '';
      void stopKeeping();
      channels.set({ list: [], loaded: false });
    }
  });
  onFarewell(async () => {
    await stopKeeping();
    await clear(['outbox']);
    forgetDrafts();
  });
  onConnected(() => {
    // Counted by the server from here on; it may be one that was restored, without what was told before.
    uncounted.clear();
    newest.clear();
    return loadChannels();
  });
  onNotice('channel.changed', ({ channel }: { channel: WireChannel }) => {
    if (channels.get().list.some((each) => each.id === channel.id)) changeChannel(channel.id, channel);
    void loadChannels().catch(() => {}); // who is in it is told by the list alone
  });
  onNotice('channel.read', ({ channelId, ...counts }: Counts & { channelId: string }) => {
    changeChannel(channelId, (channel) => countsNow(channelId, counts, channel.lastReadId ?? ''));
  });
  onNotice('typing', takeTyping);
}
