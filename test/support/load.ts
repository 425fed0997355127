import { setTimeout as delay } from 'node:timers/promises';
import { afterAll } from '@jest/globals';

/** The instances of the sent and of the acknowledged heartbeats. */
export type Load = {
  readonly sent: Set<string>;
  readonly acknowledged: Set<string>;
  /** Responses other than 202 and 503; there must be none. */
  readonly unexpected: string[];
  stop(): Promise<void>;
};

const running = new Set<Load>();
// A failed test has not stopped its loads.
afterAll(async () => {
  await Promise.all([...running].map((load) => load.stop()));
});

/**
 * Posts heartbeats, each of an instance of its own, from `senders` loops until stopped: one at a
 * time and in batches. `prefix` makes the instances unique among loads. A sender whose connection
 * breaks continues with new heartbeats, so that the previous ones stay unacknowledged.
 */
export function startLoad(
  url: () => string,
  {
    prefix,
    senders = 8,
    pauseMs = 0,
    nameOf = () => 'Orion',
  }: {
    prefix: string;
    senders?: number;
    pauseMs?: number;
    nameOf?: (n: number) => string;
  },
): Load {
  const sent = new Set<string>();
  const acknowledged = new Set<string>();
  const unexpected: string[] = [];
  let count = 0;
  let isStopped = false;

  async function post(size: number): Promise<void> {
    const batch = Array.from({ length: size }, () => {
      const n = count++;
      const instance = `${prefix}-${n}`;
      sent.add(instance);
      return { name: nameOf(n), version: '1.0', instance, timestamp: Date.now() };
    });
    try {
      const answer = await fetch(`${url()}/api/v1/heartbeats`, {
        method: 'POST',
        body: JSON.stringify(size === 1 ? batch[0] : batch),
        signal: AbortSignal.timeout(10_000),
      });
      const text = await answer.text();
      if (answer.status === 202) for (const { instance } of batch) acknowledged.add(instance);
      else if (answer.status !== 503) unexpected.push(`${answer.status} ${text}`);
    } catch {
      await delay(20);
    }
  }

  const loops = Array.from({ length: senders }, async (_, sender) => {
    while (!isStopped) {
      await post(sender % 4 === 0 ? 50 : 1);
      await delay(pauseMs);
    }
  });
  const load: Load = {
    sent,
    acknowledged,
    unexpected,
    async stop() {
      running.delete(load);
      isStopped = true;
      await Promise.all(loops);
    },
  };
  running.add(load);
  return load;
}
