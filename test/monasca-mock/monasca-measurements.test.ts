import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listMeasurements } from '../../monasca-mock/monasca/metrics/measurements.ts';
import { allMonascaPages, monascaPage } from '../support/monasca-pages.ts';
import { type MonascaServer, startMonascaServer } from '../support/monasca-server.ts';
import { at, i1, i2, other, postHeartbeats, start } from './monasca-heartbeats.ts';

let server: MonascaServer;
beforeAll(async () => {
  server = await startMonascaServer();
  await postHeartbeats(server);
});
afterAll(() => server.close());

const elementsOf = async (path: string) => (await monascaPage(server, path)).elements;

describe(listMeasurements.name, () => {
  const path = `/v2.0/metrics/measurements?name=GE_Heartbeat&start_time=${at(0)}`;

  it('includes the start and excludes the end', async () => {
    const rows = async (query: string) =>
      (await elementsOf(`${path}&dimensions=instance:i1&${query}`)).flatMap(({ measurements }) =>
        Object(measurements).map(([time]: [string]) => time),
      );
    expect(await rows(`end_time=${at(120)}`)).toEqual([at(0), at(60)]);
    expect(await rows(`end_time=${at(120.001)}`)).toEqual([at(0), at(60), at(120)]);
    const later = `/v2.0/metrics/measurements?name=zmetric&start_time=${at(0.001)}`;
    expect(await elementsOf(later)).toEqual([]);
  });

  it.each([
    '2026-11-20',
    '20261120T050000Z',
    '2026-11-20T05:00Z',
    '2026-11-20+05:00:00',
    '2026-11-20T05:00:00',
    '2026-11-20T06:00:00%2B01:00',
    '2026-11-20T00:00:00-0500',
    '2026-11-20T05:00:00,000Z',
    '2026-11',
    '2026',
  ])('accepts the time %s', async (time) => {
    const query = `/v2.0/metrics/measurements?name=zmetric&start_time=${time}`;
    expect(await elementsOf(query)).toHaveLength(1);
  });

  it.each([
    '1795150800',
    '1795150800000',
    'now',
    '2026-13-01',
    '2026-02-30',
    '2026-11-20T25:00Z',
    '-60',
  ])('rejects the time %s', async (time) => {
    for (const parameters of [`start_time=${time}`, `start_time=2026-01-01&end_time=${time}`]) {
      const response = await server.get(`/v2.0/metrics/measurements?name=zmetric&${parameters}`);
      expect(response).toMatchObject({
        status: 422,
        json: { description: `Unable to parse date string '${time}'` },
      });
    }
  });

  it('requires a name and a start', async () => {
    const missing = async (query: string) =>
      Object((await server.get(`/v2.0/metrics/measurements?${query}`)).json).description;
    expect(await missing('')).toBe('Missing name');
    expect(await missing('name=m')).toBe('Missing start time');
  });

  it('rejects several series with 409, also if only one has measurements in the range', async () => {
    for (const query of ['', '&dimensions=name:svc', `&dimensions=name:svc&end_time=${at(1)}`]) {
      const response = await server.get(path + query);
      expect(response).toMatchObject({ status: 409, json: { title: 'MultipleMetrics' } });
    }
  });

  it.each([
    ['true', 200],
    ['True', 200],
    ['t', 200],
    ['rue', 200],
    ['1', 409],
    ['false', 409],
    ['yes', 409],
    ['true&merge_metrics=false', 200],
    ['false&merge_metrics=true', 409],
  ])('responds to merge_metrics=%s with %i', async (flag, status) => {
    expect(await server.get(`${path}&merge_metrics=${flag}`)).toMatchObject({ status });
  });

  it('merges by time and shows the dimensions of the query', async () => {
    const merged = `${path}&merge_metrics=true&dimensions=name:svc,instance&end_time=${at(100)}`;
    expect(await elementsOf(merged)).toMatchObject([
      {
        id: '0',
        dimensions: { name: 'svc', instance: '' },
        measurements: [0, 30, 60, 90].map((seconds) => [at(seconds), 1, {}]),
      },
    ]);
  });

  it('groups by the values of the sorted keys, absent values as empty texts', async () => {
    const groups = async (by: string) =>
      (await elementsOf(`${path}&group_by=${by}&merge_metrics=true`)).map(({ id, dimensions }) => [
        id,
        dimensions,
      ]);
    expect(await groups('instance')).toEqual([
      ['0', { instance: '' }],
      ['1', { instance: 'i1' }],
      ['2', { instance: 'i2' }],
    ]);
    expect(await groups('version')).toEqual([
      ['0', { version: '1.0' }],
      ['1', { version: '2.0' }],
    ]);
    expect(await groups('version&group_by=instance')).toEqual([
      ['0', { version: '2.0', instance: '' }],
      ['1', { version: '1.0', instance: 'i1' }],
      ['2', { version: '1.0', instance: 'i2' }],
    ]);
    expect(await groups('*')).toEqual([
      ['0', { ...other, instance: '' }],
      ['1', i1],
      ['2', i2],
    ]);
    expect(await groups('zzz')).toEqual([['0', { zzz: '' }]]);
  });

  it('fails for group_by=name while the defect is on', async () => {
    for (const by of ['name', 'version,name', 'NAME']) {
      const response = await server.get(`${path}&group_by=${by}`);
      expect(response).toMatchObject({
        status: 500,
        json: { title: expect.stringContaining('repository') },
      });
    }
    server.defects.groupByNameFails = false;
    const elements = await elementsOf(`${path}&group_by=name`);
    server.defects.groupByNameFails = true;
    expect(elements).toMatchObject([
      { dimensions: { name: 'other' } },
      { dimensions: { name: 'svc' } },
    ]);
  });

  it.each(['merge_metrics=true', 'group_by=instance', 'group_by=*', 'dimensions=instance:i1'])(
    'pages %s to the end, whatever the limit',
    async (query) => {
      const rowsOf = (elements: Record<string, unknown>[]) =>
        elements.flatMap(({ id, dimensions, measurements }) =>
          Object(measurements).map((row: unknown[]) => [id, dimensions, ...row]),
        );
      const whole = rowsOf(await elementsOf(`${path}&${query}`));
      expect(whole.length).toBeGreaterThan(4);
      for (const limit of [1, 2, 3, 5, 7, 11, 12]) {
        const pages = await allMonascaPages(server, `${path}&${query}&limit=${limit}`);
        expect(pages.flatMap(({ elements }) => rowsOf(elements))).toEqual(whole);
        for (const { elements, nextOffset } of pages) {
          const count = rowsOf(elements).length;
          if (nextOffset === undefined) expect(count).toBeLessThan(limit);
          else expect(count).toBe(limit);
        }
      }
    },
  );

  it('links to an empty next page if the limit is met exactly', async () => {
    const pages = await allMonascaPages(server, `${path}&dimensions=instance:i1&limit=5`);
    expect(pages.map(({ elements }) => elements.length)).toEqual([1, 0]);
    expect(pages[0]?.nextOffset).toBe(`0_${at(240)}`);
  });

  it('responds to limit=0 with an empty page and a next page', async () => {
    const page = await monascaPage(server, `${path}&dimensions=instance:i1&limit=0`);
    expect(page.elements).toMatchObject([{ id: '0', measurements: [] }]);
    expect(page.nextOffset).toBe(`0_${at(0)}`);
  });

  it('accepts a time or epoch milliseconds as the offset; the rows are strictly after it', async () => {
    for (const offset of [at(180), `${start + 180_000}`, `0_${at(180)}`]) {
      const elements = await elementsOf(`${path}&dimensions=instance:i1&offset=${offset}`);
      expect(elements).toMatchObject([{ measurements: [[at(240), 1, {}]] }]);
    }
    for (const offset of ['x', 'x_y', '0_yesterday']) {
      expect(await server.get(`${path}&merge_metrics=true&offset=${offset}`)).toMatchObject({
        status: 500,
      });
    }
  });

  it('loses rows of later groups while the defect is on', async () => {
    server.defects.groupedPagingLosesRows = true;
    const pages = await allMonascaPages(server, `${path}&group_by=instance&limit=3`);
    server.defects.groupedPagingLosesRows = false;
    const rows = pages.flatMap(({ elements }) =>
      elements.flatMap(({ measurements }) => Object(measurements)),
    );
    expect(rows.length).toBeLessThan(11);
  });

  it('encodes the parameters of links a second time', async () => {
    const query =
      'name=GE_Heartbeat&start_time=2026-11-20T05%3A00:00Z&merge_metrics=true&limit=1&a=%27+';
    const { json } = await server.get(`/v2.0/metrics/measurements?offset=0_2026-11-20&${query}`);
    const encoded =
      'name=GE_Heartbeat&start_time=2026-11-20T05%253A00%3A00Z&merge_metrics=true&limit=1&a=%2527%2B';
    const uri = `${server.url}/v2.0/metrics/measurements`;
    expect(Object(json).links).toEqual([
      { rel: 'self', href: `${uri}?offset=0_2026-11-20&${encoded}` },
      { rel: 'next', href: `${uri}?offset=0_2026-11-20T05%3A00%3A00.000Z&${encoded}` },
    ]);
  });
});
