import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createIntake } from '../../monasca-mock/monasca/metrics/intake.ts';
import { monascaPage } from '../support/monasca-pages.ts';
import { type MonascaServer, startMonascaServer } from '../support/monasca-server.ts';

const good = { name: 'm', dimensions: { a: 'b' }, timestamp: 1_795_150_800_000, value: 1 };
const pairs = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'x']));

let server: MonascaServer;
beforeAll(async () => {
  server = await startMonascaServer();
});
afterAll(() => server.close());

const post = (body: string | Buffer, contentType: string | null = 'application/json') =>
  server.send({ method: 'POST', path: '/v2.0/metrics', body, contentType });

describe(createIntake.name, () => {
  it.each<[string, object]>([
    ['no dimensions', { dimensions: undefined }],
    ['empty dimensions', { dimensions: {} }],
    ['a name of 255 characters', { name: 'x'.repeat(255) }],
    ['a name of 255 characters beyond the basic plane', { name: '😀'.repeat(255) }],
    ['quote, colon, slash and bar in a name', { name: "a'b:c/d|e-f.g_h" }],
    ['space, colon, slash, bar, bracket and quote in a value', { dimensions: { a: "x :/|('y" } }],
    ['a dimension value of 255 characters', { dimensions: { a: 'é'.repeat(255) } }],
    ['a space in a dimension key', { dimensions: { 'a b': 'x' } }],
    ['a time in seconds', { timestamp: 1_795_150_800 }],
    ['time zero', { timestamp: 0 }],
    ['a negative time', { timestamp: -1 }],
    ['a time with a fraction', { timestamp: 1_795_159_100_416.4788 }],
    ['a time without a calendar date', { timestamp: 1e300 }],
    ['a boolean as value', { value: true }],
    ['a tiny value', { value: 1e-300 }],
    ['no value_meta', { value_meta: null }],
    ['16 pairs of value_meta', { value_meta: pairs(16) }],
    ['numbers and lists in value_meta', { value_meta: { a: 1, b: [1, { c: null }] } }],
    ['a value_meta of 2048 characters', { value_meta: { x: 'y'.repeat(2039) } }],
    ['unknown fields', { foo: 1, project: 'x' }],
  ])('accepts %s', async (_title, change) => {
    const response = await server.post({ ...good, ...change });
    expect(response.status).toBe(204);
    expect(response.text).toBe('');
    expect(response.headers['content-type']).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['no name', { name: undefined }, "'name'"],
    ['a number as name', { name: 5 }, 'invalid metric name type: 5 is not a string type '],
    ['an empty name', { name: '' }, 'invalid length for metric name: '],
    ['256 characters', { name: 'é'.repeat(256) }, 'invalid length for metric name: '],
    ...[...'<>={},"\\;&() '].map((character): [string, object, string] => [
      `${character} in a name`,
      { name: `a${character}b` },
      `invalid characters in metric name: a${character}b`,
    ]),
    ['no value', { value: undefined }, `"'value': for metric m"`],
    ['a text as value', { value: '1' }, 'invalid value type: 1 is not a number type for metric'],
    ['null as value', { value: null }, 'invalid value type: None is not'],
    ['no time', { timestamp: undefined }, `"'timestamp': for metric m"`],
    ['a text as time', { timestamp: '1795150800000' }, 'invalid timestamp type: 1795150800000'],
    ['dimensions null', { dimensions: null }, "'NoneType' object has no attribute 'items'"],
    ['dimensions in a list', { dimensions: ['a'] }, "'list' object has no attribute 'items'"],
    ['dimensions in a text', { dimensions: 'a' }, "'str' object has no attribute 'items'"],
    ['an empty key', { dimensions: { '': 'x' } }, 'invalid length (0) for dimension key '],
    ['an empty value', { dimensions: { a: '' } }, 'invalid length (0) for dimension value '],
    [
      'a long value',
      { dimensions: { a: 'x'.repeat(256) } },
      'invalid length (256) for dimension v',
    ],
    ['a key with _ first', { dimensions: { _a: 'x' } }, 'invalid characters in dimension key _a'],
    ['null as value', { dimensions: { a: null } }, 'invalid dimension value type: None must be'],
    ...[...'<>={},"\\;&'].flatMap((character): [string, object, string][] => [
      [
        `${character} in a value`,
        { dimensions: { a: `x${character}y` } },
        `invalid characters in dimension value x${character}y from key a`,
      ],
      [
        `${character} in a key`,
        { dimensions: { [`a${character}b`]: 'x' } },
        `invalid characters in dimension key a${character}b`,
      ],
    ]),
    ['value_meta in a text', { value_meta: 'x' }, "'str' object has no attribute 'items'"],
    ['value_meta in a number', { value_meta: 1 }, "object of type 'int' has no len()"],
    ['17 pairs', { value_meta: pairs(17) }, 'Too many valueMeta entries 17, limit is 16'],
    ['an empty meta key', { value_meta: { '': 'x' } }, 'valueMeta name cannot be empty'],
    ['a long meta key', { value_meta: { ['k'.repeat(256)]: 1 } }, 'valueMeta name too long: kkk'],
    ['2049 characters', { value_meta: { x: 'y'.repeat(2040) } }, 'valueMeta name value combinati'],
    ['é, six times over', { value_meta: { x: 'é'.repeat(400) } }, 'valueMeta name value combinati'],
  ])('rejects with 422: %s', async (_title, change, description) => {
    const response = await server.post({ ...good, ...change });
    expect(response).toMatchObject({ status: 422, headers: { vary: 'Accept' } });
    expect(response.json).toEqual({
      title: 'Unprocessable Entity',
      description: expect.stringContaining(description),
    });
  });

  it.each([
    ['null', 422],
    ['"x"', 422],
    ['5', 422],
    ['[[]]', 422],
    ['[null]', 422],
    ['{"name":"m","timestamp":1,"value":NaN}', 422],
    ['{"name":"m","timestamp":1,"value":-Infinity}', 422],
    ['{"name":"m","timestamp":1,"value":1e400}', 422],
    ['[]', 204],
    ['{"name":"NaN and Infinity","timestamp":1,"value":1}'.replace(/ /g, '_'), 204],
    ['', 400],
    [' ', 400],
    ['{', 400],
    ['{"name":"m","timestamp":1,"value":Nan}', 400],
    ['[{"name":"m","timestamp":1,"value":1}],', 400],
  ])('responds to the body %s with %i', async (body, status) => {
    expect(await post(body)).toMatchObject({ status });
  });

  it('rejects bodies that are not UTF-8, and compressed bodies, with 400', async () => {
    const description = 'Request body is not valid JSON';
    const latin1 = Buffer.from('{"name":"é","timestamp":1,"value":1}', 'latin1');
    for (const body of [latin1, gzipSync(JSON.stringify(good))]) {
      expect(await post(body)).toMatchObject({
        status: 400,
        json: { title: 'Bad request', description },
      });
    }
  });

  it.each([
    'application/json; charset=utf-8',
    'Application/JSON',
    'text/plain',
    'application/x-www-form-urlencoded',
    null,
  ])('rejects the content type %s with 400', async (contentType) => {
    const response = await post(JSON.stringify(good), contentType);
    expect(response.status).toBe(400);
    expect(response.json).toEqual({
      title: 'Bad request',
      description: 'Bad content type. Must be application/json',
    });
  });

  it('stores all of a request or nothing', async () => {
    const batch = [
      { ...good, name: 'all-or-nothing' },
      { ...good, name: 'bad one' },
    ];
    expect(await server.post(batch)).toMatchObject({ status: 422 });
    const path = '/v2.0/metrics?name=all-or-nothing';
    expect(await monascaPage(server, path)).toMatchObject({ elements: [] });
  });

  it('distinguishes an invalid metric from a valid one with a similar text', async () => {
    const valid = { ...good, name: 'twin', dimensions: { a: '1', b: '2' } };
    expect(await server.post(valid)).toMatchObject({ status: 204 });
    for (const dimensions of [{ a: '1,b=2' }, { 'a=1,b': '2' }, { a: '1', b: 2 }]) {
      expect(await server.post({ ...valid, dimensions })).toMatchObject({ status: 422 });
    }
    expect(await server.post({ ...valid, dimensions: { b: '2', a: '1' } })).toMatchObject({
      status: 204,
    });
    const { elements } = await monascaPage(server, '/v2.0/metrics?name=twin');
    expect(elements).toHaveLength(1);
  });

  it('checks value, time and value_meta of a known series', async () => {
    const known = { ...good, name: 'known' };
    expect(await server.post(known)).toMatchObject({ status: 204 });
    for (const change of [{ value: 'x' }, { timestamp: 'x' }, { value_meta: pairs(17) }]) {
      expect(await server.post({ ...known, ...change })).toMatchObject({ status: 422 });
    }
  });

  it('keeps the last measurement of a series and millisecond', async () => {
    const name = 'resent';
    await server.post([
      { ...good, name, timestamp: 5000.9, value: 1, value_meta: { first: 'x' } },
      { ...good, name, timestamp: 5000, value: 2 },
      { ...good, name, timestamp: 4000, value: 3 },
    ]);
    await server.post({ ...good, name, timestamp: 5000, value: 4, value_meta: { last: 'y' } });
    const path = `/v2.0/metrics/measurements?name=${name}&start_time=1970-01-01`;
    const { elements } = await monascaPage(server, path);
    expect(elements).toMatchObject([
      {
        measurements: [
          ['1970-01-01T00:00:04.000Z', 3, {}],
          ['1970-01-01T00:00:05.000Z', 4, { last: 'y' }],
        ],
      },
    ]);
  });

  it('returns every value and time exactly', async () => {
    const name = 'exact';
    const values = [1e300, -0.1, 5e-324, 123456.789, 2 ** 53];
    await server.post(
      values.map((value, index) => ({ ...good, name, value, timestamp: -3 + index })),
    );
    const path = `/v2.0/metrics/measurements?name=${name}&start_time=1969-12-31`;
    const { elements } = await monascaPage(server, path);
    expect(elements).toMatchObject([
      {
        measurements: values.map((value, index) => [new Date(index - 3).toISOString(), value, {}]),
      },
    ]);
  });

  it('accepts 20,000 metrics in one request', async () => {
    const batch = Array.from({ length: 20_000 }, (_, index) => ({
      ...good,
      name: 'many',
      timestamp: index,
    }));
    expect(await server.post(batch)).toMatchObject({ status: 204 });
  });

  it('rejects a request with a metric that `rejects` selects', async () => {
    const picky = await startMonascaServer({
      rejects: ({ dimensions }) => dimensions['a'] === 'bad',
    });
    const bad = { ...good, dimensions: { a: 'bad' } };
    expect(await picky.post([good, bad])).toMatchObject({ status: 422 });
    expect(await monascaPage(picky, '/v2.0/metrics')).toMatchObject({ elements: [] });
    expect(await picky.post([good])).toMatchObject({ status: 204 });
    await picky.close();
  });
});
