/** Cuts a text into Markdown's tokens, in a time that whoever wrote it cannot choose.
 *
 * marked looks for the ends of emphasis and links in a time that grows with the square (and worse) of how many are begun: a message
 * made for it would stop the page of everybody who reads it. So what is looked through is bounded: beyond a limit a paragraph, or the
 * whole text where it nests too deep, is shown as it was written.
 */
import { Lexer, type Token } from 'marked';

/** In one paragraph, and in a whole message; what stands in another mark counts again. */
const LINKS_MAX = [80, 800] as const;
const MARKS_MAX = [240, 3000] as const;
/** Quotes and lists in each other, on one line or by their indentation. */
const DEEP = /^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*){13}|^[ \t]{48,}(?:[-*+]|\d{1,9}[.)])[ \t]/m;

const CACHED_MAX = 400;
const cache = new Map<string, readonly Token[]>();

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function asWritten(text: string): Token[] {
  return [{ type: 'text', raw: text, text, escaped: false }];
}

class BoundedLexer extends Lexer {
  private links: number = LINKS_MAX[1];
  private marks: number = MARKS_MAX[1];

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    const links = count(src, /\[/g);
    const marks = count(src, /[*_~`]/g);
    this.links -= links;
    this.marks -= marks;
    if (links <= LINKS_MAX[0] && marks <= MARKS_MAX[0] && this.links >= 0 && this.marks >= 0) return super.inlineTokens(src, tokens);
    tokens.push(...asWritten(src));
    return tokens;
  }
}

function cut(text: string): readonly Token[] {
  return DEEP.test(text) ? asWritten(text) : new BoundedLexer({ gfm: true, breaks: true }).lex(text);
}

/** `passing`: more of the text comes, so that this one is not worth keeping. */
export function tokensOf(text: string, passing: boolean): readonly Token[] {
  const known = cache.get(text);
  if (known) return known;
  const tokens = cut(text);
  if (passing) return tokens;
  cache.set(text, tokens);
  if (cache.size > CACHED_MAX) cache.delete(cache.keys().next().value as string);
  return tokens;
}
