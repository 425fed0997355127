import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isCostly } from '../../service/ingest/json-shape.ts';

const members = (count: number, prefix: string) =>
  `{${Array.from({ length: count }, (_, index) => `"${prefix}${index}":0`).join()}}`;
const beats = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: 'Orion: [broker] {1}',
    version: '3.10.1',
    instance: `pod-"${index}"-\\`,
    interval: 30,
    meta: { host: `node-${index}`, zone: 'a:b:c' },
  }));
const nested = '['.repeat(50_000);

describe('isCostly', () => {
  it.each([
    ['open brackets', nested],
    ['nested arrays', `${nested}${nested.replaceAll('[', ']')}`],
    ['nested objects', '{"a":'.repeat(50_000)],
    ['nested brackets with spaces', '[ \n'.repeat(50_000)],
    ['an object with many members', members(50_000, 'k')],
    ['such an object in a list', `[${members(50_000, 'k')}]`],
    ['such an object behind others', `[${'{},'.repeat(900)}${members(50_000, 'k')}]`],
    ['brackets behind a line that is not JSON', `{"a\n{${nested}`],
  ])('finds %s', (_title, text) => {
    expect(isCostly(text)).toBe(true);
  });

  it.each([
    ['a list of heartbeats', JSON.stringify(beats(5_000))],
    ['a list of names', JSON.stringify({ XNames: Array(100_000).fill('x0') })],
    ['a long string of brackets', JSON.stringify({ a: nested, b: ':'.repeat(50_000) })],
    ['an object and a text behind it', `{"a":0} ${'a: '.repeat(20_000)}`],
    ['a short text', '['.repeat(10_000)],
    ['a text that is no JSON', 'no: json, '.repeat(900).padEnd(20_000)],
  ])('accepts %s', (_title, text) => {
    expect(isCostly(text)).toBe(false);
  });

  it('finds nothing in JSON of usual depth and width, whatever its strings contain', () => {
    const depth = { maxDepth: 5, depthSize: 'large' } as const;
    fc.assert(
      fc.property(fc.json(depth), fc.nat(20), (json, times) => {
        const list = `[${Array(times).fill(json).join()}]`.padEnd(16_385);
        expect(isCostly(list)).toBe(false);
      }),
    );
  });
});
