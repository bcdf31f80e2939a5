/** A message as the app hands it over: checked, and what its metadata say. */
import type { IncomingMessage } from '../types.js';
import { OrchestratorError } from '../errors.js';
import { handleOf } from './handle.js';
import type { Author, Places } from './places.js';
import type { Line, Window, Windows } from './windows.js';

declare const ORCHD_BROWSER: boolean;

const enum MAX { ID = 256, CONTENT = 32768, MENTIONS = 64, HOPS = 1_000_000 }

/** What a message's metadata say. */
export interface Told {
  /** As the core knows it; 0: none. */
  readonly thread: number;
  /** Ids of orchestrators or users. */
  readonly mentions: readonly unknown[];
  readonly replyToAuthor: unknown;
  readonly direct: boolean;
  /** undefined: not told. */
  readonly hops: number | undefined;
}

export const NOTHING_TOLD: Told = { thread: 0, mentions: [], replyToAuthor: undefined, direct: false, hops: undefined };

/** It is a line of its conversation, too. */
export class Heard implements Line {
  readonly author: string;
  name: string;
  readonly content: string;
  readonly hops = 0;
  /** Channel and thread. */
  conversation: string;
  /** Where it was heard. */
  window: Window | null = null;
  /** What the core knows of ids. */
  readonly id: number;
  told = NOTHING_TOLD;

  constructor(
    readonly message: IncomingMessage,
    readonly who: Author,
  ) {
    const { id, content, channelId, authorId } = message;
    this.author = authorId;
    this.name = authorId;
    this.content = content;
    this.conversation = channelId;
    this.id = handleOf(id);
  }
}

function isText(value: unknown, max: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= max;
}

/** Throws what is wrong. */
function checkText(field: string, value: unknown, max: number): void {
  if (isText(value, max)) return;
  if (typeof value !== 'string' || value === '') {
    throw new OrchestratorError('invalid', `message.${field} is ${value === '' ? 'empty' : String(value)}; a text is needed`);
  }
  throw new OrchestratorError('too_large', `message.${field} has ${(value as string).length} characters; at most ${max} are allowed`);
}

function hopsOf(hops: unknown): number | undefined {
  return Number.isInteger(hops) && (hops as number) >= 0 ? Math.min(hops as number, MAX.HOPS) : undefined;
}

/** Throws what is wrong with the message. */
export function checkIncoming(message: IncomingMessage): void {
  if (typeof message !== 'object' || message === null) throw new OrchestratorError('invalid', 'message is not given');
  checkText('id', message.id, MAX.ID);
  checkText('content', message.content, MAX.CONTENT);
  checkText('channelId', message.channelId, MAX.ID);
  checkText('authorId', message.authorId, MAX.ID);
}

/** Throws what is wrong with the message. */
export function hear(message: IncomingMessage, places: Places): Heard {
  const { id, content, channelId, authorId, metadata } = message ?? {};
  if (ORCHD_BROWSER || !isText(id, MAX.ID) || !isText(content, MAX.CONTENT) || !isText(channelId, MAX.ID) || !isText(authorId, MAX.ID)) checkIncoming(message);
  const heard = new Heard(message, places.author(authorId));
  if (metadata !== undefined && metadata !== null) readMetadata(heard, metadata);
  return heard;
}

function readMetadata(heard: Heard, metadata: NonNullable<IncomingMessage['metadata']>): void {
  const { threadId, authorName, mentions, replyToAuthorId, direct, hops } = metadata;
  const threaded = typeof threadId === 'string' && threadId !== '';
  if (threaded) heard.conversation = `${heard.conversation}\n${threadId}`;
  if (typeof authorName === 'string' && authorName !== '') heard.name = authorName;
  heard.told = {
    thread: threaded ? handleOf(threadId) : 0,
    mentions: Array.isArray(mentions) ? mentions.slice(0, MAX.MENTIONS) : NOTHING_TOLD.mentions,
    replyToAuthor: replyToAuthorId,
    direct: direct === true,
    hops: hopsOf(hops),
  };
}

/** Somebody who is no orchestrator wrote it, without metadata: nobody need ask what these are. */
export function isPlain({ told, who }: Heard): boolean {
  return !ORCHD_BROWSER && told === NOTHING_TOLD && who.daemon === 0;
}

/** How many hops brought the message here. */
export function hopsTo(heard: Heard, windows: Windows): number {
  return heard.told.hops ?? (heard.who.daemon !== 0 ? windows.hops(heard) : 0);
}
