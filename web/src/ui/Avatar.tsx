import type { Presence } from '../app/wire.js';
import { StatusDot } from './StatusDot.js';

/** The same colour for the same words, always. */
function shade(words: string): number {
  let sum = 0;
  for (let i = 0; i < words.length; i++) sum = (sum * 31 + words.charCodeAt(i)) >>> 0;
  return sum % 8;
}

/** Two letters, or one of a script whose signs are as wide as two. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? '?')][0] ?? '?';
  const last = words.length > 1 ? [...(words[words.length - 1] as string)][0] ?? '' : '';
  return /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Extended_Pictographic}]/u.test(first) ? first : (first + last).toLocaleUpperCase();
}

/** People are round, orchestrators are not: seen without reading. Its name is told by what stands beside it. An orchestrator has the
 * colour of its name: in the chat its id is that of a user, elsewhere its own. */
export function Avatar({ id, name, orchestrator, size = 'medium', presence }: {
  id: string; name: string; orchestrator?: boolean; size?: 'small' | 'medium' | 'large'; presence?: Presence | undefined;
}) {
  const names = ['avatar', `avatar--${shade(orchestrator ? name : id)}`, !orchestrator && 'avatar--round', size !== 'medium' && `avatar--${size}`];
  return (
    <span className={names.filter(Boolean).join(' ')} aria-hidden="true">
      {initials(name)}
      {presence && <StatusDot status={presence} />}
    </span>
  );
}
