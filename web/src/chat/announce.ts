/** What a screen reader is told of a conversation: whole messages, never the pieces of an answer that is being made. */
import { Store } from '../app/store.js';
import type { WireMessage } from '../app/wire.js';
import { nameOf } from './known.js';
import { placeKey } from './workspace.js';
import { atEnd } from './reading.js';

const SPOKEN_MAX = 240;

export const announcement = new Store('');

export function say(text: string): void {
  announcement.set(text);
}

/** Only of the conversation that is open. */
export function announce({ channelId, parentId, authorId, content }: WireMessage): void {
  if (!atEnd.get().has(placeKey(channelId, parentId))) return;
  const plain = content.replace(/```[\s\S]*?(```|$)/g, ' code ').replace(/[*_`#>]+/g, '').replace(/\s+/g, ' ').trim();
  say(`${nameOf(authorId)}: ${plain.length > SPOKEN_MAX ? `${plain.slice(0, SPOKEN_MAX)} …` : plain}`);
}
