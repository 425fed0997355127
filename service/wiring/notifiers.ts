import type { Config } from '../config/schema.ts';
import type { NotifierConfig } from '../config/sections/notifiers/notifiers.ts';
import { cloudEvent } from '../contract/cloud-event.ts';
import type { LivenessEvent } from '../contract/event.ts';
import type { DependencyHealth } from '../contract/health.ts';
import { type Destination, passedOver } from '../contract/outcome.ts';
import { deadLetterQueue } from '../delivery/dead-letter-queue.ts';
import { createPump, type Pump } from '../delivery/pump.ts';
import type { Route } from '../http/route.ts';
import type { DeadLetterQueue } from '../http/routes/dead-letters.ts';
import { notificationRoutes } from '../http/routes/notifications.ts';
import { lookAheadIn } from '../notify/look-ahead.ts';
import type { LookAhead, Notifier } from '../notify/notifier.ts';
import { createNotifier } from '../notify/notifiers.ts';
import { createRouting, type Routing } from '../notify/routing.ts';
import { createTester } from '../notify/test-event.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Store } from '../store/store.ts';
import { mirrorDestination } from './gauges.ts';
import { pumpHealth } from './health.ts';

/**
 * The ways of events to those who want to hear of them. Each notifier has a pump and a cursor of its
 * own, so that what one of them fails at delays no other:
 *
 *   store.events ─┬─▶ pump ─▶ routing ─▶ notifier ─▶ webhook, …
 *                 └─▶ pump ─▶ routing ─▶ notifier ─▶ …
 */
export type Notifications = {
  /** By the names of their readers, as all of these. */
  readonly deadLetterQueues: Readonly<Record<string, DeadLetterQueue>>;
  readonly routes: readonly Route[];
  start(): void;
  health(): Readonly<Record<string, DependencyHealth>>;
  /** Delivers for `drainMs` at the most; resolves with what is left for the next start. */
  stop(drainMs: number): Promise<number>;
};

/** A notifier that is to be made, and what concerns it. */
export type PlannedNotifier = {
  readonly name: string;
  readonly routing: Routing;
  create(lookAhead: LookAhead): Notifier;
};

const prefix = 'notifier.';

/** The name of a notifier's cursor, and its label in metrics. */
export const readerOf = ({ name }: Pick<NotifierConfig, 'name'>): string => `${prefix}${name}`;

/** `ofProfiles` are those that a profile brings along, beside the configured ones. */
export async function connectNotifiers(
  config: Config,
  store: Store,
  runtime: Runtime,
  ofProfiles: readonly PlannedNotifier[] = [],
): Promise<Notifications> {
  const configured = config.notifiers.map((notifier) => planned(notifier, runtime));
  const plans = [...configured, ...ofProfiles];
  await dismissOthers(plans.map(readerOf), store, runtime);
  const lines = plans.map((plan) => connect(plan, config, store, runtime));
  return {
    deadLetterQueues: Object.fromEntries(
      lines.map(({ reader, deadLetters }) => [reader, deadLetters]),
    ),
    routes: notificationRoutes(
      plans.map(({ name }) => name),
      createTester(new Map(lines.map(({ name, notifier }) => [name, notifier])), runtime),
    ),
    start() {
      for (const { pump } of lines) pump.start();
    },
    health: () =>
      Object.fromEntries(lines.map(({ reader, pump }) => [reader, pumpHealth(pump.status())])),
    async stop(drainMs) {
      const ends = await Promise.all(
        lines.map(async ({ pump, notifier }) => {
          const { left } = await pump.stop(drainMs);
          notifier.close();
          return left;
        }),
      );
      return ends.reduce((sum, left) => sum + left, 0);
    },
  };
}

const planned = (config: NotifierConfig, runtime: Runtime): PlannedNotifier => ({
  name: config.name,
  routing: config,
  create: (lookAhead) => createNotifier(config, runtime, lookAhead),
});

function connect(
  { name, routing, create }: PlannedNotifier,
  { delivery }: Config,
  { events }: Store,
  runtime: Runtime,
): { name: string; reader: string; notifier: Notifier; pump: Pump; deadLetters: DeadLetterQueue } {
  const reader = readerOf({ name });
  const notifier = create((at) => lookAhead(at));
  const concerns = createRouting(routing, notifier.ends);
  const lookAhead = lookAheadIn(events, concerns);
  const deliver = routed(notifier, concerns);
  const { firstMs, maxMs } = delivery.backoff;
  const mostMs = Math.min(maxMs, notifier.mostBackoffMs ?? maxMs);
  const pump = createPump({
    ...runtime,
    backoff: { firstMs: Math.min(firstMs, mostMs), maxMs: mostMs },
    batchRecords: notifier.batchRecords,
    batchWaitMs: notifier.batchWaitMs,
    // What does not concern the notifier neither breaks up what it groups nor goes one by one.
    wants: concerns,
    // More would mix up the order of events.
    parallelBatches: 1,
    destination: reader,
    reader: events.reader(reader),
    deliver,
    random: Math.random,
  });
  const deadLetters = deadLetterQueue({
    letters: events,
    reader,
    deliver,
    timeoutMs: delivery.timeoutSeconds * 1_000,
    show: (event) => ({ event: cloudEvent(event) }),
  });
  mirrorDestination({ destination: reader, pump, deadLetters }, runtime);
  return { name, reader, notifier, pump, deadLetters };
}

/** Passes over what does not concern the notifier: the cursor moves all the same. */
function routed(
  { deliver }: Notifier,
  concerns: (event: LivenessEvent) => boolean,
): Destination<LivenessEvent> {
  return async (batch, signal) => {
    const wanted = batch.filter(concerns);
    if (wanted.length === 0) return passedOver;
    const outcome = await deliver(wanted, signal);
    return outcome.kind === 'delivered' ? { records: wanted.length, ...outcome } : outcome;
  };
}

/** Nobody waits for the events of a notifier that is not configured any more. */
async function dismissOthers(
  configured: readonly string[],
  { events }: Store,
  { log }: Runtime,
): Promise<void> {
  const gone = events
    .readers()
    .filter((reader) => reader.startsWith(prefix) && !configured.includes(reader));
  for (const reader of gone) {
    await events.dismiss(reader);
    log.warn(
      { reader },
      'this notifier is not configured any more: what it was not told is given up',
    );
  }
}
