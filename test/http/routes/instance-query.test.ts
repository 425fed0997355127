import { describe, expect, it } from '@jest/globals';
import type { QueryValues } from '../../../service/http/parameters/parameters.ts';
import { readInstanceQuery } from '../../../service/http/routes/instances.ts';
import { readQuery } from '../../support/read-query.ts';

const read = (values: QueryValues) => readQuery(values, readInstanceQuery);

describe('readInstanceQuery', () => {
  it('reads every parameter, and has a default for each', () => {
    const filter = { name: 'Or*', version: '1.?', instance: 'i-1' };
    const query = { ...filter, state: ['late', 'down'], text: 'ABC', order: 'descending' };
    expect(read({ ...query, sort: 'none', limit: '7', cursor: 'Ng' })).toEqual({
      query: {
        filter: { ...filter, states: ['late', 'down'], text: 'abc' },
        sort: 'none',
        order: 'descending',
        limit: 7,
        cursor: { kind: 'none', after: 6 },
      },
    });
    expect(read({})).toMatchObject({
      query: { filter: {}, sort: 'key', limit: 100, cursor: undefined },
    });
  });

  it('names every parameter at fault', () => {
    const query = { state: 'dead', sort: 'age', limit: 'all', cursor: '!', kind: 'down' };
    expect(read(query)).toMatchObject({
      errors: [
        { path: 'state', expected: 'one or more of up, late, down, retired' },
        { path: 'sort' },
        { path: 'limit' },
        { path: 'cursor' },
        { path: 'kind' },
      ],
    });
  });

  it('takes no cursor of the other order', () => {
    const errors = [{ path: 'cursor' }];
    expect(read({ sort: 'none', cursor: 'WyIiLCJhIiwiMSIsIngiXQ' })).toMatchObject({ errors });
    expect(read({ sort: 'key', cursor: 'Ng' })).toMatchObject({ errors });
  });
});
