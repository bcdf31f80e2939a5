/** What a view shows when there is nothing to show: a picture, what would be here, and what to do. */
import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon.js';

export function Empty({ icon, picture, title, children, actions }: { icon?: IconName; picture?: ReactNode; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      {(picture ?? icon) && <div className="empty__picture">{picture ?? <Icon name={icon as IconName} size={44} />}</div>}
      <h2 className="empty__title">{title}</h2>
      {children && <div className="empty__text">{children}</div>}
      {actions && <div className="empty__actions">{actions}</div>}
    </div>
  );
}
