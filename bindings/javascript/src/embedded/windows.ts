/** What was said lately, for the context of answers: the newest lines of each conversation (channel, thread), and the
 * conversations that were used last. */
import type { ConversationMessage } from '../types.js';
import { handleOf } from './handle.js';
import type { Heard } from './heard.js';

const WINDOWS_MAX = 1024;
const LINES_MAX = 50;
/** Characters of a conversation, about. */
const TEXT_MAX = 131072;
const ENDINGS = 1024;

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

/** Some lines, oldest first. */
class Lines {
  lines: Line[] = [];
  size = 0;
  /** Bits of the ids, two of each: nearly always a new message is known to be new without a search. */
  readonly #marks = new Uint8Array(ENDINGS);

  forget(): void {
    this.lines = [];
    this.size = 0;
    this.#marks.fill(0);
  }

  mark(id: number): void {
    this.#marks[id & (ENDINGS - 1)]! |= 1;
    this.#marks[(id / ENDINGS) & (ENDINGS - 1)]! |= 2;
  }

  has(id: number): boolean {
    return (this.#marks[id & (ENDINGS - 1)]! & 1) !== 0 && (this.#marks[(id / ENDINGS) & (ENDINGS - 1)]! & 2) !== 0 && this.#find(id);
  }

  #find(id: number): boolean {
    return this.lines.some((line) => line.id === id);
  }
}

/** The newest lines, and those before: when these are enough, those are forgotten at once. */
export class Window {
  #older = new Lines();
  newer = new Lines();
  used = 0;
  /** It is no longer among the windows. */
  closed = false;

  constructor(readonly channel: number) {}

  has(id: number): boolean {
    return this.newer.has(id) || this.#older.has(id);
  }

  add(line: Line): void {
    if (this.newer.lines.length === LINES_MAX || this.newer.size > TEXT_MAX / 2) {
      const forgotten = this.#older;
      this.#older = this.newer;
      this.newer = forgotten;
      forgotten.forget();
    }
    this.newer.lines.push(line);
    this.newer.size += line.content.length;
    this.newer.mark(line.id);
  }

  lines(): Line[] {
    return [...this.#older.lines, ...this.newer.lines].slice(-LINES_MAX);
  }

  /** What a daemon said is heard as this message. */
  name(line: Line, id: number): void {
    line.id = id;
    this.newer.mark(id);
    this.#older.mark(id);
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
    if (window.has(heard.id) || (heard.authorDaemon !== 0 && this.#adopt(window, heard))) return;
    window.add(heard);
  }

  /** The orchestrator said something. */
  say(channelId: string, author: string, name: string, content: string): void {
    this.#open(channelId, channelId).add({ id: 0, author, name, content, hops: 1 });
  }

  /** It answered what was heard. */
  answer({ window, conversation, message }: Heard, author: string, name: string, content: string, hops: number): void {
    const open = window?.closed === false ? window : this.#open(conversation, message.channelId);
    open.used = ++this.#clock;
    open.add({ id: 0, author, name, content, hops });
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
    if (this.#windows.size >= WINDOWS_MAX) this.#forgetOldest();
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
