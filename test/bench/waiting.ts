import { setTimeout as delay } from 'node:timers/promises';
import type { BenchOptions } from './options.ts';
import { progress } from './progress.ts';
import { runLoad } from './run-load.ts';
import type { Server } from './server.ts';

const batch = 10_000;

/** Posts `records` heartbeats, rounded up to whole batches; returns how many. */
export async function fill(
  server: Server,
  records: number,
  { loadCore }: BenchOptions,
): Promise<number> {
  progress(`filling with ${records} records`);
  const requests = Math.ceil(records / batch);
  await runLoad(
    { connections: 2, batch, form: 'compact', mode: { kind: 'count', requests } },
    server,
    loadCore,
  );
  return requests * batch;
}

/** `heartbeat_outbox_records`: how many wait to be delivered. */
export async function waitingRecords(server: Server): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  const text = await answer.text();
  const value = /^heartbeat_outbox_records(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1];
  if (value === undefined) throw new Error('no heartbeat_outbox_records in /metrics');
  return Number(value);
}

/** Samples the number of waiting records until `enough`; throws after `patienceSeconds`. */
export async function watchWaiting(
  server: Server,
  patienceSeconds: number,
  enough: (records: number) => boolean,
): Promise<number> {
  const giveUpMs = performance.now() + patienceSeconds * 1000;
  for (;;) {
    const records = await waitingRecords(server);
    if (enough(records)) return records;
    if (performance.now() > giveUpMs) {
      throw new Error(
        `${records} records still wait after ${patienceSeconds} s\n${server.child.output()}`,
      );
    }
    await delay(50);
  }
}
