/** Statistics as the charts want them: one value for each step of the range, also for steps in which nothing happened. */
import type { Statistics } from './wire.js';

export const RANGES = [
  { id: '1h', label: '1 h', words: 'the last hour', ms: 3_600_000, points: 60, refreshMs: 10_000 },
  { id: '24h', label: '24 h', words: 'the last 24 hours', ms: 86_400_000, points: 96, refreshMs: 60_000 },
  { id: '7d', label: '7 d', words: 'the last 7 days', ms: 7 * 86_400_000, points: 168, refreshMs: 300_000 },
  { id: '30d', label: '30 d', words: 'the last 30 days', ms: 30 * 86_400_000, points: 120, refreshMs: 600_000 },
] as const;
export type Range = (typeof RANGES)[number];

export interface Series {
  /** Seconds, as uPlot counts. */
  times: number[];
  answered: number[];
  failed: number[];
  p50: Array<number | null>;
  p95: Array<number | null>;
  inputTokens: number[];
  outputTokens: number[];
}

const STEPS_MAX = 1000;

export function seriesOf({ stepMs, points }: Statistics, from: number, to: number): Series {
  const step = Math.max(stepMs, Math.ceil((to - from) / STEPS_MAX));
  const begin = Math.floor(from / step) * step;
  const length = Math.max(1, Math.floor((to - begin) / step) + 1);
  const zeros = (): number[] => new Array<number>(length).fill(0);
  const series: Series = {
    times: Array.from({ length }, (_, index) => (begin + index * step) / 1000), answered: zeros(), failed: zeros(),
    p50: new Array<null>(length).fill(null), p95: new Array<null>(length).fill(null), inputTokens: zeros(), outputTokens: zeros(),
  };
  for (const point of points) {
    const index = Math.floor((Date.parse(point.at) - begin) / step);
    if (!(index >= 0 && index < length)) continue;
    add(series.answered, index, point.answered);
    add(series.failed, index, point.failed);
    add(series.inputTokens, index, point.inputTokens);
    add(series.outputTokens, index, point.outputTokens);
    if (point.latencyMs && point.answered > 0) {
      series.p50[index] = point.latencyMs.p50;
      series.p95[index] = point.latencyMs.p95;
    }
  }
  return series;
}

function add(values: number[], index: number, value: number): void {
  values[index] = (values[index] ?? 0) + value;
}

export const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** The middle of what was measured, weighted by how much was answered; null: nothing was. */
export function typical(values: Array<number | null>, weights: number[]): number | null {
  const known = values.map((value, index) => ({ value, weight: weights[index] ?? 0 }))
    .filter((each): each is { value: number; weight: number } => each.value !== null)
    .sort((a, b) => a.value - b.value);
  const half = sum(known.map(({ weight }) => weight)) / 2;
  let reached = 0;
  for (const { value, weight } of known) {
    reached += weight;
    if (reached >= half) return value;
  }
  return null;
}

export function highest(values: Array<number | null>): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
