import { type Load, type Rounds, ratio, requestsPerSecond, typical } from './measure.ts';

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
    'CPU µs/request': typical(
      rounds,
      kind,
      ({ serverCpuSeconds, requests }) => (serverCpuSeconds / requests) * 1e6,
    ),
    'peak MB': typical(rounds, kind, ({ serverPeakMb }) => serverPeakMb),
    'server busy': share(typical(rounds, kind, (r) => r.serverCpuSeconds / r.seconds)),
    'load busy': share(typical(rounds, kind, (r) => r.loadCpuSeconds / r.seconds)),
    'others busy': share(typical(rounds, kind, (r) => r.otherCpuSeconds / r.seconds)),
  }));
}

const share = (value: number): string => `${Math.round(value * 100)} %`;
