/** What was said lately, for the context of answers: the newest lines of each conversation (channel, thread), and the
 * conversations that were used last. */
import type { ConversationMessage } from '../types.js';
import type { Heard } from './heard.js';

const WINDOWS_MAX = 1024;
const LINES_MAX = 50;
/** Characters of a conversation; the last line stays in any case. */
const TEXT_MAX = 131072;

interface Line {
  /** Of the message; 0: a daemon said it, and it was not heard as a message of the channel yet. */
  id: number;
  /** User. */
  readonly author: string;
  readonly name: string;
  readonly content: string;
  /** Of what a daemon said, at least 1; 0: heard. */
  readonly hops: number;
}

class Window {
  /** Oldest first; up to twice as many as count, so that few are moved. */
  readonly lines: Line[] = [];
  used = 0;
  private size = 0;
  /** How many ids there are by their last byte: nearly always a new message is known to be new without a search. */
  private readonly endings = new Uint8Array(256);

  has(id: number): boolean {
    return this.endings[id % 256] !== 0 && this.lines.some((line) => line.id === id);
  }

  add(line: Line): void {
    this.lines.push(line);
    this.size += line.content.length;
    this.count(line.id);
    if (this.lines.length === 2 * LINES_MAX || this.size > TEXT_MAX) this.trim();
  }

  count(id: number): void {
    this.endings[id % 256]!++;
  }

  private trim(): void {
    const { lines } = this;
    let first = lines.length;
    this.size = 0;
    do this.size += (lines[--first] as Line).content.length;
    while (first > Math.max(lines.length - LINES_MAX, 0) && this.size + (lines[first - 1] as Line).content.length <= TEXT_MAX);
    lines.splice(0, first);
    this.endings.fill(0);
    for (const { id } of lines) this.count(id);
  }
}

export class Windows {
  private readonly windows = new Map<string, Window>();
  private clock = 0;

  /** Someone said something. Known messages are not added again. */
  hear(heard: Heard): void {
    const window = this.open(heard.conversation);
    if (window.has(heard.id) || (heard.fromDaemon && this.adopt(window, heard))) return;
    const { authorId, content } = heard.message;
    window.add({ id: heard.id, author: authorId, name: heard.authorName, content, hops: 0 });
  }

  /** The orchestrator said something. */
  say(conversation: string, author: string, name: string, content: string, hops: number): void {
    this.open(conversation).add({ id: 0, author, name, content, hops });
  }

  /** What was said before the question, and since then by the orchestrator; the question last. */
  read(heard: Heard, own: string): ConversationMessage[] {
    const lines = this.newest(heard);
    const at = lines.findIndex((line) => line.id === heard.id);
    const said = lines
      .filter((line, i) => line.id !== heard.id && (i < at || line.author === own))
      .map(({ name, content, author }) => ({ author: name, content, own: author === own }));
    said.push({ author: heard.authorName, content: heard.message.content, own: false });
    return said;
  }

  /** Of the newest thing that the author of this message said there as a daemon; 0: nothing. */
  hops(heard: Heard): number {
    const { authorId } = heard.message;
    return this.newest(heard).reverse().find((line) => line.hops > 0 && line.author === authorId)?.hops ?? 0;
  }

  private newest({ conversation }: Heard): Line[] {
    return this.windows.get(conversation)?.lines.slice(-LINES_MAX) ?? [];
  }

  /** A daemon's words are remembered when it says them; later the app may hand the same to others as a message. */
  private adopt(window: Window, { id, message }: Heard): boolean {
    const line = window.lines.slice().reverse()
      .find((each) => each.id === 0 && each.author === message.authorId && each.content === message.content);
    if (!line) return false;
    line.id = id;
    window.count(id);
    return true;
  }

  private open(conversation: string): Window {
    let window = this.windows.get(conversation);
    if (!window) {
      if (this.windows.size >= WINDOWS_MAX) this.forgetOldest();
      window = new Window();
      this.windows.set(conversation, window);
    }
    window.used = ++this.clock;
    return window;
  }

  private forgetOldest(): void {
    let oldest = '';
    let used = Infinity;
    for (const [key, window] of this.windows) {
      if (window.used >= used) continue;
      used = window.used;
      oldest = key;
    }
    this.windows.delete(oldest);
  }
}
