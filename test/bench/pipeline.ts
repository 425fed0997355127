import {
  closedPlan,
  type Load,
  measure,
  medianOf,
  openPlan,
  type Rounds,
  ratio,
  requestsPerSecond,
} from './measure.ts';
import type { BenchOptions, LoadName } from './options.ts';
import { comparisonRows, loadRows } from './report/load-rows.ts';
import { atLeast, atMost, type Section, type Target } from './report/report.ts';

/** Cost of durable ingest alone, without a Monasca to deliver to. */
export async function pipeline(options: BenchOptions): Promise<Section> {
  const rows = [];
  const comparison = [];
  const targets: Target[] = [];
  const unsent: string[] = [];
  for (const load of options.loads.map((name) => pipelineLoad(name, options))) {
    const rounds = await measure(load, options);
    rows.push(...loadRows(load, rounds));
    comparison.push(...comparisonRows(load, rounds));
    if (rounds.has('ours')) targets.push(...targetsOf(load, rounds));
    for (const kind of rounds.keys()) {
      const overdue = medianOf(rounds, kind, (result) => result.unsent);
      if (overdue > options.rate / 100)
        unsent.push(
          `${load.title}: ${kind} cannot keep up (${overdue} requests overdue at the end).`,
        );
    }
  }
  return {
    name: 'pipeline',
    title: 'Ingest',
    rows,
    comparison,
    targets,
    notes: [...unsent, ...notes, ...referenceNotes(options)],
  };
}

const notes = [
  'bare: node:http, body read, JSON.parse, 204. durable: the same and a synchronous SQLite group commit (WAL, FULL). ours: the service, durable, without a Monasca to deliver to.',
  'Ratios are medians of the ratios within a round. The closed loop keeps every connection busy, so its p99 is that of a saturated server. The open loop counts latency from the time a request was due.',
  '"Busy" is a share of one core. A server far below 100 % did not limit the throughput; others far above 0 % distorted it.',
];

export const referenceNotes = ({ reference }: BenchOptions): string[] =>
  reference === undefined
    ? []
    : [
        `reference: the service in ${reference.folder} (${reference.description}). lowest and highest are the throughput ratios of single rounds; if 1 is between them, the difference is noise.`,
      ];

function pipelineLoad(name: LoadName, { seconds, rate }: BenchOptions): Load {
  switch (name) {
    case 'single-64':
      return { name, title: 'single, 64 connections', plan: closedPlan(64, 1, seconds) };
    case 'single-256':
      return { name, title: 'single, 256 connections', plan: closedPlan(256, 1, seconds) };
    case 'batch-100':
      return { name, title: 'batches of 100', plan: closedPlan(64, 100, seconds) };
    case 'batch-1000':
      return { name, title: 'batches of 1,000', plan: closedPlan(64, 1_000, seconds) };
    case 'open':
      return { name, title: `single, open loop, ${rate}/s`, plan: openPlan(64, rate, seconds) };
  }
}

function targetsOf({ name, plan }: Load, rounds: Rounds): Target[] {
  const toBare = ratio(rounds, 'ours', 'bare', requestsPerSecond);
  const toDurable = ratio(rounds, 'ours', 'durable', requestsPerSecond);
  const p99ToBare = ratio(rounds, 'ours', 'bare', ({ p99Ms }) => p99Ms);
  switch (name) {
    case 'single-64':
      return [
        atLeast('single: throughput × bare', toBare, 0.55),
        atLeast('single: throughput × bare, stretch goal', toBare, 0.7),
        atLeast('single: throughput × durable', toDurable, 0.8),
        atMost('single: p99 × bare', p99ToBare, 2.5),
      ];
    case 'batch-1000':
      return [
        atLeast(
          'batches of 1,000: heartbeats/s',
          medianOf(rounds, 'ours', requestsPerSecond) * plan.batch,
          500_000,
        ),
        atLeast('batches of 1,000: throughput × bare', toBare, 0.5),
      ];
    case 'open':
      return [atMost('open loop: p99 × bare', p99ToBare, 2.5)];
    default:
      return [];
  }
}
