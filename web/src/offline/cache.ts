/** Recent channels, to be read without network: lists, and the newest messages of the channels that were looked at last. */
import type { WireChannel, WireMessage, WireUser } from '../app/wire.js';
import { clear, forget, keep, read, readAll } from './database.js';

const CHANNELS_MAX = 30;
const MESSAGES_MAX = 120;
const WRITE_AFTER_MS = 1500;

interface KeptTimeline {
  channelId: string;
  userId: string;
  keptAt: number;
  messages: WireMessage[];
}

interface KeptLists {
  name: string;
  channels?: readonly WireChannel[];
  people?: readonly WireUser[];
}

const waiting = new Map<string, ReturnType<typeof setTimeout>>();
let keeping = true;

export function startKeeping(): void {
  keeping = true;
}

/** Nobody is logged in any more: what was kept goes, what waits to be written is dropped, and nothing is written behind the clearing. */
export async function stopKeeping(): Promise<void> {
  keeping = false;
  for (const timer of waiting.values()) clearTimeout(timer);
  waiting.clear();
  await clear(['timelines', 'lists']);
}

/** Writes in a moment, once for all that changes until then; what is written is asked for then. */
function later(key: string, write: () => Promise<unknown>): void {
  if (!keeping || waiting.has(key)) return;
  waiting.set(key, setTimeout(() => {
    waiting.delete(key);
    write().catch(() => {}); // a full device keeps less
  }, WRITE_AFTER_MS));
}

export function keepTimeline(userId: string, channelId: string, messages: () => readonly WireMessage[]): void {
  later(`timeline ${channelId}`, async () => {
    await keep('timelines', { channelId, userId, keptAt: Date.now(), messages: messages().slice(-MESSAGES_MAX) } satisfies KeptTimeline);
    const all = await readAll<KeptTimeline>('timelines');
    for (const old of all.sort((a, b) => b.keptAt - a.keptAt).slice(CHANNELS_MAX)) await forget('timelines', old.channelId);
  });
}

export async function keptTimeline(userId: string, channelId: string): Promise<WireMessage[]> {
  const kept = await read<KeptTimeline>('timelines', channelId).catch(() => undefined);
  return kept?.userId === userId ? kept.messages : [];
}

export function keepChannels(userId: string, channels: () => readonly WireChannel[]): void {
  later('channels', () => keep('lists', { name: `channels ${userId}`, channels: channels() } satisfies KeptLists));
}

export function keepPeople(userId: string, people: () => readonly WireUser[]): void {
  later('people', () => keep('lists', { name: `people ${userId}`, people: people() } satisfies KeptLists));
}

export async function keptChannels(userId: string): Promise<readonly WireChannel[]> {
  return (await read<KeptLists>('lists', `channels ${userId}`).catch(() => undefined))?.channels ?? [];
}

export async function keptPeople(userId: string): Promise<readonly WireUser[]> {
  return (await read<KeptLists>('lists', `people ${userId}`).catch(() => undefined))?.people ?? [];
}
