import { z } from 'zod';
import { type Identity, identityKey } from '../../contract/instance.ts';
import type {
  Measured,
  MeasuredInstance,
  MeasuredQuestion,
  MeasuredReader,
} from '../../contract/openstack/measured.ts';
import { createGlob, isGlob } from '../../contract/values/glob.ts';
import { decodeDimensionValue, encodeDimensionValue } from '../dimension-value.ts';
import type { MetricNames } from '../metric.ts';
import { type Ask, MonascaUnavailable } from './ask.ts';
import { inParallel } from './in-parallel.ts';
import { pages } from './pages.ts';

/*
 * Reads heartbeats back from Monasca.
 *
 *   statistics (count, one bucket), a day wider ─▶ which instances, how long they may be silent
 *   statistics (count, one bucket), so much wider ─▶ how many measurements
 *        ├─ not too many ─▶ measurements: each heartbeat, in slices of time, some at once
 *        └─ else ─────────▶ statistics (count, a bucket a width): spans in which there was one
 *
 * `group_by=name` is never sent, because an InfluxDB behind Monasca fails on it with 500; `*` groups
 * by everything. Pages of grouped statistics lose rows (their `next` knows the time alone), so these
 * are asked for in portions that fit into one page.
 */

const measurements = z.object({
  dimensions: z.record(z.string(), z.string()),
  measurements: z.array(z.tuple([z.string()]).rest(z.unknown())),
});
const statistics = z.object({
  dimensions: z.record(z.string(), z.string()),
  statistics: z.array(z.tuple([z.string(), z.number()]).rest(z.unknown())),
});
const dimensionValue = z.object({ dimension_value: z.string() });

/** Monasca's own limit of a page. */
const pageRows = 10_000;
/** Wider than any margin is worth: whoever beats more rarely is not missed for it. */
const mostMarginMs = 86_400_000;

export type ReadingOptions = MetricNames & {
  readonly ask: Ask;
  /** Questions that are under way at once. */
  readonly parallel: number;
  /** Beyond so many, measurements are not read one by one. */
  readonly maxMeasurements: number;
  /** Beyond so many portions, a question is refused. */
  readonly maxQuestions: number;
  readonly timeoutMs: number;
};

/** Instances that one question is about: all, or those of one component. */
type Part = { readonly dimensions: string | undefined; readonly series: readonly Series[] };
type Series = { readonly identity: Identity; readonly count: number };
type Span = { readonly fromMs: number; readonly toMs: number };

export function createMonascaReader(options: ReadingOptions): MeasuredReader {
  const { ask, parallel, maxMeasurements, maxQuestions, timeoutMs, dimensionNames } = options;

  const about = ({ fromMs, toMs }: Span, dimensions: string | undefined) => ({
    name: options.metricName,
    start_time: new Date(fromMs).toISOString(),
    end_time: new Date(toMs).toISOString(),
    group_by: '*',
    dimensions,
  });

  /** Undefined for a series that is no heartbeat of ours, or not asked for. */
  function identityOf(
    dimensions: Readonly<Record<string, string>>,
    isAsked: (identity: Identity) => boolean,
  ): Identity | undefined {
    const text = (key: keyof Identity) =>
      decodeDimensionValue(dimensions[dimensionNames[key]] ?? '');
    const identity = { name: text('name'), version: text('version'), instance: text('instance') };
    const isWhole = Object.values(identity).every((value) => value !== '');
    return isWhole && isAsked(identity) ? identity : undefined;
  }

  async function counted(
    span: Span,
    dimensions: string | undefined,
    isAsked: (identity: Identity) => boolean,
    signal: AbortSignal,
  ): Promise<Part & { readonly isFull: boolean }> {
    const question = { ...about(span, dimensions), statistics: 'count', period: '0' };
    const [found = []] = await firstPage(ask, question, signal);
    const series = found.flatMap((one) => {
      const identity = identityOf(one.dimensions, isAsked);
      const count = one.statistics.reduce((sum, [, rows]) => sum + rows, 0);
      return identity ? [{ identity, count }] : [];
    });
    return { dimensions, series, isFull: found.length >= pageRows };
  }

  /** One part, or one for each name where one page cannot hold all series. */
  async function parts(
    question: Pick<MeasuredQuestion, 'filter'> & Span,
    isAsked: (identity: Identity) => boolean,
    signal: AbortSignal,
  ): Promise<readonly Part[] | undefined> {
    const exact = exactDimensions(question.filter, dimensionNames);
    const all = await counted(question, exact, isAsked, signal);
    if (!all.isFull) return [all];
    const names = new Set<string>();
    const asking = { dimension_name: dimensionNames.name, metric_name: options.metricName };
    const values = pages(ask, '/metrics/dimensions/names/values', asking, dimensionValue, signal);
    for await (const page of values) for (const one of page) names.add(one.dimension_value);
    const split = await inParallel([...names], parallel, (name) =>
      counted(question, `${dimensionNames.name}:${name}`, isAsked, signal),
    );
    return split.some(({ isFull }) => isFull) ? undefined : split;
  }

  async function eachMeasurement(
    span: Span,
    all: readonly Part[],
    isAsked: (identity: Identity) => boolean,
    signal: AbortSignal,
  ): Promise<Measured> {
    const found = collector();
    const asked = all.flatMap(({ dimensions, series }) => {
      const rows = series.reduce((sum, { count }) => sum + count, 0);
      if (rows === 0) return [];
      return slices(span, Math.ceil(rows / pageRows)).map((slice) => about(slice, dimensions));
    });
    await inParallel(asked, parallel, async (parameters) => {
      const rows = pages(ask, '/metrics/measurements', parameters, measurements, signal);
      for await (const page of rows) {
        for (const one of page) {
          const identity = identityOf(one.dimensions, isAsked);
          if (identity)
            found.add(
              identity,
              one.measurements.map(([at]) => Date.parse(at)),
            );
        }
      }
    });
    return { kind: 'beats', widthMs: 0, instances: found.all() };
  }

  async function eachSpan(
    question: MeasuredQuestion,
    all: readonly Part[],
    isAsked: (identity: Identity) => boolean,
    signal: AbortSignal,
  ): Promise<Measured> {
    for (const widthMs of question.widthsMs) {
      const asked = all.flatMap(({ dimensions, series }) => {
        const together = Math.max(1, Math.floor((pageRows - 1) / Math.max(1, series.length)));
        return alignedSlices(question, widthMs * together).map((span) => about(span, dimensions));
      });
      if (asked.length > maxQuestions) continue;
      const found = collector();
      await inParallel(asked, parallel, async (parameters) => {
        const period = String(widthMs / 1_000);
        const counting = { ...parameters, statistics: 'count', period };
        const [page = []] = await firstPage(ask, counting, signal);
        for (const one of page) {
          const identity = identityOf(one.dimensions, isAsked);
          const times = one.statistics.filter(([, count]) => count > 0);
          if (identity)
            found.add(
              identity,
              times.map(([at]) => Date.parse(at)),
            );
        }
      });
      return { kind: 'beats', widthMs, instances: found.all() };
    }
    const total = all.reduce((sum, { series }) => sum + series.length, 0);
    return {
      kind: 'too-much',
      detail: `Monasca has more than ${maxMeasurements} heartbeats of ${total} instances in this period`,
    };
  }

  async function read(question: MeasuredQuestion, signal: AbortSignal): Promise<Measured> {
    const isAsked = matcher(question.filter);
    // Who beats more rarely than the period is long may have sent nothing in it, and be there.
    const known =
      (await parts({ ...question, ...widened(question, mostMarginMs) }, isAsked, signal)) ??
      (await parts(question, isAsked, signal));
    const span = widened(question, widest(known ?? [], question.marginMs));
    const all = known && (await parts({ ...question, ...span }, isAsked, signal));
    if (!all)
      return { kind: 'too-much', detail: 'A component has more instances than a page of Monasca' };
    const total = all.flatMap(({ series }) => series).reduce((sum, { count }) => sum + count, 0);
    return total <= maxMeasurements
      ? eachMeasurement(span, all, isAsked, signal)
      : eachSpan(question, all, isAsked, signal);
  }

  return async (question, signal) => {
    const patience = AbortSignal.timeout(timeoutMs);
    try {
      return await read(question, AbortSignal.any([signal, patience]));
    } catch (error) {
      signal.throwIfAborted();
      if (patience.aborted) {
        const detail = `Monasca did not answer completely within ${timeoutMs / 1_000} s`;
        return { kind: 'unavailable', detail };
      }
      if (error instanceof MonascaUnavailable)
        return { kind: 'unavailable', detail: error.message };
      throw error;
    }
  };
}

async function firstPage(
  ask: Ask,
  parameters: Record<string, string | undefined>,
  signal: AbortSignal,
) {
  const first = await pages(ask, '/metrics/statistics', parameters, statistics, signal).next();
  return [first.done ? [] : first.value] as const;
}

/** What Monasca itself can look for: the parts that are no globs. */
function exactDimensions(
  filter: MeasuredQuestion['filter'],
  names: MetricNames['dimensionNames'],
): string | undefined {
  const keys = ['name', 'version', 'instance'] as const;
  const exact = keys.flatMap((key) => {
    const wanted = filter[key];
    if (wanted === undefined || isGlob(wanted)) return [];
    return [`${names[key]}:${encodeDimensionValue(wanted)}`];
  });
  return exact.length === 0 ? undefined : exact.join(',');
}

function matcher(filter: MeasuredQuestion['filter']): (identity: Identity) => boolean {
  const [isName, isVersion, isInstance] = [filter.name, filter.version, filter.instance].map(
    (pattern) => createGlob(pattern ?? '*'),
  );
  return ({ name, version, instance }) =>
    (isName?.(name) ?? true) && (isVersion?.(version) ?? true) && (isInstance?.(instance) ?? true);
}

const widened = ({ fromMs, toMs }: Span, byMs: number): Span => ({
  fromMs: Math.max(0, fromMs - byMs),
  toMs: toMs + byMs,
});

/** The longest silence of one that is still there, in milliseconds. */
function widest(parts: readonly Part[], marginMs: MeasuredQuestion['marginMs']): number {
  const margins = parts.flatMap(({ series }) => series.map(({ identity }) => marginMs(identity)));
  return Math.min(
    mostMarginMs,
    margins.reduce((a, b) => Math.max(a, b), 0),
  );
}

function slices({ fromMs, toMs }: Span, wanted: number): Span[] {
  const count = Math.max(1, Math.min(wanted, toMs - fromMs));
  const edge = (n: number) => Math.round(fromMs + ((toMs - fromMs) * n) / count);
  return Array.from({ length: count }, (_, n) => ({ fromMs: edge(n), toMs: edge(n + 1) }));
}

/** Slices that begin at multiples of their length, but for the first; no bucket is cut in two. */
function alignedSlices({ fromMs, toMs }: Span, lengthMs: number): Span[] {
  const found: Span[] = [];
  for (let from = fromMs; from < toMs; ) {
    const to = Math.min(toMs, (Math.floor(from / lengthMs) + 1) * lengthMs);
    found.push({ fromMs: from, toMs: to });
    from = to;
  }
  return found;
}

function collector() {
  const known = new Map<string, Identity & { timesMs: number[] }>();
  return {
    add(identity: Identity, times: readonly number[]): void {
      const key = identityKey(identity);
      const found = known.get(key) ?? { ...identity, timesMs: [] };
      known.set(key, found);
      for (const time of times) found.timesMs.push(time);
    },
    all: (): MeasuredInstance[] => [...known.values()],
  };
}
