/** The head of a view that scrolls as a whole; on a phone with the way back to the list. */
import type { ReactNode } from 'react';
import { IconButton } from '../ui/Button.js';
import { navigate } from './router.js';

export function PageHead({ title, lead, back = '/', children }: { title: ReactNode; lead?: ReactNode; back?: string; children?: ReactNode }) {
  return (
    <header className="page__head">
      <IconButton className="page-back" icon="back" label="Back" onClick={() => navigate(back)} />
      <h1 className="page__title">{title}</h1>
      {children}
      {lead && <p className="page__lead">{lead}</p>}
    </header>
  );
}
