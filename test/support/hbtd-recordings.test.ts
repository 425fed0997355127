import { describe, expect, it } from '@jest/globals';
import { compareWithAllowed } from './hbtd-recordings.ts';

const difference = { name: 'params/patch', part: 'type', hbtd: 'text/plain', here: 'json' };
const row = { row: '| … |', names: ['params/*'], part: 'type', hbtd: 'text/*', here: 'json' };

describe('compareWithAllowed', () => {
  it('finds nothing where each difference has a row, and each row a difference', () => {
    expect(compareWithAllowed([difference], [row])).toEqual({ unlisted: [], unused: [] });
  });

  it.each([
    ['another name', { name: 'hb/node' }],
    ['another part', { part: 'status' }],
    ['another value of hbtd', { hbtd: 'json' }],
    ['another value here', { here: 'xml' }],
  ])('finds a difference without a row, and the row without one: %s', (_, other) => {
    const found = { ...difference, ...other };
    const { unlisted, unused } = compareWithAllowed([found], [row]);
    expect(unlisted).toEqual([found]);
    expect(unused).toEqual(['params/*: | … |']);
  });

  it('finds each pattern of a row that allows nothing any more', () => {
    const both = { ...row, names: ['params/*', 'hb/*'] };
    expect(compareWithAllowed([difference], [both]).unused).toEqual(['hb/*: | … |']);
  });
});
