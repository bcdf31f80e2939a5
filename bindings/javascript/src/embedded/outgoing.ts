/** What a daemon is asked to say or to do, checked. */
import { OrchestratorError } from '../errors.js';
import type { ActionType, OrchestratorAction, OutgoingMessage } from '../types.js';

/** The types that executeAction() knows. */
export const ACTION_TYPES: readonly ActionType[] = Object.freeze([
  'send_message', 'react', 'update_status', 'join_channel', 'leave_channel',
] as const);

/** Characters of a reply. */
const enum MAX { CONTENT = 1_048_576 }

function text(field: string, value: unknown, max: number): void {
  if (typeof value !== 'string' || value === '') {
    throw new OrchestratorError('invalid', `${field} is ${value === '' ? 'empty' : String(value)}; a text is needed`);
  }
  if (value.length > max) throw new OrchestratorError('too_large', `${field} has ${value.length} characters; at most ${max} are allowed`);
}

export function checkOutgoing(message: OutgoingMessage): void {
  text('message.content', message?.content, MAX.CONTENT);
  text('message.channelId', message.channelId, 256);
}

export function checkAction(action: OrchestratorAction): void {
  if ((ACTION_TYPES as readonly string[]).includes(action?.type)) return;
  throw new OrchestratorError('unsupported', `Unknown action type: ${String(action?.type)}; allowed are ${ACTION_TYPES.join(', ')}`);
}

export function checkReply(content: unknown): void {
  if (typeof content !== 'string' || content === '' || content.length > MAX.CONTENT) text('the reply of generateResponse', content, MAX.CONTENT);
}
