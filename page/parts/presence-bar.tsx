import { useEffect, useRef } from 'preact/hooks';
import { now } from '../data/now.ts';
import type { BlindSpan } from '../data/overview.ts';
import { useStore } from '../data/store.ts';
import type { TimelineSegment } from '../data/timeline.ts';
import { theme } from './theme.ts';

type PresenceBarProps = {
  readonly segments: readonly TimelineSegment[];
  readonly blind: readonly BlindSpan[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Name of what the bar is about, for screen readers. */
  readonly label: string;
};

/**
 * Instances over time, to scale: the height is the number of instances that were up; late and down
 * ones are drawn from the top, blind time is hatched.
 */
export function PresenceBar({ segments, blind, fromMs, toMs, label }: PresenceBarProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colors = useStore(theme);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const redraw = () => drawBar(element, { segments, blind, fromMs, toMs }, colors);
    redraw();
    const resized = new ResizeObserver(redraw);
    resized.observe(element);
    return () => resized.disconnect();
  }, [segments, blind, fromMs, toMs, colors]);
  return (
    <canvas
      ref={canvas}
      class="presence-bar"
      role="img"
      aria-label={`${label}: ${summary(segments, fromMs)}`}
    />
  );
}

/** A bar that ends now and has a fixed length. */
export function RecentBar({
  lengthMs,
  ...rest
}: Omit<PresenceBarProps, 'fromMs' | 'toMs'> & { lengthMs: number }) {
  const toMs = useStore(now);
  return <PresenceBar {...rest} fromMs={toMs - lengthMs} toMs={toMs} />;
}

type Drawn = Omit<PresenceBarProps, 'label'>;
type Colors = ReturnType<typeof theme.get>;

function drawBar(canvas: HTMLCanvasElement, drawn: Drawn, colors: Colors): void {
  const { segments, blind, fromMs, toMs } = drawn;
  const scale = devicePixelRatio;
  const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  // Whole pixels: otherwise there are seams between neighbours.
  const xOf = (ms: number) => Math.round(((ms - fromMs) / (toMs - fromMs)) * width);
  context.fillStyle = colors.track;
  context.fillRect(0, 0, width, height);
  const most = Math.max(1, ...segments.map(({ up, down }) => Math.max(up, down)));
  for (const [at, { fromMs: begin, up, late, down }] of segments.entries()) {
    const left = Math.max(0, xOf(begin));
    const right = Math.min(width, xOf(segments[at + 1]?.fromMs ?? toMs));
    if (right <= 0 || left >= width) continue;
    const fill = (color: string, top: number, bottom: number, least: number) => {
      context.fillStyle = color;
      if (bottom > top) context.fillRect(left, top, Math.max(right - left, least), bottom - top);
    };
    if (up > 0) fill(colors.up, height * (1 - Math.min(1, up / most)), height, scale);
    const { downHeight, lateHeight } = absentHeights({ up, late, down }, most, height);
    fill(colors.late, downHeight, downHeight + lateHeight, 2 * scale);
    fill(colors.down, 0, downHeight, 2 * scale);
  }
  for (const span of blind) {
    const left = Math.max(0, xOf(span.fromMs));
    const right = Math.min(width, xOf(span.toMs));
    if (right > 0 && left < width)
      hatch(context, left, Math.max(right, left + 3 * scale), scale, colors);
  }
}

/**
 * An instance may be up, late and down within one step: what is down counts first, and both are at
 * least high enough to be seen.
 */
function absentHeights(
  { up, late, down }: Omit<TimelineSegment, 'fromMs'>,
  most: number,
  height: number,
): { readonly downHeight: number; readonly lateHeight: number } {
  const absent = Math.max(1, most - up);
  const downShown = Math.min(down, absent);
  const lateShown = Math.min(late, absent - downShown);
  const heightOf = (count: number) =>
    count === 0 ? 0 : Math.max(0.4, Math.min(1, count / most)) * height;
  return {
    downHeight: heightOf(downShown),
    lateHeight: Math.min(heightOf(lateShown), height - heightOf(downShown)),
  };
}

function hatch(
  context: CanvasRenderingContext2D,
  left: number,
  right: number,
  scale: number,
  colors: Colors,
): void {
  const { height } = context.canvas;
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  context.fillStyle = colors.track;
  context.fillRect(left, 0, right - left, height);
  context.strokeStyle = colors.hatch;
  context.lineWidth = scale;
  context.beginPath();
  for (let x = left - height; x < right; x += 4 * scale) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}

function summary(segments: readonly TimelineSegment[], fromMs: number): string {
  const shown = segments.filter((_, at) => (segments[at + 1]?.fromMs ?? Infinity) > fromMs);
  const outages = shown.filter(
    (one, at) => one.down > 0 && (shown[at - 1]?.down ?? 0) === 0,
  ).length;
  const last = shown.at(-1);
  const current = last ? `${last.up} up, ${last.late} late, ${last.down} down now` : 'no heartbeat';
  return `${current}; ${outages === 0 ? 'no outage' : `${outages} times with an instance down`}`;
}
