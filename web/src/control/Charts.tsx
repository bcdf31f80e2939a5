/** Answers, how long they took, what failed and what was used, over a time that one chooses; of one daemon or of all. */
import { memo, useEffect, useMemo, useState } from 'react';
import { call, onConnected, type OrchestratorError } from '../app/connection.js';
import { remember, remembered } from '../app/remembered.js';
import { Button, Notice, Segments } from '../ui/index.js';
import { Chart } from './Chart.js';
import { count, exactly, latency, stepTime } from './figures.js';
import type { Line } from './plot.js';
import { highest, RANGES, seriesOf, sum, typical, type Range, type Series } from './series.js';
import type { Statistics } from './wire.js';

const KEPT = 'orchd.range';

function keptRange(): Range {
  const kept = remembered(KEPT);
  return RANGES.find(({ id }) => id === kept) ?? RANGES[1];
}

/** Read anew as often as the range is worth it, while somebody looks. */
function useSeries(orchestratorId: string | undefined, range: Range): { series: Series | null; error: string | null } {
  const [state, setState] = useState<{ series: Series | null; error: string | null; range: Range }>({ series: null, error: null, range });
  useEffect(() => {
    let gone = false;
    const read = async (): Promise<void> => {
      if (document.visibilityState === 'hidden') return;
      const to = Date.now();
      const from = to - range.ms;
      try {
        const answer = await call<Statistics>('statistics.read', {
          ...(orchestratorId ? { orchestratorId } : {}), from: new Date(from).toISOString(), to: new Date(to).toISOString(), points: range.points,
        });
        if (!gone) setState({ series: seriesOf(answer, from, to), error: null, range });
      } catch (error) {
        if (!gone && (error as OrchestratorError).code !== 'connection') setState((before) => ({ ...before, error: (error as Error).message }));
      }
    };
    const forget = onConnected(read);
    const timer = setInterval(() => void read(), range.refreshMs);
    return () => {
      gone = true;
      forget();
      clearInterval(timer);
    };
  }, [orchestratorId, range]);
  return state;
}

interface ChartSpec {
  label: string;
  figure: string;
  unit?: string;
  lines: Line[];
  empty: boolean;
  format(value: number): string;
}

function chartsOf(series: Series): ChartSpec[] {
  const answered = sum(series.answered);
  const failed = sum(series.failed);
  const tokens = sum(series.inputTokens) + sum(series.outputTokens);
  const p50 = typical(series.p50, series.answered);
  const p95 = highest(series.p95);
  return [
    {
      label: 'Answers', figure: count(answered), empty: answered === 0, format: count,
      lines: [{ label: 'Answered', color: '--series-1', values: series.answered, kind: 'area' }],
    },
    {
      label: 'Time to answer', figure: p50 === null ? '–' : latency(p50), unit: p95 === null ? '' : `p95 ≤ ${latency(p95)}`, empty: p50 === null, format: latency,
      lines: [
        { label: 'p50', color: '--series-3', values: series.p50, kind: 'line' },
        { label: 'p95', color: '--series-2', values: series.p95, kind: 'line' },
      ],
    },
    {
      label: 'Failed', figure: count(failed), unit: shareOf(failed, answered), empty: failed === 0, format: count,
      lines: [{ label: 'Failed', color: '--bad', values: series.failed, kind: 'bars' }],
    },
    {
      label: 'Tokens', figure: count(tokens), empty: tokens === 0, format: count,
      lines: [
        { label: 'In', color: '--series-3', values: series.inputTokens, kind: 'area' },
        { label: 'Out', color: '--series-4', values: series.outputTokens, kind: 'line' },
      ],
    },
  ];
}

function shareOf(failed: number, answered: number): string {
  if (failed === 0) return '';
  const share = (failed / (failed + answered)) * 100;
  return `${share < 0.1 ? 'under 0.1' : share.toFixed(1)} %`;
}

export const Charts = memo(function Charts({ orchestratorId, title }: { orchestratorId?: string; title: string }) {
  const [range, setRange] = useState(keptRange);
  const [asTable, setAsTable] = useState(false);
  const { series, error } = useSeries(orchestratorId, range);
  const charts = useMemo(() => (series ? chartsOf(series) : null), [series]);
  const choose = (id: Range['id']): void => {
    remember(KEPT, id);
    setRange(keptRange());
  };
  return (
    <div className="charts">
      <div className="charts__head">
        <h2 className="charts__title">{title}</h2>
        <div className="charts__choices">
          <Button small kind="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>As a table</Button>
          <Segments label="Time shown" value={range.id} options={RANGES.map(({ id, label, words }) => ({ value: id, label: <span title={words}>{label}</span> }))} onChange={choose} />
        </div>
      </div>
      {error && <Notice kind="warn">The charts could not be read: {error}</Notice>}
      {asTable && series ? <Table series={series} caption={`${title}, ${range.words}`} /> : (
        <div className="charts__grid" role="group" aria-label={`${title}, ${range.words}`} tabIndex={0}>
          {charts && series ? charts.map((chart) => <Chart key={chart.label} times={series.times} {...chart} />) : !error && <Placeholders />}
        </div>
      )}
    </div>
  );
});

function Placeholders() {
  return ['Answers', 'Time to answer', 'Failed', 'Tokens'].map((label) => (
    <div key={label} className="chart chart--waiting"><span className="chart__label">{label}</span><div className="skeleton" /></div>
  ));
}

/** The steps in which something happened, the newest first. */
function Table({ series, caption }: { series: Series; caption: string }) {
  const rows = series.times.map((time, index) => ({ time, index }))
    .filter(({ index }) => (series.answered[index] ?? 0) + (series.failed[index] ?? 0) > 0).reverse();
  if (rows.length === 0) return <div className="panel__none">Nothing happened in this time.</div>;
  return (
    <div className="chart-table" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>{['From', 'Answers', 'Failed', 'p50', 'p95', 'Tokens in', 'Tokens out'].map((head) => <th key={head} scope="col">{head}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map(({ time, index }) => (
            <tr key={time}>
              <th scope="row">{stepTime(time * 1000, Date.now())}</th>
              <td>{exactly(series.answered[index] ?? 0)}</td>
              <td>{exactly(series.failed[index] ?? 0)}</td>
              <td>{inWords(series.p50[index])}</td>
              <td>{inWords(series.p95[index])}</td>
              <td>{exactly(series.inputTokens[index] ?? 0)}</td>
              <td>{exactly(series.outputTokens[index] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const inWords = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : latency(value));
