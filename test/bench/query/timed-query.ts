import { cpuSeconds } from '../machine/process-stats.ts';
import { median } from '../report/median.ts';
import type { Server } from '../servers/server.ts';

/** Cost of a query over HTTP. */
export type QueryCost = {
  /** From the request to the last byte of the response. */
  readonly ms: number;
  /** CPU time of all threads of the service. */
  readonly cpuMs: number;
  readonly bytes: number;
};

/** Repeats a query and returns medians, without the first query, which starts the thread. */
export async function timeQuery(server: Server, path: string, times: number): Promise<QueryCost> {
  const all: QueryCost[] = [];
  for (let time = 0; time <= times; time++) {
    const [startedMs, cpu] = [performance.now(), cpuSeconds(server.child.pid)];
    const { length: bytes } = await query(server, path);
    const cpuMs = (cpuSeconds(server.child.pid) - cpu) * 1_000;
    if (time > 0) all.push({ ms: performance.now() - startedMs, cpuMs, bytes });
  }
  return {
    ms: median(all.map(({ ms }) => ms)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    bytes: median(all.map(({ bytes }) => bytes)),
  };
}

/** Repeats a query until `stop`, which returns the number of results. */
export function repeatQuery(server: Server, path: string): { stop(): Promise<number> } {
  let isStopped = false;
  const running = (async () => {
    let results = 0;
    while (!isStopped) {
      await query(server, path);
      results += 1;
    }
    return results;
  })();
  return {
    stop() {
      isStopped = true;
      return running;
    },
  };
}

async function query(server: Server, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/${path}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: status ${response.status}, ${text}`);
  return text;
}
