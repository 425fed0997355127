import type { Heartbeat } from '../contract/heartbeat.ts';
import { componentKey } from '../contract/instance.ts';
import type { Destination } from '../contract/outcome.ts';
import type { Command, RedisConnection, RedisTarget } from './connection.ts';
import { componentKeyOf, instanceKeyOf, subscriberKeyOf, subscriberTime } from './keys.ts';

type Options = Pick<RedisTarget, 'prefix' | 'ttlSeconds' | 'subscriberKeys'> & {
  readonly connection: Pick<RedisConnection, 'send'>;
  /** Age above which a heartbeat is history. */
  readonly maxAgeMs: number;
};

/** Most keys of one call of a script, which Redis executes without a pause. */
const keysTogether = 100;

/**
 * Writes the last heartbeat of each instance and component, and the subscriber's keys. Only the newest
 * of a batch are written, so a backlog costs no more than what is known of it. A repetition is harmless.
 */
export function createHeartbeatSink(options: Options): Destination<Heartbeat> {
  const { connection, prefix, ttlSeconds = 0, subscriberKeys, maxAgeMs } = options;
  const isCurrent = (heartbeat: Heartbeat) =>
    heartbeat.receivedAtMs - heartbeat.timestampMs - Math.max(0, heartbeat.clockOffsetMs ?? 0) <=
    maxAgeMs;

  const valuesOf = (heartbeat: Heartbeat): string[] => {
    const { instance, receivedAtMs, timestampMs, status } = heartbeat;
    const shown = status === 'stopping' ? 'current' : 'up';
    return [
      instance,
      new Date(receivedAtMs).toISOString(),
      new Date(timestampMs).toISOString(),
      status ?? 'ok',
      isCurrent(heartbeat) ? shown : 'history',
    ];
  };

  const writes = ([first, ...others]: readonly [Heartbeat, ...Heartbeat[]]): Command[] =>
    slices([first, ...others]).map((some) => ({
      script: 'heartbeats',
      keys: [componentKeyOf(first), ...some.map(instanceKeyOf)].map((key) => prefix + key),
      args: [ttlSeconds, first.name, first.version, ...some.flatMap(valuesOf)],
    }));

  const subscriberWrites = (times: ReadonlyMap<string, number>): Command[] =>
    slices([...times]).map((some) => ({
      script: 'newest',
      keys: some.map(([key]) => prefix + key),
      args: [ttlSeconds, ...some.map(([, ms]) => subscriberTime(ms))],
    }));

  return (batch, signal) => {
    const commands = newestByComponent(batch, isCurrent).flatMap(writes);
    const ofSubscriber = subscriberKeys ? subscriberWrites(newestTimes(batch)) : [];
    return connection.send([...commands, ...ofSubscriber], signal);
  };
}

/** The heartbeat of each instance that a sequence of writes would leave, by component. */
function newestByComponent(
  batch: readonly Heartbeat[],
  isCurrent: (heartbeat: Heartbeat) => boolean,
): [Heartbeat, ...Heartbeat[]][] {
  const components = new Map<string, Map<string, Heartbeat>>();
  for (const heartbeat of batch) {
    const key = componentKey(heartbeat);
    const instances = components.get(key) ?? new Map<string, Heartbeat>();
    components.set(key, instances);
    const known = instances.get(heartbeat.instance);
    if (!known || isCurrent(heartbeat) || known.timestampMs < heartbeat.timestampMs) {
      instances.set(heartbeat.instance, heartbeat);
    }
  }
  return [...components.values()].flatMap((instances) => {
    const [first, ...others] = instances.values();
    return first ? [[first, ...others]] : [];
  });
}

/** The newest timestamp of each key of the subscriber. */
function newestTimes(batch: readonly Heartbeat[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const heartbeat of batch) {
    const key = subscriberKeyOf(heartbeat);
    if (key === undefined) continue;
    times.set(key, Math.max(times.get(key) ?? 0, heartbeat.timestampMs));
  }
  return times;
}

const slices = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / keysTogether) }, (_, index) =>
    all.slice(index * keysTogether, (index + 1) * keysTogether),
  );
