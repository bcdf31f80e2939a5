/** A message as the app hands it over: checked, and what its metadata say. */
import type { IncomingMessage } from '../types.js';
import { OrchestratorError } from '../errors.js';
import { handleOf } from './handle.js';
import type { Line } from './windows.js';

const ID_MAX = 256;
const CONTENT_MAX = 32768;
const MENTIONS_MAX = 64;
const HOPS_MAX = 1_000_000;

/** It is a line of its conversation, too. */
export interface Heard extends Line {
  readonly message: IncomingMessage;
  /** What the core knows of ids; a thread of 0 is none. */
  readonly channel: number;
  readonly thread: number;
  readonly user: number;
  /** Channel and thread. */
  readonly conversation: string;
  /** Ids of orchestrators or users. */
  readonly mentions: readonly unknown[];
  readonly replyToAuthor: unknown;
  readonly direct: boolean;
  /** undefined: not told. */
  readonly toldHops: number | undefined;
  /** An orchestrator of this host wrote it. */
  fromDaemon: boolean;
}

const NOBODY: readonly unknown[] = [];

function checkText(field: string, value: unknown, max: number): void {
  if (typeof value !== 'string' || value === '') {
    throw new OrchestratorError('invalid', `message.${field} is ${value === '' ? 'empty' : String(value)}; a text is needed`);
  }
  if (value.length > max) {
    throw new OrchestratorError('too_large', `message.${field} has ${value.length} characters; at most ${max} are allowed`);
  }
}

function hopsOf(hops: unknown): number | undefined {
  return Number.isInteger(hops) && (hops as number) >= 0 ? Math.min(hops as number, HOPS_MAX) : undefined;
}

/** Throws what is wrong with the message. */
export function hear(message: IncomingMessage): Heard {
  if (typeof message !== 'object' || message === null) throw new OrchestratorError('invalid', 'message is not given');
  const { id, content, channelId, authorId, metadata } = message;
  checkText('id', id, ID_MAX);
  checkText('content', content, CONTENT_MAX);
  checkText('channelId', channelId, ID_MAX);
  checkText('authorId', authorId, ID_MAX);
  const heard = {
    message,
    id: handleOf(id),
    author: authorId,
    name: authorId,
    content,
    hops: 0,
    channel: handleOf(channelId),
    thread: 0,
    user: handleOf(authorId),
    conversation: channelId,
    mentions: NOBODY,
    replyToAuthor: undefined as unknown,
    direct: false,
    toldHops: undefined as number | undefined,
    fromDaemon: false,
  };
  if (metadata === undefined || metadata === null) return heard;
  const { threadId, authorName, mentions } = metadata;
  if (typeof threadId === 'string' && threadId !== '') {
    heard.thread = handleOf(threadId);
    heard.conversation = `${channelId}\n${threadId}`;
  }
  if (typeof authorName === 'string' && authorName !== '') heard.name = authorName;
  if (Array.isArray(mentions)) heard.mentions = mentions.slice(0, MENTIONS_MAX);
  heard.replyToAuthor = metadata.replyToAuthorId;
  heard.direct = metadata.direct === true;
  heard.toldHops = hopsOf(metadata.hops);
  return heard;
}
