/** What was said lately, for the context of answers: the newest lines of each conversation (channel, thread), and the
 * conversations that were used last. */
import type { ConversationMessage } from '../types.js';
import type { Heard } from './heard.js';

const WINDOWS_MAX = 1024;
const LINES_MAX = 50;
/** Characters of a conversation; the last line stays in any case. */
const TEXT_MAX = 131072;

interface Line {
  /** Handle; 0: a daemon said it, and it was not heard as a message of the channel yet. */
  message: number;
  readonly author: number;
  readonly name: string;
  readonly content: string;
  /** Of what a daemon said, at least 1; 0: heard. */
  readonly hops: number;
}

interface Window {
  readonly lines: Line[];
  size: number;
  used: number;
}

export class Windows {
  private readonly windows = new Map<number, Window>();
  private clock = 0;

  /** Someone said something. Known messages are not added again. */
  hear(heard: Heard): void {
    const window = this.open(heard.conversation);
    const lines = window.lines;
    for (let i = lines.length - 1; i >= 0; i--) {
      if ((lines[i] as Line).message === heard.id) return;
    }
    if (heard.fromDaemon && this.adopt(lines, heard)) return;
    this.add(window, { message: heard.id, author: heard.author, name: heard.authorName, content: heard.message.content, hops: 0 });
  }

  /** The orchestrator said something. */
  say(conversation: number, author: number, name: string, content: string, hops: number): void {
    this.add(this.open(conversation), { message: 0, author, name, content, hops });
  }

  /** What was said before the question, and since then by the orchestrator; the question last. */
  read(heard: Heard, own: number): ConversationMessage[] {
    const lines = this.windows.get(heard.conversation)?.lines ?? [];
    const at = lines.findIndex((line) => line.message === heard.id);
    const said = lines
      .filter((line, i) => line.message !== heard.id && (i < at || line.author === own))
      .map(({ name, content, author }) => ({ author: name, content, own: author === own }));
    said.push({ author: heard.authorName, content: heard.message.content, own: false });
    return said;
  }

  /** Of the newest thing that the author of this message said there as a daemon; 0: nothing. */
  hops(heard: Heard): number {
    const lines = this.windows.get(heard.conversation)?.lines ?? [];
    for (let i = lines.length - 1; i >= 0; i--) {
      const line = lines[i] as Line;
      if (line.hops > 0 && line.author === heard.author) return line.hops;
    }
    return 0;
  }

  /** A daemon's words are remembered when it says them; later the app may hand the same to others as a message. */
  private adopt(lines: readonly Line[], heard: Heard): boolean {
    for (let i = lines.length - 1; i >= 0; i--) {
      const line = lines[i] as Line;
      if (line.message !== 0 || line.author !== heard.author || line.content !== heard.message.content) continue;
      line.message = heard.id;
      return true;
    }
    return false;
  }

  private open(conversation: number): Window {
    let window = this.windows.get(conversation);
    if (!window) {
      if (this.windows.size >= WINDOWS_MAX) this.forgetOldest();
      window = { lines: [], size: 0, used: 0 };
      this.windows.set(conversation, window);
    }
    window.used = ++this.clock;
    return window;
  }

  private forgetOldest(): void {
    let oldest = -1;
    let used = Infinity;
    for (const [key, window] of this.windows) {
      if (window.used >= used) continue;
      used = window.used;
      oldest = key;
    }
    this.windows.delete(oldest);
  }

  private add(window: Window, line: Line): void {
    const { lines } = window;
    lines.push(line);
    window.size += line.content.length;
    while (lines.length > 1 && (lines.length > LINES_MAX || window.size > TEXT_MAX)) {
      window.size -= (lines.shift() as Line).content.length;
    }
  }
}
