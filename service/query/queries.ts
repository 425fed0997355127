import type { Config } from '../config/schema.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Identity, ThresholdSource, Thresholds } from '../contract/instance.ts';
import type { MeasuredReader } from '../contract/openstack/measured.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Ref, Registry } from '../registry/registry.ts';
import type { Clock } from '../runtime/clock.ts';
import { createSlicer } from '../runtime/concurrency/slicer.ts';
import type { Store } from '../store/store.ts';
import { cacheDelivered, createDeliveredReader } from './active/delivered-reader.ts';
import { knownComponents } from './availability/known-components.ts';
import { createAvailabilitySource } from './availability/source.ts';
import { createEventPages } from './events.ts';
import { createComponentCounter } from './instances/component-counts.ts';
import { InstanceQueries } from './instances/queries.ts';
import { createPeriodReader } from './period/reader.ts';
import { createRecordPages, type SearchedRecords } from './records.ts';
import { createComponentSeries } from './series/components.ts';
import { createInstanceSeries } from './series/instances.ts';
import { createTimelineSource } from './timeline/source.ts';
import { StateFeed } from './timeline/state-feed.ts';

type QueryOptions = {
  readonly config: Pick<Config, 'liveness' | 'metrics' | 'monasca'>;
  readonly store: Pick<Store, 'presences' | 'events'>;
  readonly registry: Registry;
  readonly ledger: Ledger;
  /** Functions of the evaluator of liveness. */
  readonly evaluator: {
    thresholds(ref: Ref): Thresholds;
    thresholdSource(ref: Ref): ThresholdSource;
    ageSeconds(ref: Ref): number;
    statusMessage(ref: Ref): string | undefined;
    downMs(heartbeat: Heartbeat): number;
  };
  /** The log of records; undefined where none are received. */
  readonly records: SearchedRecords | undefined;
  /** Reads back what was delivered to Monasca. */
  readonly readMeasured: MeasuredReader | undefined;
  readonly clock: Clock;
};

/** All queries for instances, components, events and periods. `close` comes before that of the store. */
export type Queries = ReturnType<typeof createQueries>;

export function createQueries(options: QueryOptions) {
  const { config, store, registry, ledger, evaluator, readMeasured, clock } = options;
  const slicer = createSlicer();
  const { file } = store.presences;
  const periods = createPeriodReader({ file, unwritten: ledger.unwritten, slicer });

  /** A heartbeat of the current presence may have a timestamp up to the maximum age before its receipt. */
  function presentSinceMs(ref: Ref): number | undefined {
    const state = registry.state(ref);
    if (state !== 'up' && state !== 'late') return undefined;
    const { downSeconds } = evaluator.thresholds(ref);
    const agoMs = Math.max(config.liveness.maxAgeSeconds, downSeconds) * 1_000;
    return ledger.latestOf(ref, registry.receivedAtMs(ref) - agoMs)?.fromMs;
  }

  /** The current threshold: Monasca does not keep earlier intervals. */
  function downMs(identity: Identity): number {
    const ref = registry.find(identity);
    if (ref !== undefined) return evaluator.thresholds(ref).downSeconds * 1_000;
    return evaluator.downMs({ ...identity, timestampMs: 0, receivedAtMs: 0 });
  }
  const fresh = readMeasured && createDeliveredReader(readMeasured, downMs);
  const { thresholds, ageSeconds, statusMessage } = evaluator;
  const sources = { registry, thresholds, ageSeconds, statusMessage, presentSinceMs };
  const known = () => knownComponents(registry, slicer);

  return {
    instances: new InstanceQueries(sources, slicer),
    thresholdSource(identity: Identity): ThresholdSource | undefined {
      const ref = registry.find(identity);
      return ref === undefined ? undefined : evaluator.thresholdSource(ref);
    },
    measured: readMeasured,
    presencesOf: (identity: Identity, fromMs: number, toMs: number) =>
      slicer.run(() => ledger.presencesOf(identity, fromMs, toMs)),
    events: createEventPages(store.events.scan, slicer),
    records: options.records && createRecordPages(options.records, slicer),
    countAndWrite: periods.countAndWrite,
    delivered: fresh && { fresh, cached: cacheDelivered(fresh, config.monasca.query.cacheSeconds) },
    availability: createAvailabilitySource(periods, known),
    timelines: createTimelineSource(periods, {
      ...{ registry, slicer, knownComponents: known },
      retireAfterMs: config.liveness.retireAfterSeconds * 1_000,
    }),
    states: new StateFeed(registry, clock),
    counts: createComponentCounter(registry),
    componentSeries: createComponentSeries({
      registry,
      slicer,
      maxComponents: config.metrics.maxComponents,
      expected: config.liveness.rules.filter((rule) => rule.expected),
    }),
    instanceSeries: createInstanceSeries({ registry, ageSeconds, slicer }),
    close: periods.close,
  };
}
