import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon.js';

const ICONS: { [kind: string]: IconName } = { warn: 'warning', bad: 'warning', good: 'check', info: 'info' };

export function Notice({ kind = 'info', children, action }: { kind?: 'info' | 'warn' | 'bad' | 'good'; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={`notice notice--${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      <Icon name={ICONS[kind] as IconName} size={17} />
      <div>{children}</div>
      {action}
    </div>
  );
}
