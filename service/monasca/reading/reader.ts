import { z } from 'zod';
import { type Identity, identityKey } from '../../contract/instance.ts';
import type {
  MeasuredInstance,
  MeasuredQuery,
  MeasuredReader,
  MeasuredResult,
} from '../../contract/openstack/measured.ts';
import { createGlob, isGlob } from '../../contract/values/glob.ts';
import { decodeDimensionValue, encodeDimensionValue } from '../dimension-value.ts';
import type { MetricNames } from '../metric.ts';
import { inParallel } from './in-parallel.ts';
import { resultPages } from './pages.ts';
import { type MonascaQuery, MonascaUnavailable, type QueryParameters } from './query.ts';
import { alignedSlices, type Span, slices, widened } from './spans.ts';

/*
 * Reads heartbeats back from Monasca.
 *
 *   statistics (count, one bucket), a day wider ─▶ instances and the margins that they need
 *   statistics (count, one bucket), wider by the margin ─▶ number of measurements
 *        ├─ not too many ─▶ measurements: each heartbeat, in slices of time, in parallel
 *        └─ else ─────────▶ statistics (count, one bucket a width): spans with a heartbeat
 *
 * `group_by=name` is never sent, because an InfluxDB behind Monasca fails on it with 500; `*` groups
 * by everything. Pages of grouped statistics lose rows (their `next` has only the time), so these
 * are queried in portions that fit into one page.
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
/** Longest margin. */
const maxMarginMs = 86_400_000;

type ReaderOptions = MetricNames & {
  readonly query: MonascaQuery;
  /** Queries under way at the same time. */
  readonly parallel: number;
  /** With more measurements, spans are read instead of each measurement. */
  readonly maxMeasurements: number;
  /** Most queries for one result. */
  readonly maxQueries: number;
  readonly timeoutMs: number;
};

/** Instances of one Monasca query: all, or those of one component. */
type Part = { readonly dimensions: string | undefined; readonly series: readonly Series[] };
type Series = { readonly identity: Identity; readonly count: number };
type IsMatching = (identity: Identity) => boolean;

export function createMonascaReader(options: ReaderOptions): MeasuredReader {
  const { timeoutMs } = options;
  return async (query, signal) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await new Reading(options, query, AbortSignal.any([signal, timeout])).read();
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) {
        const detail = `Monasca did not respond completely within ${timeoutMs / 1_000} s`;
        return { kind: 'unavailable', detail };
      }
      if (!(error instanceof MonascaUnavailable)) throw error;
      return { kind: 'unavailable', detail: error.message };
    }
  };
}

/** Execution of one query. */
class Reading {
  readonly #options: ReaderOptions;
  readonly #wanted: MeasuredQuery;
  readonly #isMatching: IsMatching;
  readonly #signal: AbortSignal;

  constructor(options: ReaderOptions, wanted: MeasuredQuery, signal: AbortSignal) {
    this.#options = options;
    this.#wanted = wanted;
    this.#isMatching = matcher(wanted.filter);
    this.#signal = signal;
  }

  async read(): Promise<MeasuredResult> {
    // An instance whose interval is longer than the period may have no heartbeat in it, and be active.
    const known =
      (await this.#parts(widened(this.#wanted, maxMarginMs))) ?? (await this.#parts(this.#wanted));
    const span = widened(this.#wanted, widestMargin(known ?? [], this.#wanted.marginMs));
    const parts = known && (await this.#parts(span));
    if (!parts) {
      return { kind: 'too-much', detail: 'A component has more instances than a page of Monasca' };
    }
    const total = parts.flatMap(({ series }) => series).reduce((sum, { count }) => sum + count, 0);
    return total <= this.#options.maxMeasurements
      ? this.#eachMeasurement(span, parts)
      : this.#eachSpan(parts);
  }

  /** One part, or one for each name where a page cannot hold all series; undefined if still not. */
  async #parts(span: Span): Promise<readonly Part[] | undefined> {
    const { query, dimensionNames, metricName, parallel } = this.#options;
    const all = await this.#count(span, exactDimensions(this.#wanted.filter, dimensionNames));
    if (!all.isFull) return [all];
    const names = new Set<string>();
    const path = '/metrics/dimensions/names/values';
    const parameters = { dimension_name: dimensionNames.name, metric_name: metricName };
    for await (const page of resultPages(query, path, parameters, dimensionValue, this.#signal)) {
      for (const one of page) names.add(one.dimension_value);
    }
    const split = await inParallel([...names], parallel, (name) =>
      this.#count(span, `${dimensionNames.name}:${name}`),
    );
    return split.some(({ isFull }) => isFull) ? undefined : split;
  }

  async #count(
    span: Span,
    dimensions: string | undefined,
  ): Promise<Part & { readonly isFull: boolean }> {
    const found = await this.#statistics(this.#parametersFor(span, dimensions), '0');
    const series = found.flatMap((one) => {
      const identity = this.#identityOf(one.dimensions);
      const count = one.statistics.reduce((sum, [, rows]) => sum + rows, 0);
      return identity ? [{ identity, count }] : [];
    });
    return { dimensions, series, isFull: found.length >= pageRows };
  }

  async #eachMeasurement(span: Span, parts: readonly Part[]): Promise<MeasuredResult> {
    const { query, parallel } = this.#options;
    const times = new TimesByInstance();
    const queries = parts.flatMap(({ dimensions, series }) => {
      const rows = series.reduce((sum, { count }) => sum + count, 0);
      if (rows === 0) return [];
      return slices(span, Math.ceil(rows / pageRows)).map((slice) =>
        this.#parametersFor(slice, dimensions),
      );
    });
    await inParallel(queries, parallel, async (parameters) => {
      const path = '/metrics/measurements';
      for await (const page of resultPages(query, path, parameters, measurements, this.#signal)) {
        for (const one of page) times.add(this.#identityOf(one.dimensions), one.measurements);
      }
    });
    return { kind: 'beats', widthMs: 0, instances: times.all() };
  }

  async #eachSpan(parts: readonly Part[]): Promise<MeasuredResult> {
    const { parallel, maxQueries, maxMeasurements } = this.#options;
    for (const widthMs of this.#wanted.widthsMs) {
      const queries = parts.flatMap(({ dimensions, series }) => {
        const buckets = Math.max(1, Math.floor((pageRows - 1) / Math.max(1, series.length)));
        return alignedSlices(this.#wanted, widthMs * buckets).map((span) =>
          this.#parametersFor(span, dimensions),
        );
      });
      if (queries.length > maxQueries) continue;
      const times = new TimesByInstance();
      await inParallel(queries, parallel, async (parameters) => {
        for (const one of await this.#statistics(parameters, String(widthMs / 1_000))) {
          const filled = one.statistics.filter(([, count]) => count > 0);
          times.add(this.#identityOf(one.dimensions), filled);
        }
      });
      return { kind: 'beats', widthMs, instances: times.all() };
    }
    const total = parts.reduce((sum, { series }) => sum + series.length, 0);
    return {
      kind: 'too-much',
      detail: `Monasca has more than ${maxMeasurements} heartbeats of ${total} instances in this period`,
    };
  }

  /** Counts by series and bucket of `period` seconds; the first page only. */
  async #statistics(parameters: QueryParameters, period: string) {
    const counting = { ...parameters, statistics: 'count', period };
    const { query } = this.#options;
    const path = '/metrics/statistics';
    const first = await resultPages(query, path, counting, statistics, this.#signal).next();
    return first.done ? [] : first.value;
  }

  #parametersFor({ fromMs, toMs }: Span, dimensions: string | undefined): QueryParameters {
    return {
      name: this.#options.metricName,
      start_time: new Date(fromMs).toISOString(),
      end_time: new Date(toMs).toISOString(),
      group_by: '*',
      dimensions,
    };
  }

  /** Undefined for a series that is no heartbeat of ours, or does not match the filter. */
  #identityOf(dimensions: Readonly<Record<string, string>>): Identity | undefined {
    const { dimensionNames } = this.#options;
    const text = (key: keyof Identity) =>
      decodeDimensionValue(dimensions[dimensionNames[key]] ?? '');
    const identity = { name: text('name'), version: text('version'), instance: text('instance') };
    const isComplete = Object.values(identity).every((value) => value !== '');
    return isComplete && this.#isMatching(identity) ? identity : undefined;
  }
}

class TimesByInstance {
  readonly #known = new Map<string, Identity & { timesMs: number[] }>();

  /** Adds rows that begin with an ISO 8601 time. */
  add(identity: Identity | undefined, rows: readonly (readonly [string, ...unknown[]])[]): void {
    if (!identity) return;
    const key = identityKey(identity);
    const found = this.#known.get(key) ?? { ...identity, timesMs: [] };
    this.#known.set(key, found);
    for (const [time] of rows) found.timesMs.push(Date.parse(time));
  }

  all(): MeasuredInstance[] {
    return [...this.#known.values()];
  }
}

/** Dimensions by which Monasca itself can filter: the parts that are no globs. */
function exactDimensions(
  filter: MeasuredQuery['filter'],
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

function matcher(filter: MeasuredQuery['filter']): IsMatching {
  const isName = createGlob(filter.name ?? '*');
  const isVersion = createGlob(filter.version ?? '*');
  const isInstance = createGlob(filter.instance ?? '*');
  return ({ name, version, instance }) =>
    isName(name) && isVersion(version) && isInstance(instance);
}

/** The longest margin of an instance. */
function widestMargin(parts: readonly Part[], marginMs: MeasuredQuery['marginMs']): number {
  const margins = parts.flatMap(({ series }) => series.map(({ identity }) => marginMs(identity)));
  return Math.min(
    maxMarginMs,
    margins.reduce((a, b) => Math.max(a, b), 0),
  );
}
