import { setTimeout as delay } from 'node:timers/promises';
import { runLoad } from '../load/run-load.ts';
import type { BenchOptions } from '../options.ts';
import { progress } from '../report/progress.ts';
import type { Server } from './server.ts';

const batch = 10_000;

/** Posts `records` heartbeats, rounded up to whole batches; returns their number. */
export async function fillBacklog(
  server: Server,
  records: number,
  { loadCore }: BenchOptions,
): Promise<number> {
  progress(`filling the outbox with ${records} records`);
  const requests = Math.ceil(records / batch);
  await runLoad(
    { connections: 2, batch, format: 'compact', mode: { kind: 'count', requests } },
    server,
    loadCore,
  );
  return requests * batch;
}

/** Number of records to deliver, from the metric `heartbeat_outbox_records`. */
export async function backlogRecords(server: Server): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  const text = await response.text();
  const value = /^heartbeat_outbox_records(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1];
  if (value === undefined) throw new Error('no heartbeat_outbox_records in /metrics');
  return Number(value);
}

/** Polls the number of records to deliver until `isReached`; throws after `timeoutSeconds`. */
export async function waitForBacklog(
  server: Server,
  timeoutSeconds: number,
  isReached: (records: number) => boolean,
): Promise<number> {
  const timeoutAtMs = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    const records = await backlogRecords(server);
    if (isReached(records)) return records;
    if (performance.now() > timeoutAtMs) {
      throw new Error(
        `${records} records in the outbox after ${timeoutSeconds} s\n${server.child.output()}`,
      );
    }
    await delay(50);
  }
}
