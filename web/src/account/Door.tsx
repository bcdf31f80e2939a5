/** The frame of the views before one is in: a picture of the place, and one card. */
import type { ReactNode } from 'react';
import './account.css';

/** The stones of the logo where they stand, the sun behind them. Drawn with the theme's colours. */
function Stones() {
  return (
    <svg className="door__stones" viewBox="0 0 160 88" width="160" height="88" aria-hidden="true">
      <circle className="door__sun" cx="80" cy="50" r="34" />
      <path className="door__stone" d="M55 27c16-4 34-4 50 0l-1 9c-16-3.500-32-3.500-48 0zM59.500 40l10-1.300L68 76H57.500zM75 38.600h9.600l.8 37.400H74.200zM90 38.700l10.300 1.300L102 76H91.400z" />
      <path className="door__ground" d="M8 77c24-4 48-5 72-5s48 1 72 5" />
      <path className="door__grass" d="M30 74l-2-5M34 73.500l1-6M122 73l2-6M127 73.600l-1-4" />
    </svg>
  );
}

export function Door({ title, lead, children, foot }: { title: string; lead?: ReactNode; children: ReactNode; foot?: ReactNode }) {
  return (
    <main className="door" id="main">
      <div className="door__card">
        <Stones />
        <h1 className="door__title">{title}</h1>
        {lead && <p className="door__lead">{lead}</p>}
        {children}
      </div>
      {foot && <p className="door__foot">{foot}</p>}
    </main>
  );
}
