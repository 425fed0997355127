import { redisSection } from '../../service/config/sections/destinations/redis.ts';
import type { Outcome } from '../../service/contract/outcome.ts';
import { createChangeSink } from '../../service/redis/changes.ts';
import { RedisConnection, type RedisTarget } from '../../service/redis/connection.ts';
import { createHeartbeatSink } from '../../service/redis/heartbeats.ts';

export const noAbort = new AbortController().signal;

/** The settings `destinations.redis`, checked. */
export function redisTarget(settings: { readonly url: string } & Record<string, unknown>) {
  const target: RedisTarget = { ...redisSection.parse(settings), url: settings.url };
  return target;
}

/** Both sinks over one connection, which `close` ends. */
export function openSinks(settings: { readonly url: string } & Record<string, unknown>) {
  const target = redisTarget(settings);
  const connection = new RedisConnection(target);
  return {
    connection,
    heartbeats: createHeartbeatSink({ ...target, connection, maxAgeMs: 60_000 }),
    changes: createChangeSink({ ...target, connection }),
    close: () => connection.close(),
  };
}

/** Kind of an outcome, with the reason of a retry. */
export const kindOf = (outcome: Outcome): string =>
  outcome.kind === 'retry' ? `retry: ${outcome.reason}` : outcome.kind;
