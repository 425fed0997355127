import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listMetrics } from '../../monasca-mock/monasca/metrics/listings.ts';
import { allMonascaPages, monascaPage } from '../support/monasca-pages.ts';
import { type MonascaServer, startMonascaServer } from '../support/monasca-server.ts';
import { at, postHeartbeats } from './monasca-heartbeats.ts';

let server: MonascaServer;
beforeAll(async () => {
  server = await startMonascaServer();
  await postHeartbeats(server);
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
  ])('selects by dimensions=%s', async (filter, instances) => {
    const elements = await elementsOf(`/v2.0/metrics?name=GE_Heartbeat&dimensions=${filter}`);
    expect(elements.map(({ dimensions }) => Object(dimensions).instance)).toEqual(instances);
  });

  it('reads the text after the first colon as the value, and quotes literally', async () => {
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
  ])('rejects dimensions=%s', async (filter, description) => {
    for (const path of ['', '/names', '/measurements?name=m&start_time=2026-01-01']) {
      const separator = path.includes('?') ? '&' : '?';
      const response = await server.get(
        `/v2.0/metrics${path}${separator}dimensions=${encodeURIComponent(filter)}`,
      );
      expect(response).toMatchObject({ status: 422, json: { description } });
    }
  });

  it('selects no series by a member of every object', async () => {
    expect(await elementsOf('/v2.0/metrics?dimensions=constructor')).toEqual([]);
    const values = '/v2.0/metrics/dimensions/names/values?dimension_name=toString';
    expect(await elementsOf(values)).toEqual([]);
  });

  it('sorts by name and dimensions, and pages to the end', async () => {
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
  ])('responds to ?%s with %i', async (query, status) => {
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

  it('fails only for the dimension names of a metric with a dimension `name`', async () => {
    const status = async (name: string) =>
      (await server.get(`/v2.0/metrics/dimensions/names?metric_name=${name}`)).status;
    expect(await status('GE_Heartbeat')).toBe(500);
    expect(await status('odd')).toBe(200);
  });
});
