import type { LoadPlan, LoadResult } from './load-plan.ts';
import { median } from './median.ts';
import type { BenchOptions } from './options.ts';
import { progress } from './progress.ts';
import { disturbing, untilQuiet } from './quiet.ts';
import { runLoad } from './run-load.ts';
import { type ServerKind, serviceExists, startServer } from './server.ts';

export type Load = {
  readonly name: string;
  readonly title: string;
  readonly plan: Pick<LoadPlan, 'connections' | 'batch' | 'mode'>;
};

/** The results of each server, round by round: those of one index were seen together. */
export type Rounds = ReadonlyMap<ServerKind, readonly LoadResult[]>;

const warmupSeconds = 0.8;

export function closed(connections: number, batch: number, seconds: number): Load['plan'] {
  return { connections, batch, mode: { kind: 'closed', warmupSeconds, seconds } };
}

export function open(connections: number, ratePerSecond: number, seconds: number): Load['plan'] {
  return { connections, batch: 1, mode: { kind: 'open', ratePerSecond, warmupSeconds, seconds } };
}

/**
 * Puts the load on each server in turn, in fresh processes, and turns the order round in every
 * other round: what the machine does besides meets all of them alike.
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
  let best = await once(load, kind, options, env);
  for (let retry = 0; retry < options.retries && disturbance(best) > disturbing; retry++) {
    progress(`${load.name}: ${kind} again, the machine was busy`);
    await untilQuiet(5);
    const again = await once(load, kind, options, env);
    if (disturbance(again) < disturbance(best)) best = again;
  }
  return best;
}

async function once(
  load: Load,
  kind: ServerKind,
  { serverCore, loadCore, folder, profileTo, reference }: BenchOptions,
  env: Readonly<Record<string, string>>,
): Promise<LoadResult> {
  const options = { core: serverCore, parent: folder, profileTo, env, reference };
  const server = await startServer(kind, options);
  try {
    return await runLoad({ ...load.plan, form: 'full' }, server, loadCore);
  } finally {
    await server.stop();
  }
}

/** A median over the rounds. */
export function typical(
  rounds: Rounds,
  kind: ServerKind,
  figure: (result: LoadResult) => number,
): number {
  return median((rounds.get(kind) ?? []).map(figure));
}

/** The median of the ratios within each round: slow and fast minutes of the machine cancel out. */
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
