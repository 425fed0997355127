import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listMetrics } from '../../monasca-mock/monasca/metrics/listings.ts';
import { listMeasurements } from '../../monasca-mock/monasca/metrics/measurements.ts';
import { allMonascaPages, monascaPage } from '../support/monasca-pages.ts';
import { type MonascaServer, startMonascaServer } from '../support/monasca-server.ts';

const start = Date.UTC(2026, 10, 20, 5);
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
const point = (dimensions: object, seconds: number, value = 1, name = 'GE_Heartbeat') => ({
  name,
  dimensions,
  timestamp: start + seconds * 1000,
  value,
});
const i1 = { name: 'svc', version: '1.0', instance: 'i1' };
const i2 = { name: 'svc', version: '1.0', instance: 'i2' };
const other = { name: 'other', version: '2.0' };

let server: MonascaServer;
beforeAll(async () => {
  server = await startMonascaServer();
  await server.post([
    ...[0, 60, 120, 180, 240].map((seconds) => point(i1, seconds)),
    ...[30, 90, 150, 210, 270].map((seconds) => point(i2, seconds)),
    point(other, 1, 2.5),
    point({}, 0, 3, 'zmetric'),
    point({ url: 'http://x:1/y', 'a b': "it's" }, 0, 1, 'odd'),
  ]);
});
afterAll(() => server.close());

const elementsOf = async (path: string) => (await monascaPage(server, path)).elements;

describe(listMetrics.name, () => {
  it.each([
    ['instance:i1', ['i1']],
    ['instance', ['i1', 'i2']],
    ['instance:', ['i1', 'i2']],
    ['instance:i1|i2', ['i1', 'i2']],
    ['instance:i1|zz', ['i1']],
    ['instance:i.|zz', ['i1', 'i2']],
    ['instance:i|1', []],
    ['instance:I1', []],
    ['instance:i', []],
    ['instance:i1,version:1.0', ['i1']],
    ['instance:i1,version:2.0', []],
    ['instance:i1, version:1.0', []],
    ['version:1.0&dimensions=instance:i2', ['i2']],
    ['zzz', []],
  ])('finds by dimensions=%s', async (filter, instances) => {
    const elements = await elementsOf(`/v2.0/metrics?name=GE_Heartbeat&dimensions=${filter}`);
    expect(elements.map(({ dimensions }) => Object(dimensions).instance)).toEqual(instances);
  });

  it('takes what follows the first colon as the value, and quotes as they are', async () => {
    for (const filter of ['url:http://x:1/y', "a%20b:it's"]) {
      expect(await elementsOf(`/v2.0/metrics?dimensions=${filter}`)).toMatchObject([
        { name: 'odd' },
      ]);
    }
  });

  it.each([
    ['a=b', 'invalid characters in dimension key a=b'],
    ['_a:b', 'invalid characters in dimension key _a'],
    ['a:b;', 'invalid characters in dimension value b; from key a'],
    [':x', 'invalid length (0) for dimension key '],
    ['a:b,', 'invalid length (0) for dimension key '],
    ['a:b|', 'invalid length (0) for dimension value  from key a'],
  ])('refuses dimensions=%s', async (filter, description) => {
    for (const path of ['', '/names', '/measurements?name=m&start_time=2026-01-01']) {
      const separator = path.includes('?') ? '&' : '?';
      const answer = await server.get(
        `/v2.0/metrics${path}${separator}dimensions=${encodeURIComponent(filter)}`,
      );
      expect(answer).toMatchObject({ status: 422, json: { description } });
    }
  });

  it('finds no series by a dimension that only every object has', async () => {
    expect(await elementsOf('/v2.0/metrics?dimensions=constructor')).toEqual([]);
    const values = '/v2.0/metrics/dimensions/names/values?dimension_name=toString';
    expect(await elementsOf(values)).toEqual([]);
  });

  it('lists by name and dimensions, and pages to the end', async () => {
    const whole = await elementsOf('/v2.0/metrics');
    expect(whole.map(({ id, name }) => [id, name])).toEqual([
      ['0', 'GE_Heartbeat'],
      ['1', 'GE_Heartbeat'],
      ['2', 'GE_Heartbeat'],
      ['3', 'odd'],
      ['4', 'zmetric'],
    ]);
    for (const limit of [1, 2, 3, 4, 5]) {
      const pages = await allMonascaPages(server, `/v2.0/metrics?limit=${limit}`);
      expect(pages.flatMap(({ elements }) => elements)).toEqual(whole);
      expect(pages).toHaveLength(Math.ceil(5 / limit));
    }
  });

  it('lists only series with a measurement in the time range', async () => {
    const list = async (range: string) =>
      (await elementsOf(`/v2.0/metrics?${range}`)).map(({ name, dimensions }) => [
        name,
        Object(dimensions).instance,
      ]);
    expect(await list(`start_time=${at(240)}`)).toEqual([
      ['GE_Heartbeat', 'i1'],
      ['GE_Heartbeat', 'i2'],
    ]);
    expect(await list(`start_time=${at(241)}`)).toEqual([['GE_Heartbeat', 'i2']]);
    expect(await list(`start_time=${at(1)}&end_time=${at(30)}`)).toEqual([
      ['GE_Heartbeat', undefined],
    ]);
  });

  it.each([
    ['limit=x', 422],
    ['limit=-1', 422],
    ['limit=', 422],
    ['limit=0', 200],
    ['offset=x', 500],
    [`end_time=${at(0)}`, 500],
    [`start_time=${at(1)}&end_time=${at(1)}`, 400],
    [`start_time=${at(2)}&end_time=${at(1)}`, 400],
    ['start_time=yesterday', 422],
    ['name=a(b', 422],
    ['name=nope', 200],
    ['limit=99999', 200],
    ['foo', 500],
  ])('answers ?%s with %i', async (query, status) => {
    expect(await server.get(`/v2.0/metrics?${query}`)).toMatchObject({ status });
  });

  it('lists names, dimension names and dimension values', async () => {
    server.defects.dimensionNamesOfMetricFails = false;
    const texts = async (path: string) =>
      (await elementsOf(`/v2.0/metrics/${path}`)).flatMap((element) => Object.values(element));
    expect(await texts('names')).toEqual(['GE_Heartbeat', 'odd', 'zmetric']);
    expect(await texts('names?dimensions=version')).toEqual(['GE_Heartbeat']);
    const names = 'dimensions/names?metric_name=GE_Heartbeat';
    expect(await texts(names)).toEqual(['instance', 'name', 'version']);
    expect(await texts(`${names}&start_time=${at(1)}&end_time=${at(2)}`)).toEqual([
      'name',
      'version',
    ]);
    expect(await texts(`${names}&end_time=${at(0)}`)).toEqual(['instance', 'name', 'version']);
    expect(await texts('dimensions/names?metric_name=zmetric')).toEqual([]);
    expect(await texts('dimensions/names')).toEqual(['a b', 'instance', 'name', 'url', 'version']);
    const values = 'dimensions/names/values?metric_name=GE_Heartbeat&dimension_name';
    expect(await texts(`${values}=name`)).toEqual(['other', 'svc']);
    expect(await texts(`${values}=instance&start_time=${at(250)}`)).toEqual(['i2']);
    expect(await texts(`${values}=zzz`)).toEqual([]);
    server.defects.dimensionNamesOfMetricFails = true;
    for (const path of ['metrics/names?limit=2', 'metrics/dimensions/names?limit=2']) {
      const pages = await allMonascaPages(server, `/v2.0/${path}`);
      const rows = pages.flatMap(({ elements }) => elements);
      expect(rows).toEqual(await elementsOf(`/v2.0/${path}00`));
    }
  });

  it('fails on the dimension names of a metric that has one called name, and only on those', async () => {
    const status = async (name: string) =>
      (await server.get(`/v2.0/metrics/dimensions/names?metric_name=${name}`)).status;
    expect(await status('GE_Heartbeat')).toBe(500);
    expect(await status('odd')).toBe(200);
  });
});

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
  ])('understands the time %s', async (time) => {
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
  ])('does not understand the time %s', async (time) => {
    for (const parameters of [`start_time=${time}`, `start_time=2026-01-01&end_time=${time}`]) {
      const answer = await server.get(`/v2.0/metrics/measurements?name=zmetric&${parameters}`);
      expect(answer).toMatchObject({
        status: 422,
        json: { description: `Unable to parse date string '${time}'` },
      });
    }
  });

  it('wants a name and a start', async () => {
    const missing = async (query: string) =>
      Object((await server.get(`/v2.0/metrics/measurements?${query}`)).json).description;
    expect(await missing('')).toBe('Missing name');
    expect(await missing('name=m')).toBe('Missing start time');
  });

  it('calls several series a conflict, also when only one has measurements in the range', async () => {
    for (const query of ['', '&dimensions=name:svc', `&dimensions=name:svc&end_time=${at(1)}`]) {
      const answer = await server.get(path + query);
      expect(answer).toMatchObject({ status: 409, json: { title: 'MultipleMetrics' } });
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
  ])('merge_metrics=%s gives %i', async (flag, status) => {
    expect(await server.get(`${path}&merge_metrics=${flag}`)).toMatchObject({ status });
  });

  it('merges by time and shows the dimensions that were asked for', async () => {
    const merged = `${path}&merge_metrics=true&dimensions=name:svc,instance&end_time=${at(100)}`;
    expect(await elementsOf(merged)).toMatchObject([
      {
        id: '0',
        dimensions: { name: 'svc', instance: '' },
        measurements: [0, 30, 60, 90].map((seconds) => [at(seconds), 1, {}]),
      },
    ]);
  });

  it('groups by the values of the keys in sorted order, absent ones as empty texts', async () => {
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

  it('fails on group_by=name unless it is told not to', async () => {
    for (const by of ['name', 'version,name', 'NAME']) {
      const answer = await server.get(`${path}&group_by=${by}`);
      expect(answer).toMatchObject({
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

  it('gives a next page also when the limit is met exactly, and it is empty', async () => {
    const pages = await allMonascaPages(server, `${path}&dimensions=instance:i1&limit=5`);
    expect(pages.map(({ elements }) => elements.length)).toEqual([1, 0]);
    expect(pages[0]?.nextOffset).toBe(`0_${at(240)}`);
  });

  it('answers limit=0 with an empty page and a next one', async () => {
    const page = await monascaPage(server, `${path}&dimensions=instance:i1&limit=0`);
    expect(page.elements).toMatchObject([{ id: '0', measurements: [] }]);
    expect(page.nextOffset).toBe(`0_${at(0)}`);
  });

  it('takes as offset also a bare time or epoch milliseconds; the rows are strictly after it', async () => {
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

  it('loses rows of later groups where it is told to page as the real one does', async () => {
    server.defects.groupedPagingLosesRows = true;
    const pages = await allMonascaPages(server, `${path}&group_by=instance&limit=3`);
    server.defects.groupedPagingLosesRows = false;
    const rows = pages.flatMap(({ elements }) =>
      elements.flatMap(({ measurements }) => Object(measurements)),
    );
    expect(rows.length).toBeLessThan(11);
  });

  it('encodes the links once more than the client did', async () => {
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
