import type { LoadResult } from './load-plan.ts';
import {
  cpuMicrosPerRequest,
  type Load,
  type Rounds,
  ratio,
  ratiosByRound,
  requestsPerSecond,
  typical,
} from './measure.ts';

/** One row a server: what a load did to it. */
export function loadRows(load: Load, rounds: Rounds) {
  return [...rounds.keys()].map((kind) => ({
    load: load.title,
    server: kind,
    'requests/s': typical(rounds, kind, requestsPerSecond),
    'heartbeats/s': typical(rounds, kind, requestsPerSecond) * load.plan.batch,
    '× bare': ratio(rounds, kind, 'bare', requestsPerSecond),
    '× durable': ratio(rounds, kind, 'durable', requestsPerSecond),
    'p50 ms': typical(rounds, kind, ({ p50Ms }) => p50Ms),
    'p99 ms': typical(rounds, kind, ({ p99Ms }) => p99Ms),
    'max ms': typical(rounds, kind, ({ maxMs }) => maxMs),
    'CPU µs/request': typical(rounds, kind, cpuMicrosPerRequest),
    'peak MB': typical(rounds, kind, ({ serverPeakMb }) => serverPeakMb),
    'server busy': share(typical(rounds, kind, (r) => r.serverCpuSeconds / r.seconds)),
    'load busy': share(typical(rounds, kind, (r) => r.loadCpuSeconds / r.seconds)),
    'others busy': share(typical(rounds, kind, (r) => r.otherCpuSeconds / r.seconds)),
  }));
}

/** Our figures divided by those of the reference build; no row if one of the two did not run. */
export function comparisonRows(load: Load, rounds: Rounds) {
  if (!rounds.has('ours') || !rounds.has('reference')) return [];
  const ratioOf = (figure: (result: LoadResult) => number) =>
    ratio(rounds, 'ours', 'reference', figure);
  const throughputs = ratiosByRound(rounds, 'ours', 'reference', requestsPerSecond);
  return [
    {
      'ours ÷ reference': load.title,
      throughput: ratioOf(requestsPerSecond),
      lowest: Math.min(...throughputs),
      highest: Math.max(...throughputs),
      'p50 ms': ratioOf(({ p50Ms }) => p50Ms),
      'p99 ms': ratioOf(({ p99Ms }) => p99Ms),
      'CPU µs/request': ratioOf(cpuMicrosPerRequest),
      'peak MB': ratioOf(({ serverPeakMb }) => serverPeakMb),
    },
  ];
}

const share = (value: number): string => `${Math.round(value * 100)} %`;
