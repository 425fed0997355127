import { describe, expect, it } from '@jest/globals';
import type { QueryValues } from '../../../service/http/parameters/parameters.ts';
import { readEventQuery, readStreamQuery } from '../../../service/http/routes/events.ts';
import { newUlid } from '../../support/events.ts';
import { readQuery } from '../../support/read-query.ts';

const nowMs = Date.UTC(2026, 0, 31);
const read = (values: QueryValues) => readQuery(values, readEventQuery, nowMs);
const readStream = (values: QueryValues) => readQuery(values, readStreamQuery, nowMs);

describe('readEventQuery', () => {
  it('reads every parameter', () => {
    const id = newUlid(nowMs);
    const query = {
      kind: ['down', 'late,recovered'],
      name: 'Or*',
      version: '1.0',
      instance: 'i-1',
      silenced: 'false',
      from: 'now-1h',
      to: '2026-01-31T01:00:00 01:00',
      text: 'x y',
      order: 'ascending',
      limit: '1000',
      cursor: id,
    };
    expect(read(query)).toEqual({
      query: {
        filter: {
          kinds: ['late', 'down', 'recovered'],
          name: 'Or*',
          version: '1.0',
          instance: 'i-1',
          isSilenced: false,
          fromMs: nowMs - 3_600_000,
          toMs: nowMs,
          text: 'x y',
        },
        order: 'ascending',
        limit: 1_000,
        cursor: id,
      },
    });
  });

  it('is for the newest hundred events by default', () => {
    expect(read({ name: '' })).toMatchObject({
      query: { filter: {}, order: 'descending', limit: 100, cursor: undefined },
    });
  });

  it('names every parameter at fault', () => {
    const query = {
      kind: 'exploded',
      silenced: 'maybe',
      name: ['a', 'b'],
      from: 'yesterday',
      order: 'up',
      limit: '1001',
      cursor: 'x',
      nmae: 'Orion',
    };
    const reading = read(query);
    expect(reading).toMatchObject({
      errors: [
        { path: 'from', got: '"yesterday"' },
        { path: 'kind', expected: expect.stringContaining('recovered'), got: '"exploded"' },
        { path: 'name', expected: 'one value', got: '"a,b"' },
        { path: 'silenced', expected: 'true or false', got: '"maybe"' },
        { path: 'order', expected: 'one of descending, ascending' },
        { path: 'limit', expected: 'a whole number from 1 to 1000', got: '"1001"' },
        { path: 'cursor' },
        { path: 'nmae', expected: expect.stringContaining('there are from, to, kind, name') },
      ],
    });
  });

  it.each(['0', '-1', '1.5', '1e2', ' 1', '', 'NaN', '0x10'])('takes no limit of %j', (limit) => {
    expect('query' in read({ limit })).toBe(limit === '');
  });

  it('takes no period that is empty', () => {
    const reading = read({ from: 'now', to: 'now-1h' });
    expect(reading).toMatchObject({ errors: [{ path: 'to', expected: 'a time after "from"' }] });
  });
});

describe('readStreamQuery', () => {
  it('takes the filters and the last event, but no page', () => {
    const lastEventId = newUlid(nowMs);
    expect(readStream({ kind: 'down', lastEventId })).toMatchObject({
      query: { filter: { kinds: ['down'] }, lastEventId },
    });
    expect(readStream({ lastEventId: '12', limit: '5' })).toMatchObject({
      errors: [{ path: 'lastEventId' }, { path: 'limit' }],
    });
  });
});
