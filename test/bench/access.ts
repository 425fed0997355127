import { loadRows } from './load-rows.ts';
import { closed, type Load, measure, ratio, requestsPerSecond } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { atLeast, atMost, type Section, type Target } from './report.ts';

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
    const [open, guarded] = (['ours', 'guarded'] as const).map((kind) =>
      ratio(rounds, kind, 'bare', requestsPerSecond),
    );
    if (open === undefined || guarded === undefined) continue;
    const what = `${load.title}: throughput × bare with a token, beside that without`;
    targets.push(atLeast(what, guarded - open, -0.05));
    const cpu = ratio(
      rounds,
      'guarded',
      'ours',
      ({ serverCpuSeconds, requests }) => serverCpuSeconds / requests,
    );
    targets.push(atMost(`${load.title}: CPU a request × that without`, cpu, 1.1));
  }
  return { name: 'access', title: 'Access', rows, targets, notes };
}

const notes = [
  'ours: nobody is asked. guarded: each request shows a token that is bound to components by two patterns, and whose new instances are counted.',
  'The ratio to the bare server falls by so much; 0.05 are five points.',
];
