import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Destination } from '../contract/outcome.ts';
import type { DeadLetterQueue, DeadLetterView } from '../http/routes/dead-letters.ts';
import type { DeadLetters } from '../store/dead-letters.ts';
import { redeliver } from './redeliver.ts';

/** Whoever sends dead letters again waits for the answer; the connection would not wait for longer. */
const retryPatienceMs = 20_000;

/** The dead letters of one reader, for people to look at and to send again. */
export function deadLetterQueue<T>(parts: {
  letters: DeadLetters<T>;
  reader: string;
  deliver: Destination<T>;
  timeoutMs: number;
  show: (record: T) => DeadLetterView['content'];
}): DeadLetterQueue {
  const { letters, reader, deliver, timeoutMs, show } = parts;
  const pageOf = (afterSeq: number, limit: number) =>
    letters.deadLetters(reader, { afterSeq, limit });
  return {
    page: (after, limit) =>
      pageOf(after, limit).map(({ record, ...letter }) => ({ ...letter, content: show(record) })),
    count: () => letters.deadLetterCount(reader),
    async retry(after, limit) {
      const page = pageOf(after, limit);
      const remove = (seq: number) => letters.removeDeadLetters(reader, [seq]);
      const patienceMs = Math.min(timeoutMs, retryPatienceMs);
      const signal = AbortSignal.timeout(patienceMs);
      return { ...(await redeliver(page, deliver, remove, signal)), page };
    },
  };
}

export function showHeartbeat(heartbeat: Heartbeat): DeadLetterView['content'] {
  const { name, version, instance, timestampMs, receivedAtMs, ...rest } = heartbeat;
  const { intervalSeconds, status, meta } = rest;
  return {
    heartbeat: {
      name,
      version,
      instance,
      timestamp: new Date(timestampMs).toISOString(),
      receivedAt: new Date(receivedAtMs).toISOString(),
      interval: intervalSeconds,
      status,
      meta,
    },
  };
}
