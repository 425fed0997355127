import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMeasurementsTable } from '../../monasca-mock/monasca/metrics/measurements-table.ts';
import { allMonascaPages } from '../support/monasca-pages.ts';
import { type MonascaServer, startMonascaServer } from '../support/monasca-server.ts';

/*
 * Measurements and statistics of random series, compared with the simplest model: an array of all
 * points, of which the last one of a series and millisecond counts.
 */

type Point = { series: number; timestamp: number; value: number };

const series = [{}, { a: '1' }, { a: '1', b: 'x' }, { a: '2', b: 'x' }, { b: 'y' }];

const point: fc.Arbitrary<Point> = fc.record({
  series: fc.nat(series.length - 1),
  timestamp: fc.integer({ min: -20_000, max: 40_000 }),
  value: fc.integer({ min: -1000, max: 1000 }),
});

const queries = fc
  .record({
    points: fc.array(point, { maxLength: 60 }),
    from: fc.integer({ min: -25_000, max: 40_000 }),
    length: fc.integer({ min: 1, max: 70_000 }),
    limit: fc.integer({ min: 1, max: 40 }),
    period: fc.integer({ min: 1, max: 30 }),
    keys: fc.constantFrom(['a'], ['b'], ['a', 'b'], ['b', 'a'], []),
  })
  .map((drawn) => ({ ...drawn, to: drawn.from + drawn.length }));
type Query = typeof queries extends fc.Arbitrary<infer T> ? T : never;

let server: MonascaServer;
beforeAll(async () => {
  server = await startMonascaServer();
});
afterAll(() => server.close());

describe(createMeasurementsTable.name, () => {
  it('returns the measurements of a model, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(queries, async (query) => {
        const project = await load(query.points);
        const rows = await queryRows(`measurements?${parameters(query)}`, 'measurements', project);
        const expected = groupsOf(query).flatMap(({ dimensions, points }) =>
          points.map(({ timestamp, value }) => [
            dimensions,
            new Date(timestamp).toISOString(),
            value,
            {},
          ]),
        );
        // Rows of one group with the same time have no order, and the real service loses them between
        // two pages, so that such cases are skipped.
        fc.pre(
          new Set(expected.map(([group, time]) => JSON.stringify([group, time]))).size ===
            expected.length,
        );
        expect(rows).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('returns the statistics of a model, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(queries, async (query) => {
        const project = await load(query.points);
        const path = `statistics?${parameters(query)}&statistics=count,sum,min,max,avg&period=${query.period}`;
        const rows = await queryRows(path, 'statistics', project);
        expect(rows).toEqual(
          groupsOf(query).flatMap(({ dimensions, points }) =>
            bucketsOf(points, query.period * 1000).map((row) => [dimensions, ...row]),
          ),
        );
      }),
      { numRuns: 150 },
    );
  });
});

let projects = 0;

/** Each query has a project of its own, so that the mock need not be emptied. */
async function load(points: readonly Point[]): Promise<string> {
  const project = `monasca-user@p${projects++}`;
  const metrics = points.map(({ series: index, timestamp, value }) => ({
    name: 'm',
    dimensions: series[index],
    timestamp,
    value,
  }));
  const response = await server.post(metrics, project);
  expect(response.status).toBe(204);
  return project;
}

function parameters({ from, to, limit, keys }: Query): string {
  const grouping = keys.length > 0 ? `group_by=${keys.join()}` : 'merge_metrics=true';
  const times = `start_time=${new Date(from).toISOString()}&end_time=${new Date(to).toISOString()}`;
  return `name=m&${times}&${grouping}&limit=${limit}`;
}

async function queryRows(path: string, column: string, as: string): Promise<unknown[][]> {
  const asProject = { ...server, get: (url: string) => server.send({ path: url, as }) };
  const pages = await allMonascaPages(asProject, `/v2.0/metrics/${path}`);
  return pages.flatMap(({ elements }) =>
    elements.flatMap((element) =>
      Object(element[column]).map((row: unknown[]) => [element['dimensions'], ...row]),
    ),
  );
}

function groupsOf({ points, from, to, keys }: Query) {
  const last = new Map(points.map((one) => [`${one.series} ${one.timestamp}`, one]));
  const groups = new Map<string, { dimensions: Record<string, string>; points: Point[] }>();
  for (const one of last.values()) {
    if (one.timestamp < from || one.timestamp >= to) continue;
    const held: Record<string, string> = { ...series[one.series] };
    const dimensions = Object.fromEntries(keys.map((key) => [key, held[key] ?? '']));
    const order = keys
      .toSorted()
      .map((key) => dimensions[key])
      .join();
    const group = groups.get(order) ?? { dimensions, points: [] };
    group.points.push(one);
    groups.set(order, group);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { dimensions, points: held }]) => ({
      dimensions,
      points: held.sort((a, b) => a.timestamp - b.timestamp),
    }));
}

function bucketsOf(points: readonly Point[], periodMs: number) {
  const buckets = Map.groupBy(
    points,
    ({ timestamp }) => Math.floor(timestamp / periodMs) * periodMs,
  );
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([start, held]) => {
      const values = held.map(({ value }) => value);
      const sum = values.reduce((total, value) => total + value, 0);
      const time = new Date(start).toISOString().replace('.000Z', 'Z');
      const { length } = values;
      return [time, length, sum, Math.min(...values), Math.max(...values), sum / length];
    });
}
