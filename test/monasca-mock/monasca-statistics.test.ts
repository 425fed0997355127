import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listStatistics } from '../../monasca-mock/monasca/metrics/statistics.ts';
import { allMonascaPages, monascaPage } from '../support/monasca-pages.ts';
import { type MonascaServer, startMonascaServer } from '../support/monasca-server.ts';

const start = Date.UTC(2026, 10, 20, 5);
const now = Date.UTC(2026, 10, 20, 7);
const iso = (seconds: number) => new Date(start + seconds * 1000).toISOString();
const stamp = (seconds: number) => iso(seconds).replace('.000Z', 'Z');

let server: MonascaServer;
beforeAll(async () => {
  server = await startMonascaServer({ now: () => now });
  const point = (instance: string, seconds: number, value: number) => ({
    name: 'GE_Heartbeat',
    dimensions: { name: 'svc', instance },
    timestamp: start + seconds * 1000,
    value,
  });
  await server.post([
    ...[0, 60, 120, 180, 240].map((seconds, index) => point('i1', seconds, index)),
    ...[7, 307, 1207].map((seconds) => point('i2', seconds, 1)),
    point('i2', 7201, 100),
    { name: 'old', timestamp: -1, value: 1 },
    { name: 'old', timestamp: -60_001, value: 2 },
  ]);
});
afterAll(() => server.close());

const base = `/v2.0/metrics/statistics?name=GE_Heartbeat`;
const i1 = `${base}&dimensions=instance:i1&start_time=${iso(0)}`;
const elementsOf = async (path: string) => (await monascaPage(server, path)).elements;

describe(listStatistics.name, () => {
  it('has the columns in the order of the query', async () => {
    for (const list of ['sum,MIN,avg,Count,max', 'sum&statistics=min,avg&statistics=count,max']) {
      expect(await elementsOf(`${i1}&period=120&statistics=${list}`)).toEqual([
        {
          id: '0',
          name: 'GE_Heartbeat',
          dimensions: { name: 'svc', instance: 'i1' },
          columns: ['timestamp', 'sum', 'min', 'avg', 'count', 'max'],
          statistics: [
            [stamp(0), 1, 0, 0.5, 2, 1],
            [stamp(120), 5, 2, 2.5, 2, 3],
            [stamp(240), 4, 4, 4, 1, 4],
          ],
        },
      ]);
    }
  });

  it('aligns periods to the epoch for any start, and omits empty periods', async () => {
    const path = `${base}&merge_metrics=true&statistics=count&period=300`;
    expect(await elementsOf(`${path}&start_time=${iso(61)}&end_time=${iso(1300)}`)).toMatchObject([
      {
        statistics: [
          [stamp(0), 3],
          [stamp(300), 1],
          [stamp(1200), 1],
        ],
      },
    ]);
    const hour = `${base}&merge_metrics=true&statistics=count&period=7`;
    const [element] = await elementsOf(`${hour}&start_time=${iso(0)}&end_time=${iso(1)}`);
    const aligned = Math.floor(start / 7000) * 7000;
    expect(element).toMatchObject({
      statistics: [[new Date(aligned).toISOString().replace('.000Z', 'Z'), 1]],
    });
  });

  it('aligns times before 1970 too', async () => {
    const path =
      '/v2.0/metrics/statistics?name=old&statistics=count&period=60&start_time=1969-01-01';
    expect(await elementsOf(path)).toMatchObject([
      {
        statistics: [
          ['1969-12-31T23:58:00Z', 1],
          ['1969-12-31T23:59:00Z', 1],
        ],
      },
    ]);
  });

  it('has a default period of 300 seconds, and one bucket at the start for 0', async () => {
    expect(await elementsOf(`${i1}&statistics=count`)).toMatchObject([
      { statistics: [[stamp(0), 5]] },
    ]);
    const path = `${base}&merge_metrics=true&statistics=count&period=0&start_time=${iso(61)}`;
    expect(await elementsOf(path)).toMatchObject([{ statistics: [[stamp(61), 5]] }]);
  });

  it('ends now by default', async () => {
    const path = `${base}&dimensions=instance:i2&statistics=max&period=0&start_time=${iso(0)}`;
    expect(await elementsOf(path)).toMatchObject([{ statistics: [[stamp(0), 1]] }]);
    expect(await elementsOf(`${path}&end_time=${iso(7202)}`)).toMatchObject([
      { statistics: [[stamp(0), 100]] },
    ]);
  });

  it.each([
    ['statistics=avg', 409, 'MultipleMetrics'],
    ['merge_metrics=true', 422, 'Missing statistics'],
    ['merge_metrics=true&statistics=foo', 422, 'Invalid statistic'],
    ['merge_metrics=true&statistics=avg,foo', 422, 'Invalid statistic'],
    ['merge_metrics=true&statistics=avg&period=x', 422, 'Period must be a valid integer'],
    ['merge_metrics=true&statistics=avg&period=1.5', 422, 'Period must be a valid integer'],
    ['merge_metrics=true&statistics=avg&period=-1', 422, 'Period must be a positive integer'],
    ['merge_metrics=true&statistics=avg&offset=x', 500, "time data 'x' does not match format"],
    ['merge_metrics=true&statistics=avg&offset=1795150800', 500, 'time data'],
    ['group_by=name&statistics=avg', 500, 'found NAME'],
    [`merge_metrics=true&statistics=avg&end_time=${iso(0)}`, 400, 'start_time must be before'],
  ])('responds to ?%s with %i', async (query, status, text) => {
    const response = await server.get(`${base}&start_time=${iso(0)}&${query}`);
    expect(response.status).toBe(status);
    expect(response.text).toContain(text);
  });

  it.each(['dimensions=instance:i1', 'merge_metrics=true', 'group_by=instance', 'group_by=*'])(
    'pages %s to the end, whatever the limit',
    async (query) => {
      const path = `${base}&${query}&statistics=count,sum&period=60&start_time=${iso(0)}`;
      const rowsOf = (elements: Record<string, unknown>[]) =>
        elements.flatMap(({ id, dimensions, statistics }) =>
          Object(statistics).map((row: unknown[]) => [id, dimensions, ...row]),
        );
      const whole = rowsOf(await elementsOf(path));
      expect(whole.length).toBeGreaterThan(4);
      for (const limit of [1, 2, 3, 5, 8, 9]) {
        const pages = await allMonascaPages(server, `${path}&limit=${limit}`);
        expect(pages.flatMap(({ elements }) => rowsOf(elements))).toEqual(whole);
      }
    },
  );

  it('begins a page one period late while the defect is on', async () => {
    const path = `${i1}&statistics=count&period=60&limit=2&offset=${stamp(60)}`;
    expect(await elementsOf(path)).toMatchObject([
      {
        statistics: [
          [stamp(120), 1],
          [stamp(180), 1],
        ],
      },
    ]);
    server.defects.statisticsPagingSkips = true;
    const late = await elementsOf(path);
    server.defects.statisticsPagingSkips = false;
    expect(late).toMatchObject([
      {
        statistics: [
          [stamp(180), 1],
          [stamp(240), 1],
        ],
      },
    ]);
  });
});
