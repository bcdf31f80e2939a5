/** The frame of the views before one is in: a picture of the place, and one card. */
import type { ReactNode } from 'react';
import './account.css';

/** The lamp: two beams over the water. Drawn with the theme's colours. */
function Lamp() {
  return (
    <svg className="welcome__lamp" viewBox="0 0 120 96" width="120" height="96" fill="none" aria-hidden="true">
      <path className="welcome__beam" d="M52 30 4 14v26zM68 30l48-16v26z" />
      <path className="welcome__tower" d="M53 38h14l5 46H48zM51 34h18v4H51zM54 24h12v10H54zM53 24l7-8 7 8z" />
      <path className="welcome__light" d="M57 27h6v5h-6z" />
      <path className="welcome__sea" d="M6 86c8 0 8-4 16-4s8 4 16 4 8-4 16-4 8 4 16 4 8-4 16-4 8 4 16 4 8-4 12-4" />
    </svg>
  );
}

export function Welcome({ title, lead, children, foot }: { title: string; lead?: ReactNode; children: ReactNode; foot?: ReactNode }) {
  return (
    <main className="welcome" id="main">
      <div className="welcome__card">
        <Lamp />
        <h1 className="welcome__title">{title}</h1>
        {lead && <p className="welcome__lead">{lead}</p>}
        {children}
      </div>
      {foot && <p className="welcome__foot">{foot}</p>}
    </main>
  );
}
