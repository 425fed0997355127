import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runLoad } from '../load/run-load.ts';
import { mainThreadCpuSeconds } from '../machine/process-stats.ts';
import { closed } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { median } from '../report/median.ts';
import { progress } from '../report/progress.ts';
import { atMost, type Section } from '../report/report.ts';
import { makeFolder, removeFolder } from '../servers/child.ts';
import { type Server, startServer } from '../servers/server.ts';
import { beatOnce, listEverything } from './csv-export.ts';
import { memberOf, type Past, presencesOf, seedInstances, seedPresences } from './seed.ts';
import { type Answered, ask, keepAsking } from './timed-query.ts';

const month = { instances: 10_000, names: 50, versions: 20, days: 30 };
const year = { instances: 1_000, names: 20, versions: 5, days: 365 };
const monthly = 'active?from=now-30d&step=1h&by=name';
const yearly = 'active?from=now-365d&step=1d&by=name';

type Scenario = {
  readonly title: string;
  readonly past: Past;
  readonly question: string;
  readonly mostMs?: number;
};

const scenarios: readonly Scenario[] = [
  {
    title: '30 days, 10,000 instances, 1 h by name',
    past: { ...month, presenceHours: 72 },
    question: monthly,
    mostMs: 300,
  },
  {
    title: 'the same, each broken off daily',
    past: { ...month, presenceHours: 24 },
    question: monthly,
  },
  {
    title: '30 days, 1,000 names, 1 d by name',
    past: { ...month, names: 1_000, versions: 1, presenceHours: 72 },
    question: 'active?from=now-30d&step=1d&by=name',
  },
  {
    title: '1 year, 1,000 instances, 1 d by name',
    past: { ...year, presenceHours: 168 },
    question: yearly,
    mostMs: 200,
  },
  {
    title: 'the same, each broken off daily',
    past: { ...year, presenceHours: 24 },
    question: yearly,
  },
  {
    title: 'the last hour of that year, 1 min',
    past: { ...year, presenceHours: 24 },
    question: 'active?from=now-1h&step=1m',
  },
  {
    title: 'availability over 30 days',
    past: { ...month, presenceHours: 72 },
    question: 'availability?from=now-30d',
  },
];

const million = 1_000_000;

/** Questions about long periods over HTTP, very long lists, and what reading costs those who beat. */
export async function query(options: BenchOptions): Promise<Section> {
  const answers: { scenario: Scenario; answered: Answered }[] = [];
  for (const scenario of scenarios) {
    progress(`query: ${scenario.title}`);
    const answered = await withData(
      options,
      (data) => seedPresences(data, scenario.past),
      (server) => ask(server, scenario.question, 2 * options.rounds + 1),
    );
    answers.push({ scenario, answered });
  }
  progress('query: a million instances as CSV');
  const listed = await withData(
    options,
    (data) => seedInstances(data, million),
    async (server) => {
      await beatOnce(server, million, memberOf);
      return listEverything(server);
    },
  );
  progress('query: reading under full load');
  const reading = await underLoad(options);

  return {
    name: 'query',
    title: 'Answers',
    rows: answers.map(({ scenario: { title, past }, answered }) => ({
      question: title,
      presences: presencesOf(past),
      ms: answered.ms,
      'CPU ms': answered.cpuMs,
      'answer, kB': answered.bytes / 1_000,
    })),
    targets: [
      ...answers.flatMap(({ scenario: { title, mostMs }, answered: { ms } }) =>
        mostMs === undefined ? [] : [atMost(`${title}, ms`, ms, mostMs)],
      ),
      atMost('1,000,000 instances as CSV, s', listed.seconds, 10),
      atMost('growth meanwhile, MB', listed.grownMb, 100),
      atMost('part of the main thread that questions take', reading.share, 0.1),
    ],
    notes: [
      `The list had ${listed.rows.toLocaleString('en')} rows; everyone in it had beaten once. Beside the load ${reading.questions.toFixed(1)} questions a second about the 30 days were answered, one after the other; of the heartbeats a second ${Math.round(reading.throughput * 100)} % were left. On cores that others use too that says little: the part of the main thread does.`,
      'Times are medians, from the request to the last byte of the answer. An answer has at most 50,000 rows, so 1,000 names over 30 days are asked for by day.',
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
 * The same load with and without questions, in turn, on the same service. Heartbeats are taken in
 * by the main thread: the part of it that questions take is what they cost at full load, whatever
 * the disk and the rest of the machine do meanwhile.
 */
async function underLoad(options: BenchOptions) {
  const load = { ...closed(64, 1, options.seconds), form: 'full' } as const;
  const measured = async (server: Server) => {
    const { pid } = server.child;
    const [cpu, beganMs] = [mainThreadCpuSeconds(pid), performance.now()];
    const { requests, seconds } = await runLoad(load, server, options.loadCore);
    const busy = mainThreadCpuSeconds(pid) - cpu;
    const lasted = (performance.now() - beganMs) / 1_000;
    return { perSecond: requests / seconds, perCpuSecond: requests / busy, requests, busy, lasted };
  };
  return await withData(
    options,
    (data) => seedPresences(data, { ...month, presenceHours: 72 }),
    async (server) => {
      const rounds: { throughput: number; share: number; questions: number }[] = [];
      for (let round = 0; round < options.rounds; round++) {
        const alone = await measured(server);
        // The load brings names of its own.
        const asking = keepAsking(server, `${monthly}&name=component-*`);
        const both = await measured(server);
        rounds.push({
          throughput: both.perSecond / alone.perSecond,
          share: (both.busy - both.requests / alone.perCpuSecond) / both.lasted,
          questions: (await asking.end()) / both.lasted,
        });
      }
      return {
        throughput: median(rounds.map(({ throughput }) => throughput)),
        share: median(rounds.map(({ share }) => share)),
        questions: median(rounds.map(({ questions }) => questions)),
      };
    },
  );
}
