import type { LoadResult } from '../load/load-plan.ts';
import {
  cpuMicrosPerRequest,
  type Load,
  medianOf,
  type Rounds,
  ratio,
  ratiosByRound,
  requestsPerSecond,
} from '../measure.ts';

/** Figures of a load, a row for each server. */
export function loadRows(load: Load, rounds: Rounds) {
  return [...rounds.keys()].map((kind) => ({
    load: load.title,
    server: kind,
    'requests/s': medianOf(rounds, kind, requestsPerSecond),
    'heartbeats/s': medianOf(rounds, kind, requestsPerSecond) * load.plan.batch,
    '× bare': ratio(rounds, kind, 'bare', requestsPerSecond),
    '× durable': ratio(rounds, kind, 'durable', requestsPerSecond),
    'p50 ms': medianOf(rounds, kind, ({ p50Ms }) => p50Ms),
    'p99 ms': medianOf(rounds, kind, ({ p99Ms }) => p99Ms),
    'max ms': medianOf(rounds, kind, ({ maxMs }) => maxMs),
    'CPU µs/request': medianOf(rounds, kind, cpuMicrosPerRequest),
    'peak MB': medianOf(rounds, kind, ({ serverPeakMb }) => serverPeakMb),
    'server busy': share(medianOf(rounds, kind, (r) => r.serverCpuSeconds / r.seconds)),
    'load busy': share(medianOf(rounds, kind, (r) => r.loadCpuSeconds / r.seconds)),
    'others busy': share(medianOf(rounds, kind, (r) => r.otherCpuSeconds / r.seconds)),
  }));
}

/** Our figures divided by those of the reference build; no row without one of the two. */
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
