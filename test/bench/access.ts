import type { LoadResult } from './load-plan.ts';
import { loadRows } from './load-rows.ts';
import { closed, type Load, measure, ratio, requestsPerSecond } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { atLeast, type Section, type Target } from './report.ts';

/** What it costs to ask who it is: the service with and without a token, in the same minutes. */
export async function access(options: BenchOptions): Promise<Section> {
  const loads: Load[] = [
    { name: 'single-64', title: 'single, 64 connections', plan: closed(64, 1, options.seconds) },
    { name: 'batch-1000', title: 'batches of 1,000', plan: closed(64, 1_000, options.seconds) },
  ];
  const rows = [];
  const targets: Target[] = [];
  for (const load of loads) {
    const rounds = await measure(load, { ...options, servers: ['bare', 'ours', 'guarded'] });
    rows.push(...loadRows(load, rounds));
    for (const [figure, cost] of Object.entries(costs)) {
      const [open = 0, guarded = 0] = (['ours', 'guarded'] as const).map(
        (kind) => 1 / ratio(rounds, kind, 'bare', cost),
      );
      targets.push(
        atLeast(`${load.title}: × bare by ${figure}, more with a token`, guarded - open, -0.05),
      );
    }
  }
  return { name: 'access', title: 'Access', rows, targets, notes };
}

/** What a request costs: in time on the wire, and in time of a core, which others disturb less. */
const costs: Readonly<Record<string, (result: LoadResult) => number>> = {
  throughput: (result) => 1 / requestsPerSecond(result),
  CPU: ({ serverCpuSeconds, requests }) => serverCpuSeconds / requests,
};

const notes = [
  'ours: nobody is asked. guarded: each request shows a token that is bound to components by two patterns, and whose new instances are counted.',
  'The ratio to the bare server falls by so much; 0.05 are five points.',
];
