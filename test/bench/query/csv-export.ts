import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds, memory } from '../machine/process-stats.ts';
import type { Server } from '../servers/server.ts';

const batch = 2_000;

/** Lets everyone beat once, as a fleet does all the time, and waits until that is digested. */
export async function beatOnce(
  server: Server,
  instances: number,
  identityOf: (id: number) => object,
): Promise<void> {
  for (let from = 1; from <= instances; from += batch) {
    const heartbeats = Array.from({ length: batch }, (_, n) => identityOf(from + n));
    const body = JSON.stringify(heartbeats);
    const url = `http://127.0.0.1:${server.port}/api/v1/heartbeats`;
    const answer = await fetch(url, { method: 'POST', body });
    if (answer.status !== 202) throw new Error(`a beat was answered with ${answer.status}`);
    await answer.arrayBuffer();
  }
  for (let idle = 0; idle < 4; ) {
    const before = cpuSeconds(server.child.pid);
    await delay(2_000);
    idle = cpuSeconds(server.child.pid) - before < 0.2 ? idle + 1 : 0;
  }
}

/** All instances as CSV, read as fast as they come. */
export async function listEverything(server: Server): Promise<{
  readonly rows: number;
  readonly seconds: number;
  /** Of the process, over what it was before. */
  readonly grownMb: number;
}> {
  const { pid } = server.child;
  const before = memory(pid).rssMb;
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, memory(pid).rssMb);
  }, 20);
  const beganMs = performance.now();
  const answer = await fetch(`http://127.0.0.1:${server.port}/api/v1/instances?format=csv`);
  let rows = -1;
  for await (const chunk of answer.body ?? []) {
    for (const byte of chunk) if (byte === 10) rows += 1;
  }
  clearInterval(watch);
  return { rows, seconds: (performance.now() - beganMs) / 1_000, grownMb: most - before };
}
