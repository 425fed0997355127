import type { Config } from '../config/schema.ts';
import { cloudEvent } from '../contract/cloud-event.ts';
import { createDelivery, type Deliveries } from '../delivery/delivery.ts';
import { heartbeatContent } from '../delivery/heartbeat-content.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Store } from '../store/store.ts';
import { createChangeSink, restoreStates } from './changes.ts';
import { RedisConnection, type RedisTarget } from './connection.ts';
import { createHeartbeatSink } from './heartbeats.ts';

/** Names of the cursors, over heartbeats and over events, and labels of metrics. */
const ofHeartbeats = 'redis';
const ofChanges = 'redis.changes';

export const redisDestinations = ({ destinations }: Pick<Config, 'destinations'>): string[] =>
  destinations.redis.url === undefined ? [] : [ofHeartbeats, ofChanges];

/** A connection attempt costs little, and the newest state is needed soon. */
const maxBackoffMs = 5_000;

/**
 * Delivery to Redis, with a pump and a cursor for each of the two logs:
 *
 *   store.heartbeats ─▶ pump ─▶ last heartbeats, the subscriber's keys ─┐
 *   store.events ─────▶ pump ─▶ states, then messages to the stream ────┴─▶ connection ─▶ Redis
 */
export async function connectRedis(
  config: Config,
  store: Store,
  runtime: Runtime,
): Promise<Deliveries> {
  const { redis } = config.destinations;
  const { url } = redis;
  if (url !== undefined) return deliverTo({ ...redis, url }, config, store, runtime);
  await dismiss(store, runtime);
  return {
    deadLetterQueues: {},
    start: () => undefined,
    health: () => ({}),
    statuses: () => ({}),
    stop: () => Promise.resolve(0),
  };
}

function deliverTo(
  target: RedisTarget,
  { delivery, liveness }: Config,
  { heartbeats, events }: Store,
  runtime: Runtime,
): Deliveries {
  const connection = new RedisConnection(target, (send) => restoreStates(events, target, send));
  const { backoff } = delivery;
  const maxMs = Math.min(backoff.maxMs, maxBackoffMs);
  const shared = {
    ...delivery,
    // The newest value of each key is what counts, and more batches would mix up their order.
    parallelBatches: 1,
    backoff: { firstMs: Math.min(backoff.firstMs, maxMs), maxMs },
    timeoutMs: target.timeoutSeconds * 1_000,
  };
  const maxAgeMs = liveness.maxAgeSeconds * 1_000;
  const deliveries = {
    [ofHeartbeats]: createDelivery(
      {
        ...shared,
        destination: ofHeartbeats,
        outbox: heartbeats,
        deliver: createHeartbeatSink({ ...target, connection, maxAgeMs }),
        toContent: heartbeatContent,
      },
      runtime,
    ),
    [ofChanges]: createDelivery(
      {
        ...shared,
        batchWaitMs: 0,
        destination: ofChanges,
        outbox: events,
        deliver: createChangeSink({ ...target, connection }),
        toContent: (event) => ({ event: cloudEvent(event) }),
      },
      runtime,
    ),
  };
  const all = Object.entries(deliveries);
  return {
    deadLetterQueues: Object.fromEntries(all.map(([name, one]) => [name, one.deadLetters])),
    start() {
      for (const [, one] of all) one.start();
    },
    health: () => Object.fromEntries(all.map(([name, one]) => [name, one.health()])),
    statuses: () => Object.fromEntries(all.map(([name, one]) => [name, one.status()])),
    async stop(drainMs) {
      const stopped = await Promise.all(all.map(([, one]) => one.stop(drainMs)));
      connection.close();
      return stopped.reduce((sum, { left }) => sum + left, 0);
    },
  };
}

/** Stops keeping records for a Redis that is no longer configured. */
async function dismiss({ heartbeats, events }: Store, { log }: Runtime): Promise<void> {
  for (const [name, outbox] of [
    [ofHeartbeats, heartbeats] as const,
    [ofChanges, events] as const,
  ]) {
    if (!outbox.readers().includes(name)) continue;
    await outbox.dismiss(name);
    log.warn({ reader: name }, 'Redis is no longer configured: what waited for it is dropped');
  }
}
