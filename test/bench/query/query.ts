import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runLoad } from '../load/run-load.ts';
import { mainThreadCpuSeconds } from '../machine/process-stats.ts';
import { closedPlan } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { median } from '../report/median.ts';
import { progress } from '../report/progress.ts';
import { atMost, type Section } from '../report/report.ts';
import { makeFolder, removeFolder } from '../servers/child.ts';
import { type Server, startServer } from '../servers/server.ts';
import { exportInstances, postHeartbeatOfEach } from './csv-export.ts';
import { monthly, monthOfPresences, type Scenario, scenarios } from './scenarios.ts';
import { fleetIdentity, presenceCount, seedInstances, seedPresences } from './seed.ts';
import { type QueryCost, repeatQuery, timeQuery } from './timed-query.ts';

const million = 1_000_000;

/** Cost of queries about long periods, of a very long list, and of queries to ingest. */
export async function query(options: BenchOptions): Promise<Section> {
  const costs: { scenario: Scenario; cost: QueryCost }[] = [];
  for (const scenario of scenarios) {
    progress(`query: ${scenario.title}`);
    const cost = await withData(
      options,
      (data) => seedPresences(data, scenario.history),
      (server) => timeQuery(server, scenario.path, 2 * options.rounds + 1),
    );
    costs.push({ scenario, cost });
  }
  progress('query: a million instances as CSV');
  const exported = await withData(
    options,
    (data) => seedInstances(data, million),
    async (server) => {
      await postHeartbeatOfEach(server, million, fleetIdentity);
      return exportInstances(server);
    },
  );
  progress('query: queries under full load');
  const loaded = await underLoad(options);

  return {
    name: 'query',
    title: 'Queries',
    rows: costs.map(({ scenario: { title, history }, cost }) => ({
      query: title,
      presences: presenceCount(history),
      ms: cost.ms,
      'CPU ms': cost.cpuMs,
      'response, kB': cost.bytes / 1_000,
    })),
    targets: [
      ...costs.flatMap(({ scenario: { title, maxMs }, cost: { ms } }) =>
        maxMs === undefined ? [] : [atMost(`${title}, ms`, ms, maxMs)],
      ),
      atMost('1,000,000 instances as CSV, s', exported.seconds, 10),
      atMost('memory growth meanwhile, MB', exported.grownMb, 100),
      atMost('share of the main thread for queries', loaded.share, 0.1),
    ],
    notes: [
      `The CSV had ${exported.rows.toLocaleString('en')} rows; each instance had sent a heartbeat before. Under load the service processed ${loaded.queries.toFixed(1)} queries a second about the 30 days, one after the other, and ${Math.round(loaded.throughput * 100)} % of the heartbeats. On cores that other processes use, that share says little; the share of the main thread does.`,
      'Times are medians, from the request to the last byte of the response. A result has at most 50,000 rows, so the query for 1,000 names over 30 days has steps of a day.',
    ],
  };
}

async function withData<T>(
  options: BenchOptions,
  seed: (dataDir: string) => Promise<void>,
  use: (server: Server) => Promise<T>,
): Promise<T> {
  const folder = makeFolder(options.folder);
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  try {
    await seed(dataDir);
    const { profileTo } = options;
    const server = await startServer('ours', { core: options.serverCore, folder, profileTo });
    try {
      return await use(server);
    } finally {
      await server.stop({ keepData: true });
    }
  } finally {
    removeFolder(folder);
  }
}

/**
 * The same load with and without queries, in turn, on the same service. The main thread receives
 * heartbeats, so its share for queries is their cost at full load, independent of the disk and of
 * the rest of the machine.
 */
function underLoad(options: BenchOptions) {
  return withData(
    options,
    (data) => seedPresences(data, monthOfPresences),
    async (server) => {
      const rounds: { throughput: number; share: number; queries: number }[] = [];
      for (let round = 0; round < options.rounds; round++) {
        const alone = await ingest(server, options);
        // The load sends heartbeats of other components.
        const repeated = repeatQuery(server, `${monthly}&name=component-*`);
        const both = await ingest(server, options);
        rounds.push({
          throughput: both.perSecond / alone.perSecond,
          share: (both.busySeconds - both.requests / alone.perCpuSecond) / both.seconds,
          queries: (await repeated.stop()) / both.seconds,
        });
      }
      return {
        throughput: median(rounds.map(({ throughput }) => throughput)),
        share: median(rounds.map(({ share }) => share)),
        queries: median(rounds.map(({ queries }) => queries)),
      };
    },
  );
}

async function ingest(server: Server, options: BenchOptions) {
  const { pid } = server.child;
  const [cpu, startedMs] = [mainThreadCpuSeconds(pid), performance.now()];
  const plan = { ...closedPlan(64, 1, options.seconds), format: 'full' } as const;
  const result = await runLoad(plan, server, options.loadCore);
  const busySeconds = mainThreadCpuSeconds(pid) - cpu;
  return {
    requests: result.requests,
    perSecond: result.requests / result.seconds,
    perCpuSecond: result.requests / busySeconds,
    busySeconds,
    /** Warm-up and start of the load included, as in `busySeconds`. */
    seconds: (performance.now() - startedMs) / 1_000,
  };
}
