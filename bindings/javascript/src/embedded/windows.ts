/** What was said lately, for the context of answers: the newest lines of each conversation (channel, thread), and the
 * conversations that were used last. */
import type { ConversationMessage } from '../types.js';
import { handleOf } from './handle.js';
import type { Heard } from './heard.js';

declare const ORCHD_BROWSER: boolean;

const enum MAX {
  WINDOWS = 1024,
  LINES = 50,
  /** Characters of a conversation, about. */
  TEXT = 131072,
}
const enum MARKS { COUNT = 2048, SHIFT = 21 }

/** Something that was said. */
export interface Line {
  /** Of the message, see handle.ts; 0: a daemon said it, and it was not heard as a message of the channel yet. */
  id: number;
  /** User. */
  readonly author: string;
  readonly name: string;
  readonly content: string;
  /** Of what a daemon said, at least 1; 0: heard. */
  readonly hops: number;
}

/** The newest lines of a conversation, and those before: when the newer ones are enough, the older ones are forgotten at once. */
export class Window {
  #older: Line[] = [];
  #newer: Line[] = [];
  /** Characters of the newer ones. */
  #size = 0;
  /** Counts the forgetting. */
  #round = 2;
  /** By two parts of an id, the round in which one like it was added last: nearly always a new message is known to be new without
   * looking at the lines, which no cache holds any more. */
  readonly #marks = new Uint8Array(MARKS.COUNT);
  used = 0;
  /** It is no longer among the windows. */
  closed = false;

  constructor(readonly channel: number) {}

  has(id: number): boolean {
    return (ORCHD_BROWSER || (this.#isYoung(id & (MARKS.COUNT - 1)) && this.#isYoung((id | 0) >>> MARKS.SHIFT))) && this.#find(id);
  }

  #isYoung(mark: number): boolean {
    return ((this.#round - (this.#marks[mark] as number)) & 255) < 2;
  }

  #find(id: number): boolean {
    return this.#older.some((line) => line.id === id) || this.#newer.some((line) => line.id === id);
  }

  #mark(id: number): void {
    if (ORCHD_BROWSER) return;
    this.#marks[id & (MARKS.COUNT - 1)] = this.#round;
    this.#marks[(id | 0) >>> MARKS.SHIFT] = this.#round;
  }

  add(line: Line): void {
    if (this.#newer.length === MAX.LINES || this.#size > MAX.TEXT / 2) this.#forgetOlder();
    this.#newer.push(line);
    this.#size += line.content.length;
    this.#mark(line.id);
  }

  #forgetOlder(): void {
    this.#older = this.#newer;
    this.#newer = [];
    this.#size = 0;
    this.#round = (this.#round + 1) & 255;
  }

  lines(): Line[] {
    return [...this.#older, ...this.#newer].slice(-MAX.LINES);
  }

  /** What a daemon said is heard as this message. */
  name(line: Line, id: number): void {
    line.id = id;
    this.#mark(id);
  }
}

export class Windows {
  readonly #windows = new Map<string, Window>();
  #clock = 0;
  /** Which was used last: mostly the next one, too. */
  #lastName = '';
  #last: Window | null = null;

  /** Someone said something. Known messages are not added again. */
  hear(heard: Heard): void {
    const window = this.#open(heard.conversation, heard.message.channelId);
    heard.window = window;
    if (window.has(heard.id) || (heard.who.daemon !== 0 && this.#adopt(window, heard))) return;
    window.add(heard);
  }

  /** The orchestrator said something. */
  say(channelId: string, author: string, name: string, content: string): void {
    this.#open(channelId, channelId).add({ id: 0, author, name, content, hops: 1 });
  }

  /** It answered what was heard in a window that is closed meanwhile. */
  answer({ conversation, message }: Heard, line: Line): void {
    this.#open(conversation, message.channelId).add(line);
  }

  /** What was said before the question, and since then by the orchestrator; the question last. */
  read(heard: Heard, own: string): ConversationMessage[] {
    const lines = this.#newest(heard);
    const at = lines.findIndex((line) => line.id === heard.id);
    const said = lines
      .filter((line, i) => line.id !== heard.id && (i < at || line.author === own))
      .map(({ name, content, author }) => ({ author: name, content, own: author === own }));
    said.push({ author: heard.name, content: heard.content, own: false });
    return said;
  }

  /** Of the newest thing that the author of this message said there as a daemon; 0: nothing. */
  hops(heard: Heard): number {
    return this.#newest(heard).reverse().find((line) => line.hops > 0 && line.author === heard.author)?.hops ?? 0;
  }

  #newest({ conversation }: Heard): Line[] {
    return this.#windows.get(conversation)?.lines() ?? [];
  }

  /** A daemon's words are remembered when it says them; later the app may hand the same to others as a message. */
  #adopt(window: Window, { id, author, content }: Heard): boolean {
    const line = window.lines().reverse().find((each) => each.id === 0 && each.author === author && each.content === content);
    if (!line) return false;
    window.name(line, id);
    return true;
  }

  #open(conversation: string, channelId: string): Window {
    if (this.#last === null || this.#lastName !== conversation) {
      this.#lastName = conversation;
      this.#last = this.#windows.get(conversation) ?? this.#make(conversation, channelId);
    }
    this.#last.used = ++this.#clock;
    return this.#last;
  }

  #make(conversation: string, channelId: string): Window {
    const window = new Window(handleOf(channelId));
    if (this.#windows.size >= MAX.WINDOWS) this.#forgetOldest();
    this.#windows.set(conversation, window);
    return window;
  }

  #forgetOldest(): void {
    let oldest = '';
    let used = Infinity;
    for (const [key, window] of this.#windows) {
      if (window.used >= used) continue;
      used = window.used;
      oldest = key;
    }
    this.#windows.get(oldest)!.closed = true;
    this.#windows.delete(oldest);
  }
}
