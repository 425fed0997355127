import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useStore } from '../../data/store.ts';
import { dateText, visible } from '../../parts/format.ts';
import { theme } from '../../parts/theme.ts';
import type { ActivitySeries } from './series.ts';

export type ChartHandle = { download(): void };

type ChartProps = {
  readonly series: ActivitySeries;
  readonly handle: RefObject<ChartHandle | null>;
  readonly onSelect: (fromMs: number, toMs: number) => void;
};

/** Colours that can be distinguished on both backgrounds. */
const palette = [
  ...['#12917a', '#5b7fd6', '#c9822b', '#a05bb5', '#c24f6e', '#5f9e3c'],
  ...['#2f9fc0', '#8b7355', '#d46a3a', '#6f6ad0', '#8fa32e', '#b0578f'],
];

export function Chart({ series, handle, onSelect }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const colors = useStore(theme);
  const select = useRef(onSelect);
  select.current = onSelect;
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const size = () => ({
      width: element.clientWidth,
      height: element.clientWidth < 520 ? 240 : 360,
    });
    const data: uPlot.AlignedData = [
      [...series.times],
      ...series.values.map((values) => [...values]),
    ];
    const plot = new uPlot(
      { ...size(), ...optionsOf(series, colors, (from, to) => select.current(from, to)) },
      data,
      element,
    );
    handle.current = { download: () => downloadPng(plot, colors.surface) };
    const resized = new ResizeObserver(() => plot.setSize(size()));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
      handle.current = null;
    };
  }, [series, colors]);
  const label = `Active instances of ${series.names.map(visible).join(', ')}`;
  return <div ref={place} class="chart" role="img" aria-label={label} />;
}

function optionsOf(
  { names }: ActivitySeries,
  colors: ReturnType<typeof theme.get>,
  onSelect: (fromMs: number, toMs: number) => void,
): Omit<uPlot.Options, 'width' | 'height'> {
  const axis = {
    stroke: colors.text,
    grid: { stroke: colors.line, width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    cursor: { drag: { x: true, y: false, setScale: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(1, Math.ceil(max * 1.08))] } },
    axes: [
      { ...axis, values: (_, splits, __, ___, step) => splits.map((at) => axisText(at, step)) },
      {
        ...axis,
        size: 44,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
      },
    ],
    series: [
      { label: 'Time', value: (_, at) => (at === null ? '–' : dateText(at * 1_000)) },
      ...names.map((name, at): uPlot.Series => {
        const color = palette[at % palette.length] ?? '#888';
        return {
          label: visible(name),
          stroke: color,
          width: 1.5,
          points: { show: false },
          ...(names.length === 1 ? { fill: `${color}22` } : {}),
          ...(uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
        };
      }),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          onSelect(from * 1_000, to * 1_000);
        },
      ],
    },
  };
}

const timeOnAxis = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const dayOnAxis = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** A local time, or the day at its beginning. */
function axisText(seconds: number, stepSeconds: number): string {
  const at = new Date(seconds * 1_000);
  const isMidnight = at.getHours() === 0 && at.getMinutes() === 0;
  return (stepSeconds >= 86_400 || isMidnight ? dayOnAxis : timeOnAxis).format(at);
}

/** Saves the chart with the background of the page. */
function downloadPng({ ctx }: uPlot, background: string): void {
  const { canvas } = ctx;
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d');
  if (!context) return;
  context.fillStyle = background;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = 'activity.png';
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
