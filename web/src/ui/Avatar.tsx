import type { Presence } from '../app/wire.js';
import { StatusDot } from './StatusDot.js';

/** The same colour for the same id, always. */
function shade(id: string): number {
  let sum = 0;
  for (let i = 0; i < id.length; i++) sum = (sum * 31 + id.charCodeAt(i)) >>> 0;
  return sum % 8;
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? '?')][0] ?? '?';
  const last = words.length > 1 ? [...(words[words.length - 1] as string)][0] ?? '' : '';
  return (first + last).toLocaleUpperCase();
}

/** People are round, orchestrators are not: seen without reading. Its name is told by what stands beside it. */
export function Avatar({ id, name, orchestrator, size = 'medium', presence }: {
  id: string; name: string; orchestrator?: boolean; size?: 'small' | 'medium' | 'large'; presence?: Presence | undefined;
}) {
  const names = ['avatar', `avatar--${shade(id)}`, !orchestrator && 'avatar--round', size !== 'medium' && `avatar--${size}`];
  return (
    <span className={names.filter(Boolean).join(' ')} aria-hidden="true">
      {initials(name)}
      {presence && <StatusDot status={presence} />}
    </span>
  );
}
