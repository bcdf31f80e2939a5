/** A message as the app hands it over: checked, and what its metadata say. */
import type { IncomingMessage } from '../types.js';
import { OrchestratorError } from '../errors.js';
import { handleOf } from './handle.js';
import type { Author, Places } from './places.js';
import type { Line, Window } from './windows.js';

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

const NOTHING: Told = { thread: 0, mentions: [], replyToAuthor: undefined, direct: false, hops: undefined };

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
  told = NOTHING;

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

function checkText(field: string, value: unknown, max: number): void {
  if (typeof value !== 'string' || value.length === 0 || value.length > max) refuseText(field, value, max);
}

function refuseText(field: string, value: unknown, max: number): void {
  if (typeof value !== 'string' || value === '') {
    throw new OrchestratorError('invalid', `message.${field} is ${value === '' ? 'empty' : String(value)}; a text is needed`);
  }
  throw new OrchestratorError('too_large', `message.${field} has ${value.length} characters; at most ${max} are allowed`);
}

function hopsOf(hops: unknown): number | undefined {
  return Number.isInteger(hops) && (hops as number) >= 0 ? Math.min(hops as number, MAX.HOPS) : undefined;
}

/** Throws what is wrong with the message. */
export function hear(message: IncomingMessage, places: Places): Heard {
  if (typeof message !== 'object' || message === null) throw new OrchestratorError('invalid', 'message is not given');
  const { id, content, channelId, authorId, metadata } = message;
  checkText('id', id, MAX.ID);
  checkText('content', content, MAX.CONTENT);
  checkText('channelId', channelId, MAX.ID);
  checkText('authorId', authorId, MAX.ID);
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
    mentions: Array.isArray(mentions) ? mentions.slice(0, MAX.MENTIONS) : NOTHING.mentions,
    replyToAuthor: replyToAuthorId,
    direct: direct === true,
    hops: hopsOf(hops),
  };
}
