/** A message as the app hands it over: checked, and what its metadata say. */
import type { IncomingMessage } from '../types.js';
import { OrchestratorError } from '../errors.js';
import { handleOf } from './handle.js';

const ID_MAX = 256;
const CONTENT_MAX = 32768;
const MENTIONS_MAX = 64;
const HOPS_MAX = 1_000_000;

export interface Heard {
  readonly message: IncomingMessage;
  readonly id: number;
  readonly channel: number;
  /** 0: none. */
  readonly thread: number;
  readonly author: number;
  readonly authorName: string;
  /** Channel and thread. */
  readonly conversation: number;
  readonly mentions: readonly number[];
  /** 0: none. */
  readonly replyToAuthor: number;
  readonly direct: boolean;
  /** undefined: not told. */
  readonly hops: number | undefined;
  /** An orchestrator of this host wrote it. */
  fromDaemon: boolean;
}

const NOBODY: readonly number[] = [];

function checkText(field: string, value: unknown, max: number): void {
  if (typeof value !== 'string' || value === '') {
    throw new OrchestratorError('invalid', `message.${field} is ${value === '' ? 'empty' : String(value)}; a text is needed`);
  }
  if (value.length > max) {
    throw new OrchestratorError('too_large', `message.${field} has ${value.length} characters; at most ${max} are allowed`);
  }
}

function handleAt(metadata: Record<string, unknown> | undefined, key: string): number {
  const id = metadata?.[key];
  return typeof id === 'string' && id !== '' ? handleOf(id) : 0;
}

function mentionsOf(metadata: Record<string, unknown> | undefined): readonly number[] {
  const mentions = metadata?.mentions;
  if (!Array.isArray(mentions)) return NOBODY;
  return mentions.filter((id): id is string => typeof id === 'string').slice(0, MENTIONS_MAX).map(handleOf);
}

function hopsOf(metadata: Record<string, unknown> | undefined): number | undefined {
  const hops = metadata?.hops;
  return Number.isInteger(hops) && (hops as number) >= 0 ? Math.min(hops as number, HOPS_MAX) : undefined;
}

/** Throws what is wrong with the message. */
export function hear(message: IncomingMessage): Heard {
  if (typeof message !== 'object' || message === null) throw new OrchestratorError('invalid', 'message is not given');
  checkText('id', message.id, ID_MAX);
  checkText('content', message.content, CONTENT_MAX);
  checkText('channelId', message.channelId, ID_MAX);
  checkText('authorId', message.authorId, ID_MAX);
  const { metadata } = message;
  const channel = handleOf(message.channelId);
  const thread = metadata === undefined ? 0 : handleAt(metadata, 'threadId');
  const name = metadata?.authorName;
  return {
    message,
    id: handleOf(message.id),
    channel,
    thread,
    author: handleOf(message.authorId),
    authorName: typeof name === 'string' && name !== '' ? name : message.authorId,
    conversation: thread === 0 ? channel : handleOf(`${message.channelId}\n${String(metadata?.threadId)}`),
    mentions: metadata === undefined ? NOBODY : mentionsOf(metadata),
    replyToAuthor: metadata === undefined ? 0 : handleAt(metadata, 'replyToAuthorId'),
    direct: metadata?.direct === true,
    hops: metadata === undefined ? undefined : hopsOf(metadata),
    fromDaemon: false,
  };
}
