/** Draws one chart. The only file that knows uPlot; it is loaded when a chart is first shown. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  label: string;
  /** The name of a custom property of the theme, such as --chart-1. */
  color: string;
  values: Array<number | null>;
  kind: 'area' | 'line' | 'bars';
}

export interface PlotSpec {
  times: number[];
  lines: Line[];
  height: number;
  format(value: number): string;
  /** Under the pointer: which step, or null when it left. */
  pointed(index: number | null): void;
}

export interface Plot {
  destroy(): void;
}

const AXIS_FONT = '11px system-ui, sans-serif';
const TWO_DAYS_S = 2 * 86_400;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

function timeLabels(times: number[]): (plot: uPlot, splits: number[]) => string[] {
  const long = (times[times.length - 1] ?? 0) - (times[0] ?? 0) > TWO_DAYS_S;
  return (_plot, splits) => splits.map((time) => (long ? day : clock).format(time * 1000));
}

function themed(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim() || 'currentColor';
}

const COUNTS = [1, 2, 5].flatMap((digit) => Array.from({ length: 10 }, (_, power) => digit * 10 ** power)).sort((a, b) => a - b);

/** A value between two steps without any has no line: it is a dot. (null would be a dot for every value.) */
function alone(plot: uPlot, series: number): number[] {
  const values = Array.from(plot.data[series] ?? []);
  return values.flatMap((value, index) => ((value ?? null) !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null ? [index] : []));
}

function seriesOf(element: Element, { label, color, kind }: Line): uPlot.Series {
  const stroke = themed(element, color);
  const { bars } = uPlot.paths;
  return {
    label, stroke, width: kind === 'bars' ? 0 : 1.75, spanGaps: false,
    points: kind === 'line' ? { show: true, size: 5, fill: stroke, filter: (plot, index) => alone(plot, index) } : { show: false },
    ...(kind === 'line' ? {} : { fill: kind === 'bars' ? stroke : `color-mix(in srgb, ${stroke} 16%, transparent)` }),
    ...(kind === 'bars' && bars ? { paths: bars({ size: [0.7, 14] }) } : {}),
  };
}

export function draw(element: HTMLElement, spec: PlotSpec): Plot {
  const ink = themed(element, '--text-faint');
  const rule = themed(element, '--line');
  const axis: uPlot.Axis = { stroke: ink, font: AXIS_FONT, grid: { stroke: rule, width: 1 }, ticks: { show: false } };
  const plot = new uPlot({
    width: Math.max(element.clientWidth, 120), height: spec.height, legend: { show: false }, padding: [8, 18, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false }, sync: { key: 'control-room' } },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [
      { ...axis, grid: { show: false }, space: 64, size: 24, values: timeLabels(spec.times) },
      { ...axis, space: 28, size: 48, incrs: COUNTS, values: (_plot, splits) => splits.map((value) => spec.format(value)) },
    ],
    series: [{}, ...spec.lines.map((line) => seriesOf(element, line))],
    hooks: { setCursor: [({ cursor }) => spec.pointed(cursor.idx ?? null)] },
  }, [spec.times, ...spec.lines.map(({ values }) => values)] as uPlot.AlignedData, element);
  const observer = new ResizeObserver(() => {
    const width = element.clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: spec.height });
  });
  observer.observe(element);
  return {
    destroy() {
      observer.disconnect();
      plot.destroy();
    },
  };
}
