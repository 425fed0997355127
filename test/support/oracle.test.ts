import { describe, expect, it } from '@jest/globals';
import { type Bindings, differences, headerDifferences, substitute } from './oracle.ts';

describe('differences', () => {
  it('gives a placeholder one value, the same everywhere', () => {
    const bindings: Bindings = new Map();
    expect(differences({ id: '<id-0>', of: '<id-1>' }, { id: 'a', of: 'b' }, bindings)).toEqual([]);
    expect(substitute('/v3/users/<id-0>?of=<id-1>', bindings)).toBe('/v3/users/a?of=b');
    expect(differences({ id: '<id-0>' }, { id: 'b' }, bindings)).toHaveLength(1);
    expect(differences('http://one:1/x/<id-0>', 'http://two:2/x/a', bindings)).toEqual([]);
  });

  it('names members that are missing, added or of another value', () => {
    const found = differences({ a: 1, b: 2, c: [1, 2] }, { a: 1, d: 2, c: [1] }, new Map());
    expect(found).toEqual([
      '$.b: recorded, but not answered',
      '$.c: 2 elements recorded, 1 answered',
      '$.d: answered, but not recorded',
    ]);
    expect(differences({ a: null }, { a: '' }, new Map())).toHaveLength(1);
  });

  it('compares only the form of times', () => {
    const recorded = '2026-11-20T08:41:04.000000Z';
    expect(differences(recorded, '2027-01-01T00:00:00.000000Z', new Map())).toEqual([]);
    expect(differences(recorded, '2027-01-01T00:00:00.000Z', new Map())).toHaveLength(1);
  });

  it('ignores wording, order and random values only in the named members', () => {
    const recorded = { message: 'a', roles: [{ name: 'x' }, { name: 'y' }], audit_ids: ['q'] };
    const answer = { message: 'b', roles: [{ name: 'y' }, { name: 'x' }], audit_ids: ['r'] };
    expect(differences(recorded, answer, new Map())).toHaveLength(4);
    const loose = { wording: ['message'], unordered: ['roles'], random: ['audit_ids'] };
    expect(differences(recorded, answer, new Map(), loose)).toEqual([]);
    expect(differences(recorded, { ...answer, audit_ids: [] }, new Map(), loose)).toHaveLength(1);
  });
});

describe('headerDifferences', () => {
  it('finds named headers that are missing, differ, or were not recorded', () => {
    const answer = new Headers({ Vary: 'Accept', Allow: 'GET' });
    const names = ['vary', 'allow', 'location'];
    expect(headerDifferences({ vary: 'Accept', allow: 'GET' }, answer, names, new Map())).toEqual(
      [],
    );
    expect(headerDifferences({ vary: 'Accept' }, answer, names, new Map())).toHaveLength(1);
    expect(
      headerDifferences({ vary: 'X', allow: 'GET', location: '/' }, answer, names, new Map()),
    ).toHaveLength(2);
  });
});
