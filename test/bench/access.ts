import type { LoadResult } from './load/load-plan.ts';
import {
  closedPlan,
  cpuMicrosPerRequest,
  type Load,
  measure,
  ratio,
  requestsPerSecond,
} from './measure.ts';
import type { BenchOptions } from './options.ts';
import { loadRows } from './report/load-rows.ts';
import { atLeast, type Section, type Target } from './report/report.ts';

/** Cost of authentication: the service without tokens and with a token required, in turn. */
export async function access(options: BenchOptions): Promise<Section> {
  const loads: Load[] = [
    {
      name: 'single-64',
      title: 'single, 64 connections',
      plan: closedPlan(64, 1, options.seconds),
    },
    { name: 'batch-1000', title: 'batches of 1,000', plan: closedPlan(64, 1_000, options.seconds) },
  ];
  const rows = [];
  const targets: Target[] = [];
  for (const load of loads) {
    const rounds = await measure(load, { ...options, servers: ['bare', 'ours', 'authenticated'] });
    rows.push(...loadRows(load, rounds));
    for (const [name, cost] of Object.entries(costs)) {
      const [open = 0, authenticated = 0] = (['ours', 'authenticated'] as const).map(
        (kind) => 1 / ratio(rounds, kind, 'bare', cost),
      );
      const difference = authenticated - open;
      targets.push(
        atLeast(`${load.title}: × bare by ${name}, change by a token`, difference, -0.05),
      );
    }
  }
  return { name: 'access', title: 'Access', rows, targets, notes };
}

/** Cost of a request, by the clock and in CPU time; other processes distort the latter less. */
const costs: Readonly<Record<string, (result: LoadResult) => number>> = {
  throughput: (result) => 1 / requestsPerSecond(result),
  CPU: cpuMicrosPerRequest,
};

const notes = [
  'ours: no authentication. authenticated: each request carries a token that is restricted to components by two patterns, and the service counts the new instances of the token.',
  'A target limits the fall of the ratio to the bare server; 0.05 are five points.',
];
