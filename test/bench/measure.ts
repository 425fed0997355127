import { setTimeout as delay } from 'node:timers/promises';
import type { LoadPlan, LoadResult } from './load/load-plan.ts';
import { runLoad } from './load/run-load.ts';
import { disturbanceThreshold, waitUntilIdle } from './machine/idle.ts';
import type { BenchOptions } from './options.ts';
import { openPages } from './page/open-pages.ts';
import { median } from './report/median.ts';
import { progress } from './report/progress.ts';
import { type ServerKind, serviceExists, startServer } from './servers/server.ts';

export type Load = {
  readonly name: string;
  readonly title: string;
  readonly plan: Pick<LoadPlan, 'connections' | 'batch' | 'mode'>;
  /** Whether the server knows all instances before it is measured: none of them starts then. */
  readonly isWarm?: boolean;
};

/** Results of each server by round; those of one index belong to the same round. */
export type Rounds = ReadonlyMap<ServerKind, readonly LoadResult[]>;

const warmupSeconds = 0.8;

export function closedPlan(connections: number, batch: number, seconds: number): Load['plan'] {
  return { connections, batch, mode: { kind: 'closed', warmupSeconds, seconds } };
}

export function openPlan(
  connections: number,
  ratePerSecond: number,
  seconds: number,
): Load['plan'] {
  return { connections, batch: 1, mode: { kind: 'open', ratePerSecond, warmupSeconds, seconds } };
}

/**
 * Runs the load against each server in turn, in fresh processes, and reverses the order in every
 * other round. Other work of the machine then affects all servers alike.
 */
export async function measure(
  load: Load,
  options: BenchOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<Rounds> {
  const kinds = options.servers.filter((kind) => kind !== 'ours' || serviceExists());
  const rounds = new Map<ServerKind, LoadResult[]>(kinds.map((kind) => [kind, []]));

  for (let round = 0; round < options.rounds; round++) {
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) {
      progress(`${load.name}, round ${round + 1} of ${options.rounds}: ${kind}`);
      rounds.get(kind)?.push(await leastDisturbed(load, kind, options, env));
    }
  }
  return rounds;
}

const disturbance = ({ otherCpuSeconds, seconds }: LoadResult): number => otherCpuSeconds / seconds;

async function leastDisturbed(
  load: Load,
  kind: ServerKind,
  options: BenchOptions,
  env: Readonly<Record<string, string>>,
): Promise<LoadResult> {
  let best = await runOnce(load, kind, options, env);
  for (
    let retry = 0;
    retry < options.retries && disturbance(best) > disturbanceThreshold;
    retry++
  ) {
    progress(`${load.name}: ${kind} again, the machine was busy`);
    await waitUntilIdle(5);
    const again = await runOnce(load, kind, options, env);
    if (disturbance(again) < disturbance(best)) best = again;
  }
  return best;
}

async function runOnce(
  load: Load,
  kind: ServerKind,
  { serverCore, loadCore, folder, profileTo, reference }: BenchOptions,
  env: Readonly<Record<string, string>>,
): Promise<LoadResult> {
  const options = { core: serverCore, parent: folder, profileTo, env, reference };
  const server = await startServer(kind, options);
  if (load.isWarm) {
    const mode = closedPlan(64, 1, 1).mode;
    await runLoad({ ...load.plan, mode, format: 'full' }, server, loadCore);
    await delay(2_000);
  }
  const closePages = kind === 'watched' ? await openPages(server.port, 50) : undefined;
  try {
    return await runLoad({ ...load.plan, format: 'full' }, server, loadCore);
  } finally {
    closePages?.();
    await server.stop();
  }
}

/** Median of a figure over the rounds. */
export function medianOf(
  rounds: Rounds,
  kind: ServerKind,
  figure: (result: LoadResult) => number,
): number {
  return median((rounds.get(kind) ?? []).map(figure));
}

/** Median of the ratios within each round, so that slow and fast minutes of the machine cancel. */
export function ratio(
  rounds: Rounds,
  kind: ServerKind,
  to: ServerKind,
  figure: (result: LoadResult) => number,
): number {
  return median(ratiosByRound(rounds, kind, to, figure));
}

export function ratiosByRound(
  rounds: Rounds,
  kind: ServerKind,
  to: ServerKind,
  figure: (result: LoadResult) => number,
): number[] {
  const others = rounds.get(to) ?? [];
  return (rounds.get(kind) ?? []).flatMap((result, index) => {
    const other = others[index];
    return other ? [figure(result) / figure(other)] : [];
  });
}

export const requestsPerSecond = ({ requests, seconds }: LoadResult): number => requests / seconds;

export const cpuMicrosPerRequest = ({ serverCpuSeconds, requests }: LoadResult): number =>
  (serverCpuSeconds / requests) * 1e6;
