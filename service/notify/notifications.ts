import type { Config } from '../config/schema.ts';
import type { NotifierConfig } from '../config/sections/notifiers/notifiers.ts';
import { cloudEvent } from '../contract/cloud-event.ts';
import type { LivenessEvent } from '../contract/event.ts';
import { type Destination, skipped } from '../contract/outcome.ts';
import { createDelivery, type Deliveries, type Delivery } from '../delivery/delivery.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Store } from '../store/store.ts';
import { createRoutedLog } from './look-ahead.ts';
import type { Notifier, RoutedLog } from './notifier.ts';
import { createNotifier } from './notifiers.ts';
import { createRouting, type Routing } from './routing.ts';
import { createNotifierTest, type NotifierTest } from './test-event.ts';

/**
 * Delivery of events to all notifiers. Each has its own pump and cursor, so that the failure of one
 * delays no other:
 *
 *   store.events ─┬─▶ pump ─▶ routing ─▶ notifier ─▶ webhook, …
 *                 └─▶ pump ─▶ routing ─▶ notifier ─▶ …
 */
type Notifications = Deliveries & {
  /** Names of all notifiers. */
  readonly names: readonly string[];
  readonly test: NotifierTest;
};

/** A notifier to be made, and the events that it gets. */
type PlannedNotifier = {
  readonly name: string;
  readonly routing: Routing;
  create(log: RoutedLog): Notifier;
  /** Whether deliveries pause for now: events wait. */
  readonly isHeld?: (() => boolean) | undefined;
};

const prefix = 'notifier.';

/** Name of a notifier's cursor, and its label in metrics. */
export const readerOf = ({ name }: Pick<NotifierConfig, 'name'>): string => `${prefix}${name}`;

/** `ofProfiles` are notifiers that a profile adds to the configured ones. */
export async function connectNotifiers(
  config: Config,
  store: Store,
  runtime: Runtime,
  ofProfiles: readonly PlannedNotifier[] = [],
): Promise<Notifications> {
  const configured = config.notifiers.map(
    (notifier): PlannedNotifier => ({
      name: notifier.name,
      routing: notifier,
      create: (log) => createNotifier(notifier, runtime, log),
    }),
  );
  const plans = [...configured, ...ofProfiles];
  await dismissOthers(plans.map(readerOf), store, runtime);
  const connected = plans.map((plan) => connect(plan, config, store, runtime));
  const byReader = <R>(read: (delivery: Delivery) => R) =>
    Object.fromEntries(connected.map(({ name, delivery }) => [readerOf({ name }), read(delivery)]));
  return {
    names: plans.map(({ name }) => name),
    test: createNotifierTest(
      new Map(connected.map(({ name, notifier }) => [name, notifier])),
      runtime,
    ),
    deadLetterQueues: byReader(({ deadLetters }) => deadLetters),
    start() {
      for (const { delivery } of connected) delivery.start();
    },
    health: () => byReader((delivery) => delivery.health()),
    statuses: () => byReader((delivery) => delivery.status()),
    async stop(drainMs) {
      const left = await Promise.all(
        connected.map(async ({ delivery, notifier }) => {
          const stopped = await delivery.stop(drainMs);
          notifier.close();
          return stopped.left;
        }),
      );
      return left.reduce((sum, records) => sum + records, 0);
    },
  };
}

function connect(
  { name, routing, create, isHeld }: PlannedNotifier,
  { delivery: { backoff, timeoutSeconds } }: Config,
  { events }: Store,
  runtime: Runtime,
): { name: string; notifier: Notifier; delivery: Delivery } {
  const log = createRoutedLog(events, (event) => isRouted(event));
  const notifier = create(log);
  const isRouted = createRouting(routing, notifier.ends);
  const maxMs = Math.min(backoff.maxMs, notifier.maxBackoffMs ?? backoff.maxMs);
  const delivery = createDelivery(
    {
      destination: readerOf({ name }),
      outbox: events,
      deliver: routed(notifier, isRouted),
      backoff: { firstMs: Math.min(backoff.firstMs, maxMs), maxMs },
      batchRecords: notifier.batchRecords,
      batchWaitMs: notifier.batchWaitMs,
      // Events for other notifiers neither break up a group of events nor go one by one.
      wants: isRouted,
      isHeld,
      // More would mix up the order of events.
      parallelBatches: 1,
      timeoutMs: timeoutSeconds * 1_000,
      toContent: (event) => ({ event: cloudEvent(event) }),
    },
    runtime,
  );
  return { name, notifier, delivery };
}

/** Delivers the events that are routed to the notifier; the cursor passes the others too. */
function routed(
  { deliver }: Notifier,
  isRouted: (event: LivenessEvent) => boolean,
): Destination<LivenessEvent> {
  return async (batch, signal) => {
    const events = batch.filter(isRouted);
    if (events.length === 0) return skipped;
    const outcome = await deliver(events, signal);
    return outcome.kind === 'delivered' ? { records: events.length, ...outcome } : outcome;
  };
}

/** Stops keeping events for notifiers that are no longer configured. */
async function dismissOthers(
  configured: readonly string[],
  { events }: Store,
  { log }: Runtime,
): Promise<void> {
  const removed = events
    .readers()
    .filter((reader) => reader.startsWith(prefix) && !configured.includes(reader));
  for (const reader of removed) {
    await events.dismiss(reader);
    log.warn({ reader }, 'notifier no longer configured: its undelivered events are dropped');
  }
}
