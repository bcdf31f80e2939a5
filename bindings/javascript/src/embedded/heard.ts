/** A message as the app hands it over: checked, and what its metadata say. */
import type { IncomingMessage } from '../types.js';
import { OrchestratorError } from '../errors.js';
import { handleOf } from './handle.js';
import type { Line, Window } from './windows.js';

const ID_MAX = 256;
const CONTENT_MAX = 32768;
const MENTIONS_MAX = 64;
const HOPS_MAX = 1_000_000;

const NOBODY: readonly unknown[] = [];

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
  /** What the core knows of ids; a thread of 0 is none. */
  readonly id: number;
  thread = 0;
  /** Ids of orchestrators or users. */
  mentions = NOBODY;
  replyToAuthor: unknown = undefined;
  direct = false;
  /** undefined: not told. */
  toldHops: number | undefined = undefined;
  /** What the core knows of the author: the id, and the number of the author's daemon in this host; 0: none. */
  authorHandle = 0;
  authorDaemon = 0;

  constructor(readonly message: IncomingMessage) {
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
  return Number.isInteger(hops) && (hops as number) >= 0 ? Math.min(hops as number, HOPS_MAX) : undefined;
}

/** Throws what is wrong with the message. */
export function hear(message: IncomingMessage): Heard {
  if (typeof message !== 'object' || message === null) throw new OrchestratorError('invalid', 'message is not given');
  checkText('id', message.id, ID_MAX);
  checkText('content', message.content, CONTENT_MAX);
  checkText('channelId', message.channelId, ID_MAX);
  checkText('authorId', message.authorId, ID_MAX);
  const heard = new Heard(message);
  if (message.metadata !== undefined && message.metadata !== null) readMetadata(heard, message.metadata);
  return heard;
}

function readMetadata(heard: Heard, metadata: NonNullable<IncomingMessage['metadata']>): void {
  const { threadId, authorName, mentions } = metadata;
  if (typeof threadId === 'string' && threadId !== '') {
    heard.thread = handleOf(threadId);
    heard.conversation = `${heard.conversation}\n${threadId}`;
  }
  if (typeof authorName === 'string' && authorName !== '') heard.name = authorName;
  if (Array.isArray(mentions)) heard.mentions = mentions.slice(0, MENTIONS_MAX);
  heard.replyToAuthor = metadata.replyToAuthorId;
  heard.direct = metadata.direct === true;
  heard.toldHops = hopsOf(metadata.hops);
}
