import { loadRows } from './load-rows.ts';
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
import type { BenchOptions } from './options.ts';
import { atLeast, type Section, type Target, withTimeout } from './report.ts';

/** Ingest alone, no Monasca configured: what it costs to take heartbeats in, durably. */
export async function pipeline(options: BenchOptions): Promise<Section> {
  const loads = pipelineLoads(options).filter(
    ({ name }) => options.loads.length === 0 || options.loads.includes(name),
  );
  const rows = [];
  const targets: Target[] = [];
  const unsent: string[] = [];
  for (const load of loads) {
    const rounds = await measure(load, options);
    rows.push(...loadRows(load, rounds));
    if (rounds.has('ours')) targets.push(...targetsOf(load, rounds));
    for (const kind of rounds.keys()) {
      const late = typical(rounds, kind, (result) => result.unsent);
      if (late > options.rate / 100)
        unsent.push(`${load.title}: ${kind} cannot keep up (${late} requests late at the end).`);
    }
  }
  return { name: 'pipeline', title: 'Ingest', rows, targets, notes: [...unsent, ...notes] };
}

const notes = [
  'bare: node:http, body read, JSON.parse, 204. durable: the same and a synchronous SQLite group commit (WAL, FULL). ours: the service, durable, without a Monasca to send to: the batches are bursts of ingest.',
  'Ratios are medians of the ratios within a round. The closed loop keeps every connection busy, so its p99 is that of a saturated server; the open loop counts latency from when a request was due.',
  '"Busy" is of one core: a server well below 100 % was not what limited the throughput, and others well above 0 % disturbed it.',
];

function pipelineLoads({ seconds, rate }: BenchOptions): Load[] {
  return [
    { name: 'single-64', title: 'single, 64 connections', plan: closed(64, 1, seconds) },
    { name: 'single-256', title: 'single, 256 connections', plan: closed(256, 1, seconds) },
    { name: 'batch-100', title: 'batches of 100', plan: closed(64, 100, seconds) },
    { name: 'batch-1000', title: 'batches of 1,000', plan: closed(64, 1_000, seconds) },
    { name: 'open', title: `single, open loop, ${rate}/s`, plan: open(64, rate, seconds) },
  ];
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
        withTimeout('single: p99 × bare', p99ToBare, 2.5),
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
      return [withTimeout('open loop: p99 × bare', p99ToBare, 2.5)];
    default:
      return [];
  }
}
