import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMonascaApp } from '../../monasca-mock/monasca/app.ts';
import { monascaPage } from '../support/monasca-pages.ts';
import { type MonascaServer, startMonascaServer } from '../support/monasca-server.ts';

const start = Date.UTC(2026, 10, 20);
const iso = (ms: number) => new Date(ms).toISOString();
const instances = 1000;
const beats = 1000;
/** Generous, because the machine may be busy; an idle one needs at most a tenth. */
const slowestMs = 2000;

describe(createMonascaApp.name, () => {
  let server: MonascaServer;

  beforeAll(async () => {
    server = await startMonascaServer({ now: () => start + beats * 1000 });
    const first = Array.from({ length: instances }, (_, index) => ({
      name: 'GE_Heartbeat',
      dimensions: { name: `ge-${index % 20}`, version: '1.0', instance: `i${index}` },
      timestamp: start,
      value: 1,
    }));
    expect(await server.post(first)).toMatchObject({ status: 204 });
    // The database itself adds the others, which is much faster.
    server.database.exec(`
      WITH RECURSIVE beat(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM beat WHERE n < ${beats - 1})
      INSERT INTO measurements SELECT id, ${start} + n * 1000, 1, NULL FROM series, beat`);
  }, 120_000);

  afterAll(() => server.close());

  it.each([
    ['metrics', 'metrics?name=GE_Heartbeat', 1000],
    ['metrics in a range', `metrics?start_time=${iso(start)}`, 1000],
    ['names', 'metrics/names', 1],
    ['dimension values', 'metrics/dimensions/names/values?dimension_name=name', 20],
    ['one series', 'metrics/measurements?name=GE_Heartbeat&dimensions=instance:i7', 1],
    ['merged', 'metrics/measurements?name=GE_Heartbeat&merge_metrics=true', 1],
    [
      'the last second of each',
      `metrics/measurements?name=GE_Heartbeat&group_by=*&offset=${iso(start + 998_000)}`,
      1000,
    ],
    [
      'statistics of one',
      'metrics/statistics?name=GE_Heartbeat&dimensions=instance:i7&statistics=avg',
      1,
    ],
    [
      'statistics of all',
      'metrics/statistics?name=GE_Heartbeat&merge_metrics=true&statistics=count,avg',
      1,
    ],
    [
      'statistics of each',
      'metrics/statistics?name=GE_Heartbeat&group_by=*&statistics=count',
      1000,
    ],
  ])('queries a million measurements quickly: %s', async (_title, path, elements) => {
    const separator = path.includes('?') ? '&' : '?';
    const started = performance.now();
    const page = await monascaPage(server, `/v2.0/${path}${separator}start_time=${iso(start)}`);
    const elapsedMs = performance.now() - started;
    expect(page.elements).toHaveLength(elements);
    expect(elapsedMs).toBeLessThan(slowestMs);
  });

  it('has all measurements', async () => {
    const path = `/v2.0/metrics/statistics?name=GE_Heartbeat&merge_metrics=true&statistics=count&period=0&start_time=${iso(start)}`;
    const { elements } = await monascaPage(server, path);
    expect(elements).toMatchObject([{ statistics: [['2026-11-20T00:00:00Z', instances * beats]] }]);
  });
});
