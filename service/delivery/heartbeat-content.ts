import type { Heartbeat } from '../contract/heartbeat.ts';
import { isoTime } from '../contract/values/iso-time.ts';
import type { DeadLetterContent } from './dead-letter-queue.ts';

/** A rejected heartbeat, as the API returns it. */
export function heartbeatContent(heartbeat: Heartbeat): DeadLetterContent {
  const { name, version, instance, timestampMs, receivedAtMs, ...rest } = heartbeat;
  const { intervalSeconds, status, message, meta } = rest;
  return {
    heartbeat: {
      name,
      version,
      instance,
      timestamp: isoTime(timestampMs),
      receivedAt: isoTime(receivedAtMs),
      interval: intervalSeconds,
      status,
      message,
      meta,
    },
  };
}
