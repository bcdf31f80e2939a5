import type { ReactNode } from 'react';

export function Badge({ kind, label, children }: { kind?: 'accent' | 'good' | 'warn' | 'bad' | 'count'; label?: string; children: ReactNode }) {
  return <span className={`badge${kind ? ` badge--${kind}` : ''}`} role={label ? 'img' : undefined} aria-label={label}>{children}</span>;
}
