import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds, memory } from '../machine/process-stats.ts';
import { postHeartbeats } from '../servers/post-heartbeats.ts';
import type { Server } from '../servers/server.ts';

const batch = 2_000;

/** Posts a heartbeat of each instance, then waits until the service has processed them. */
export async function postHeartbeatOfEach(
  server: Server,
  instances: number,
  identityOf: (id: number) => object,
): Promise<void> {
  for (let from = 1; from <= instances; from += batch) {
    await postHeartbeats(
      server.port,
      Array.from({ length: batch }, (_, n) => identityOf(from + n)),
    );
  }
  for (let idle = 0; idle < 4; ) {
    const before = cpuSeconds(server.child.pid);
    await delay(2_000);
    idle = cpuSeconds(server.child.pid) - before < 0.2 ? idle + 1 : 0;
  }
}

export type CsvExport = {
  readonly rows: number;
  readonly seconds: number;
  /** Growth of the memory of the process during the export. */
  readonly grownMb: number;
};

/** Reads all instances as CSV, without delay. */
export async function exportInstances(server: Server): Promise<CsvExport> {
  const { pid } = server.child;
  const before = memory(pid).rssMb;
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, memory(pid).rssMb);
  }, 20);
  const startedMs = performance.now();
  const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/instances?format=csv`);
  let rows = -1;
  for await (const chunk of response.body ?? []) {
    for (const byte of chunk) if (byte === 10) rows += 1;
  }
  clearInterval(sampling);
  return { rows, seconds: (performance.now() - startedMs) / 1_000, grownMb: peak - before };
}
