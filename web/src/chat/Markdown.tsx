/** Markdown as React elements. No HTML is ever made of a message: marked cuts the text into tokens, each token becomes an element, and
 * what was HTML in the text is shown as the text that it is. Addresses of links are judged by DOMPurify. Images are links: nothing is
 * loaded from elsewhere because somebody wrote it.
 */
import DOMPurify from 'dompurify';
import type { Token, Tokens } from 'marked';
import { Fragment, memo, useState, type ReactNode } from 'react';
import { useStore } from '../app/store.js';
import { IconButton } from '../ui/Button.js';
import { copyText } from '../ui/clipboard.js';
import { toastError } from '../ui/Toast.js';
import { namesChanged } from './known.js';
import { longText, UNBROKEN_MAX } from './LongText.js';
import { pieces } from './mentions.js';
import { tokensOf } from './tokens.js';

const DEEP_MAX = 30;

/** null: no address that a message may name. */
function address(href: string): string | null {
  return /^(https?:|mailto:)/i.test(href) && DOMPurify.isValidAttribute('a', 'href', href) ? href : null;
}

/** The entities that marked leaves in texts. */
const ENTITIES: { [name: string]: string } = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };

function plain(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] as string);
}

export function CodeBlock({ text, language }: { text: string; language: string | undefined }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void copyText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    }, toastError);
  };
  return (
    <figure className="code">
      <figcaption className="code__head">
        <span className="ellipsis">{language || 'text'}</span>
        <IconButton small icon={copied ? 'check' : 'copy'} label={copied ? 'Copied' : 'Copy the code'} onClick={copy} />
      </figcaption>
      <pre tabIndex={0}><code>{text}</code></pre>
    </figure>
  );
}

function WithMentions({ text }: { text: string }): ReactNode {
  useStore(namesChanged, (count) => count);
  if (!text.includes('@')) return longText(text);
  return pieces(text).map((piece, index) => (piece.userId === undefined ? <Fragment key={index}>{longText(piece.text)}</Fragment> : (
    <span key={index} className="mention" data-user={piece.userId}>{piece.text}</span>
  )));
}

function Link({ href, children, deep }: { href: string; children: Token[]; deep: number }): ReactNode {
  const to = address(href);
  if (!to) return inline(children, deep);
  return <a href={to} target="_blank" rel="noopener noreferrer nofollow">{inline(children, deep)}</a>;
}

function inlineOne(token: Token, key: number, deep: number): ReactNode {
  const inner = (token as { tokens?: Token[] }).tokens ?? [];
  switch (token.type) {
    case 'strong': return <strong key={key}>{inline(inner, deep)}</strong>;
    case 'em': return <em key={key}>{inline(inner, deep)}</em>;
    case 'del': return <del key={key}>{inline(inner, deep)}</del>;
    case 'codespan': return <code key={key}>{longText(plain((token as Tokens.Codespan).text))}</code>;
    case 'br': return <br key={key} />;
    case 'link': return <Link key={key} href={(token as Tokens.Link).href} deep={deep}>{inner}</Link>;
    case 'image': {
      const { href, text } = token as Tokens.Image;
      const to = address(href);
      return to ? <a key={key} href={to} target="_blank" rel="noopener noreferrer nofollow">{longText(plain(text) || to)}</a> : longText(plain(text));
    }
    case 'text': return inner.length > 0 ? <span key={key}>{inline(inner, deep)}</span> : <WithMentions key={key} text={plain((token as Tokens.Text).text)} />;
    case 'escape': return (token as Tokens.Escape).text;
    default: return longText(token.raw); // HTML and what else there may be: as it was written
  }
}

function inline(tokens: readonly Token[], deep: number): ReactNode {
  if (deep > DEEP_MAX) return longText(tokens.map((token) => token.raw).join(''));
  let unbroken = 0;
  return tokens.map((token, index) => {
    const one = inlineOne(token, index, deep + 1);
    unbroken = /\s/.test(token.raw) ? 0 : unbroken + token.raw.length;
    if (unbroken <= UNBROKEN_MAX) return one;
    unbroken = 0;
    return <Fragment key={index}>{one}<wbr /></Fragment>;
  });
}

function List({ token, deep }: { token: Tokens.List; deep: number }) {
  const items = token.items.map((item, index) => (
    <li key={index} className={item.task ? 'task' : undefined}>
      {item.task && <input type="checkbox" checked={item.checked ?? false} readOnly disabled aria-label={item.checked ? 'done' : 'to do'} />}
      {blocks(item.tokens, deep)}
    </li>
  ));
  if (!token.ordered) return <ul>{items}</ul>;
  const start = token.start === '' ? 1 : token.start;
  const digits = String(start + items.length - 1).length;
  return <ol start={start} style={digits > 2 ? { paddingInlineStart: `${digits + 2}ch` } : undefined}>{items}</ol>; // "1999." has room
}

function Table({ token, deep }: { token: Tokens.Table; deep: number }) {
  const cell = (at: number): string | undefined => (token.align[at] ? `align-${token.align[at]}` : undefined);
  return (
    <div className="table" tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead><tr>{token.header.map((each, i) => <th key={i} className={cell(i)} scope="col">{inline(each.tokens, deep)}</th>)}</tr></thead>
        <tbody>{token.rows.map((row, r) => <tr key={r}>{row.map((each, i) => <td key={i} className={cell(i)}>{inline(each.tokens, deep)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function block(token: Token, key: number, deep: number): ReactNode {
  switch (token.type) {
    case 'space':
    case 'def': return null;
    case 'code': return <CodeBlock key={key} text={(token as Tokens.Code).text} language={(token as Tokens.Code).lang} />;
    case 'heading': return <p key={key} className={`heading heading--${(token as Tokens.Heading).depth}`}>{inline((token as Tokens.Heading).tokens, deep)}</p>;
    case 'hr': return <hr key={key} />;
    case 'blockquote': return <blockquote key={key}>{blocks((token as Tokens.Blockquote).tokens, deep)}</blockquote>;
    case 'list': return <List key={key} token={token as Tokens.List} deep={deep} />;
    case 'table': return <Table key={key} token={token as Tokens.Table} deep={deep} />;
    case 'paragraph': return <p key={key}>{inline((token as Tokens.Paragraph).tokens, deep)}</p>;
    case 'html': return <p key={key}>{longText(token.raw.replace(/\n+$/, ''))}</p>;
    default: return <span key={key}>{inlineOne(token, 0, deep)}</span>;
  }
}

function blocks(tokens: readonly Token[], deep: number): ReactNode {
  if (deep > DEEP_MAX) return longText(tokens.map((token) => token.raw).join(''));
  return tokens.map((token, index) => block(token, index, deep + 1));
}

/** A few emoji and nothing else are shown large. */
const EMOJI_ALONE = /^(?:[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f]\s*){1,16}$/u;

/** `live`: more of it comes; a cursor stands at its end. */
export const Markdown = memo(function Markdown({ text, live = false }: { text: string; live?: boolean }) {
  return <div dir="auto" className={`md${live ? ' md--live' : ''}${EMOJI_ALONE.test(text) ? ' md--emoji' : ''}`}>{blocks(tokensOf(text, live), 0)}</div>;
});
