import { comparisonRows, loadRows } from './load-rows.ts';
import {
  closed,
  type Load,
  measure,
  open,
  type Rounds,
  ratio,
  requestsPerSecond,
  typical,
} from './measure.ts';
import type { BenchOptions, LoadName } from './options.ts';
import { atLeast, atMost, type Section, type Target } from './report.ts';

/** Ingest alone, no Monasca configured: what it costs to take heartbeats in, durably. */
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
      const late = typical(rounds, kind, (result) => result.unsent);
      if (late > options.rate / 100)
        unsent.push(`${load.title}: ${kind} cannot keep up (${late} requests late at the end).`);
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
  'bare: node:http, body read, JSON.parse, 204. durable: the same and a synchronous SQLite group commit (WAL, FULL). ours: the service, durable, without a Monasca to send to: the batches are bursts of ingest.',
  'Ratios are medians of the ratios within a round. The closed loop keeps every connection busy, so its p99 is that of a saturated server; the open loop counts latency from when a request was due.',
  '"Busy" is of one core: a server well below 100 % was not what limited the throughput, and others well above 0 % disturbed it.',
];

export const referenceNotes = ({ reference }: BenchOptions): string[] =>
  reference === undefined
    ? []
    : [
        `reference: the service in ${reference.folder} (${reference.description}). lowest and highest: of the throughput in a single round; a ratio between them is not a difference.`,
      ];

function pipelineLoad(name: LoadName, { seconds, rate }: BenchOptions): Load {
  switch (name) {
    case 'single-64':
      return { name, title: 'single, 64 connections', plan: closed(64, 1, seconds) };
    case 'single-256':
      return { name, title: 'single, 256 connections', plan: closed(256, 1, seconds) };
    case 'batch-100':
      return { name, title: 'batches of 100', plan: closed(64, 100, seconds) };
    case 'batch-1000':
      return { name, title: 'batches of 1,000', plan: closed(64, 1_000, seconds) };
    case 'open':
      return { name, title: `single, open loop, ${rate}/s`, plan: open(64, rate, seconds) };
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
        atLeast('single: throughput × bare, to try for', toBare, 0.7),
        atLeast('single: throughput × durable', toDurable, 0.8),
        atMost('single: p99 × bare', p99ToBare, 2.5),
      ];
    case 'batch-1000':
      return [
        atLeast(
          'batches of 1,000: heartbeats/s',
          typical(rounds, 'ours', requestsPerSecond) * plan.batch,
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
