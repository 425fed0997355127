import { closedPlan, cpuMicrosPerRequest, measure, ratio, requestsPerSecond } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { loadRows } from '../report/load-rows.ts';
import { median } from '../report/median.ts';
import { progress } from '../report/progress.ts';
import { atLeast, atMost, type Section } from '../report/report.ts';
import { startServer } from '../servers/server.ts';
import { type Visit, visit } from './browser.ts';

/** The page in a real Chromium, and what 50 open pages cost the intake of heartbeats. */
export async function page(options: BenchOptions): Promise<Section> {
  const visits: Visit[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    progress(`page, round ${round} of ${options.rounds}: Chromium`);
    const server = await startServer('ours', { core: undefined, parent: options.folder });
    visits.push(await visit(server));
    await server.stop();
  }
  const load = {
    name: 'single-64',
    title: 'single, 64 connections',
    plan: closedPlan(64, 1, options.seconds),
    isWarm: true,
  };
  const rounds = await measure(load, { ...options, servers: ['bare', 'ours', 'watched'] });
  const costOf = (figure: typeof cpuMicrosPerRequest) =>
    1 / ratio(rounds, 'watched', 'bare', figure) - 1 / ratio(rounds, 'ours', 'bare', figure);
  const medianOf = (figure: (one: Visit) => number) => median(visits.map(figure));
  return {
    ...{ name: 'page', title: 'Page', rows: loadRows(load, rounds), notes },
    targets: [
      atMost(
        'first contentful paint, ms',
        medianOf(({ paintMs }) => paintMs),
        1_000,
      ),
      atMost(
        'components painted, ms',
        medianOf(({ rowsMs }) => rowsMs),
        1_000,
      ),
      atLeast(
        'scrolling, frames a second',
        medianOf((one) => one.framesPerSecond),
        50,
      ),
      atMost(
        'heap after 3,600 events, MB',
        medianOf(({ heapBytes }) => heapBytes / 1e6),
        80,
      ),
      atMost(
        'requests of a page at rest',
        medianOf((one) => one.requestsAtRest),
        0,
      ),
      atLeast(
        '50 open pages: × bare by throughput, change',
        costOf((result) => 1 / requestsPerSecond(result)),
        -0.05,
      ),
      atLeast('50 open pages: × bare by CPU, change', costOf(cpuMicrosPerRequest), -0.05),
    ],
  };
}

const notes = [
  '10,000 instances in 1,000 components; the overview in headless Chromium, 1,280 × 900.',
  'watched: the service with 50 clients that have read the overview and follow the stream of events and states, as open pages do.',
];
