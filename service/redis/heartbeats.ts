import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Destination } from '../contract/outcome.ts';
import type { Command, RedisConnection, RedisTarget } from './connection.ts';
import {
  componentKeyOf,
  instanceKeyOf,
  memberStates,
  membersKeyOf,
  subscriberKeyOf,
  subscriberTime,
} from './keys.ts';

type Options = Pick<RedisTarget, 'prefix' | 'ttlSeconds' | 'subscriberKeys'> & {
  readonly connection: Pick<RedisConnection, 'send'>;
  /** Age above which a heartbeat is history. */
  readonly maxAgeMs: number;
};

/**
 * Writes the last heartbeat of each instance and component, and the subscriber's keys. Only the newest
 * of a batch are written, so a backlog costs no more than what is known of it. A repetition is harmless.
 */
export function createHeartbeatSink(options: Options): Destination<Heartbeat> {
  const { connection, prefix, ttlSeconds = 0, subscriberKeys, maxAgeMs } = options;
  const isCurrent = (heartbeat: Heartbeat) =>
    heartbeat.receivedAtMs - heartbeat.timestampMs - Math.max(0, heartbeat.clockOffsetMs ?? 0) <=
    maxAgeMs;

  function write(heartbeat: Heartbeat): Command {
    const { name, version, instance, receivedAtMs, timestampMs, status = 'ok' } = heartbeat;
    const isUp = isCurrent(heartbeat) && status !== 'stopping';
    return {
      script: 'heartbeat',
      keys: keysOf(heartbeat).map((key) => prefix + key),
      args: [
        ...[ttlSeconds, name, version, instance],
        ...[new Date(receivedAtMs).toISOString(), new Date(timestampMs).toISOString()],
        ...[status, isCurrent(heartbeat) ? 1 : 0, isUp ? 1 : 0],
      ],
    };
  }

  const writeSubscribers = (key: string, ms: number): Command => ({
    script: 'newest',
    keys: [prefix + key],
    args: [ttlSeconds, subscriberTime(ms)],
  });

  return async (batch, signal) => {
    const byInstance = new Map<string, Heartbeat>();
    const times = new Map<string, number>();
    for (const heartbeat of batch) {
      const key = instanceKeyOf(heartbeat);
      const known = byInstance.get(key);
      const isNewer = !known || isCurrent(heartbeat) || known.timestampMs < heartbeat.timestampMs;
      if (isNewer) byInstance.set(key, heartbeat);
      if (!subscriberKeys) continue;
      const its = subscriberKeyOf(heartbeat);
      times.set(its, Math.max(times.get(its) ?? 0, heartbeat.timestampMs));
    }
    const commands = [
      ...[...byInstance.values()].map(write),
      ...[...times].map(([key, ms]) => writeSubscribers(key, ms)),
    ];
    return connection.send(commands, signal);
  };
}

/** Keys of the scripts `heartbeat` and `state`. */
export const keysOf = (identity: Pick<Heartbeat, 'name' | 'version' | 'instance'>): string[] => [
  instanceKeyOf(identity),
  componentKeyOf(identity),
  ...memberStates.map((state) => membersKeyOf(identity, state)),
];
