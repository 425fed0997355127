import type { Config } from '../../config/schema.ts';
import type { Identity } from '../../contract/instance.ts';
import type { MeasuredReader } from '../../contract/openstack/measured.ts';
import type { Route } from '../../http/route.ts';
import { activeRoutes } from '../../http/routes/active.ts';
import { componentRoutes } from '../../http/routes/components.ts';
import { eventRoutes } from '../../http/routes/events.ts';
import { instanceRoutes } from '../../http/routes/instances.ts';
import { instanceMetricsRoute, metricsRoute } from '../../http/routes/metrics.ts';
import type { Liveness } from '../../liveness/liveness.ts';
import { createLedgerSource, createWrittenLedgerSource } from '../../query/active/ledger-source.ts';
import { createCachedSource } from '../../query/active/monasca/cached-source.ts';
import { createMeasuredSource } from '../../query/active/monasca/measured-source.ts';
import { knownComponents } from '../../query/availability/known-components.ts';
import { createAvailabilitySource } from '../../query/availability/source.ts';
import { createEventPages } from '../../query/events.ts';
import { createInstanceQueries } from '../../query/instances/queries.ts';
import { createPeriodReader } from '../../query/period/reader.ts';
import { createComponentSeries } from '../../query/series/components.ts';
import { createInstanceSeries } from '../../query/series/instances.ts';
import { createSlicer } from '../../query/slicer.ts';
import type { Ref } from '../../registry/registry.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Store } from '../../store/store.ts';

export type Answers = {
  readonly routes: readonly Route[];
  /** Ends the streams of events, so that the server can close. */
  endStreams(): void;
  /** To be called before the store is closed. */
  close(): Promise<void>;
};

const dayMs = 86_400_000;

/** What is asked about instances, components, events and periods, and who knows it. */
export function answerQuestions(
  config: Config,
  parts: {
    readonly store: Store;
    readonly liveness: Liveness;
    /** Reads back what was delivered to Monasca. */
    readonly read: MeasuredReader | undefined;
  },
  { clock, log, metrics }: Runtime,
): Answers {
  const { store, read: readMeasured } = parts;
  const { registry, ledger, blindTimes, evaluator } = parts.liveness;
  const turns = createSlicer();
  const streams = new AbortController();
  const { file } = store.presences;
  const periods = createPeriodReader({ file, unwritten: ledger.unwritten, turns });
  const { scan, head, read, seqOf, onAppend } = store.events;
  const eventPage = createEventPages(scan, turns);
  const asking = () => {
    const nowMs = clock.now();
    return { nowMs, keptFromMs: nowMs - config.ledger.retentionDays * dayMs };
  };

  /** Of the presence that it is in; what it sent lately may have been stamped so much earlier. */
  function presentSinceMs(ref: Ref): number | undefined {
    const state = registry.state(ref);
    if (state !== 'up' && state !== 'late') return undefined;
    const { downSeconds } = evaluator.thresholds(ref);
    const agoMs = Math.max(config.liveness.maxAgeSeconds, downSeconds) * 1_000;
    return ledger.latestOf(ref, registry.receivedAtMs(ref) - agoMs)?.fromMs;
  }

  /** As it is now: of how long its senders meant to be silent before, nothing is told. */
  function downMs(identity: Identity): number {
    const ref = registry.find(identity);
    if (ref !== undefined) return evaluator.thresholds(ref).downSeconds * 1_000;
    return evaluator.downMs({ ...identity, timestampMs: 0, receivedAtMs: 0 });
  }
  const componentSeries = createComponentSeries({
    registry,
    turns,
    maxComponents: config.metrics.maxComponents,
    expected: config.liveness.rules.filter((rule) => rule.expected),
  });
  const { ageSeconds } = evaluator;
  const instanceSeries = createInstanceSeries({ registry, ageSeconds, turns });
  const measured = readMeasured && createMeasuredSource({ read: readMeasured, downMs });

  return {
    routes: [
      ...eventRoutes({
        page: eventPage,
        feed: { head, read, seqOf, onAppend },
        maxStreams: config.events.maxStreams,
        stopping: streams.signal,
        clock,
        log,
      }),
      ...instanceRoutes({
        ...createInstanceQueries(
          {
            registry,
            thresholds: evaluator.thresholds,
            ageSeconds: evaluator.ageSeconds,
            presentSinceMs,
          },
          turns,
        ),
        presencesOf: (identity: Identity, fromMs: number, toMs: number) =>
          turns.take(() => ledger.presencesOf(identity, fromMs, toMs)),
        eventPage,
        asking,
        retire: evaluator.retire,
      }),
      ...componentRoutes({
        source: createAvailabilitySource(periods, () => knownComponents(registry, turns)),
        rules: config.liveness.rules.map(({ name, version, minInstances = 1 }) => ({
          name,
          version,
          minInstances,
        })),
        asking,
        blindMs: blindTimes.within,
      }),
      ...activeRoutes({
        source: createLedgerSource(periods),
        written: createWrittenLedgerSource(periods),
        monasca: measured && {
          cached: createCachedSource(measured, config.monasca.query.cacheSeconds),
          fresh: measured,
        },
        asking,
      }),
      metricsRoute(metrics, async () => {
        const { text, hidden } = await componentSeries();
        metrics.hiddenComponents.set(hidden.components);
        metrics.hiddenActiveInstances.set(hidden.activeInstances);
        return text;
      }),
      ...(config.metrics.instances ? [instanceMetricsRoute(instanceSeries)] : []),
    ],
    endStreams: () => streams.abort(),
    close: periods.close,
  };
}
