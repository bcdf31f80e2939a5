/** One chart: what it shows, its one number, and the lines over time. The plot itself is a picture; Charts.tsx has the table. */
import { useEffect, useRef, useState } from 'react';
import { useTheme } from '../app/theme.js';
import { stepTime } from './figures.js';
import type { Line, Plot } from './plot.js';

const HEIGHT = 132;

interface ChartProps {
  label: string;
  figure: string;
  unit?: string;
  times: number[];
  lines: Line[];
  empty: boolean;
  format(value: number): string;
}

export function Chart({ label, figure, unit, times, lines, empty, format }: ChartProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const at = pointed !== null && pointed < times.length ? pointed : null;
  return (
    <figure className="chart">
      <figcaption className="chart__label">{label}</figcaption>
      {at !== null && <span className="chart__when" aria-hidden="true">{stepTime((times[at] as number) * 1000, Date.now())}</span>}
      <div className="chart__figure">{figure}{unit && <small> {unit}</small>}</div>
      <div className="chart__legend" aria-hidden="true">
        {lines.map((line) => (
          <span key={line.label} className="chart__key" style={{ ['--key' as string]: `var(${line.color})` }}>
            {line.label}{at !== null && ` ${valueAt(line, at, format)}`}
          </span>
        ))}
      </div>
      {empty ? <div className="chart__none">Nothing in this time</div> : <Plotted times={times} lines={lines} format={format} pointed={setPointed} />}
    </figure>
  );
}

function valueAt(line: Line, index: number, format: (value: number) => string): string {
  const value = line.values[index];
  return value === null || value === undefined ? '–' : format(value);
}

function Plotted({ times, lines, format, pointed }: { times: number[]; lines: Line[]; format(value: number): string; pointed(index: number | null): void }) {
  const element = useRef<HTMLDivElement>(null);
  const scheme = useScheme();
  useEffect(() => {
    let plot: Plot | null = null;
    let gone = false;
    void import('./plot.js').then(({ draw }) => {
      if (!gone && element.current) plot = draw(element.current, { times, lines, height: HEIGHT, format, pointed });
    });
    return () => {
      gone = true;
      plot?.destroy();
    };
  }, [times, lines, format, pointed, scheme]);
  return <div className="chart__plot" ref={element} aria-hidden="true" />;
}

/** Changes when the colours do. */
function useScheme(): string {
  const theme = useTheme();
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const changed = (): void => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return theme === 'system' ? `system ${dark ? 'dark' : 'light'}` : theme;
}
