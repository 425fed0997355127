import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countColons, scanText } from '../../service/ingest/text-scan.ts';

const duplicatesOf = (text: string) => Object.fromEntries(scanText(text).duplicates);
const timestampsOf = (text: string) => Object.fromEntries(scanText(text).timestamps);

/** A JSON value with its objects as lists of pairs, so that a key can stand there twice. */
type Tree =
  | { readonly kind: 'leaf'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly Tree[] }
  | { readonly kind: 'object'; readonly pairs: readonly (readonly [Spelling, Tree])[] };
/** A key, and a way of writing it. */
type Spelling = { readonly key: string; readonly escaped: boolean };

const spelling = fc.record({
  key: fc.constantFrom('name', 'timestamp', 'a', 'b', '', '"', '\\', '{', ',', ':', '__proto__'),
  escaped: fc.boolean(),
});
const leaf = fc.constantFrom('1', 'null', '"a"', '"{\\"a\\":1,\\"a\\":1}"', '"\\\\"', '"],["');

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('leaf'), text: leaf }),
    fc.record({ kind: fc.constant('array'), items: fc.array(tie('tree'), { maxLength: 4 }) }),
    fc.record({
      kind: fc.constant('object'),
      pairs: fc.array(fc.tuple(spelling, tie('tree')), { maxLength: 4 }),
    }),
  ),
}));

const spelledOut = (key: string) =>
  `"${[...key].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;

function write(value: Tree, space: string): string {
  switch (value.kind) {
    case 'leaf':
      return value.text;
    case 'array':
      return `[${space}${value.items.map((item) => write(item, space)).join(`${space},`)}]`;
    case 'object': {
      const pairs = value.pairs.map(([{ key, escaped }, child]) => {
        const written = escaped ? spelledOut(key) : JSON.stringify(key);
        return `${written}${space}:${space}${write(child, space)}`;
      });
      return `{${pairs.join(`,${space}`)}${space}}`;
    }
  }
}

/** The reference: whether a key stands twice in one object, anywhere. */
function hasDuplicates(value: Tree): boolean {
  switch (value.kind) {
    case 'leaf':
      return false;
    case 'array':
      return value.items.some(hasDuplicates);
    case 'object': {
      const keys = value.pairs.map(([{ key }]) => key);
      return (
        new Set(keys).size < keys.length || value.pairs.some(([, child]) => hasDuplicates(child))
      );
    }
  }
}

describe('scanText', () => {
  it.each([
    ['{"a":1,"a":2}', { 0: '.a' }],
    ['{"name":1,"na\\u006de":2}', { 0: '.name' }],
    ['{"a":{"b":1,"b":2}}', { 0: '.a.b' }],
    ['[{"a":1},{"a":1,"b":2,"a":3}]', { 1: '.a' }],
    ['[{"a":1,"a":2},7,{"b":1,"b":2}]', { 0: '.a', 2: '.b' }],
    ['[{"meta":{"x y":1,"x y":2}}]', { 0: '.meta["x y"]' }],
    ['[[0,{"a":1,"a":2}]]', { 0: '[1].a' }],
    ['{"x":[1,[2,{"a":1,"a":2}]]}', { 0: '.x[1][1].a' }],
    ['{"":1,"":2}', { 0: '[""]' }],
    ['{"__proto__":1,"__proto__":2}', { 0: '.__proto__' }],
    ['{"a":1,"a":2,"b":1,"b":2}', { 0: '.a' }],
    ['{"a":"a","b":"a"}', {}],
    ['{"a":{"a":{"a":1}}}', {}],
    ['[{"a":1},{"a":1}]', {}],
    ['{"a":["a","a"],"b":["a"]}', {}],
    ['{"a":"\\",\\"a\\":","b":1}', {}],
    ['{"a\\\\":1,"a":2}', {}],
    ['{"a":1,"A":2}', {}],
    ['"a"', {}],
    ['[]', {}],
  ])('finds in %s the keys that stand twice', (text, expected) => {
    expect(duplicatesOf(text)).toEqual(expected);
  });

  it('finds duplicates where a plain reference finds them', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom('', ' ', '\n\t'), (value, space) => {
        const text = write(value, space);
        const items = value.kind === 'array' ? value.items : [value];
        const expected = items.flatMap((item, index) => (hasDuplicates(item) ? [index] : []));
        expect([text, [...scanText(text).duplicates.keys()]]).toEqual([text, expected]);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['{"timestamp":1795150800123456789}', { 0: '1795150800123456789' }],
    ['{"timestamp" : 1795150800123456789 }', { 0: '1795150800123456789' }],
    ['{"time\\u0073tamp":1795150800123456789}', { 0: '1795150800123456789' }],
    ['[{"a":1},{"timestamp":1795150800123456789,"a":1}]', { 1: '1795150800123456789' }],
    ['{"meta":{"timestamp":1795150800123456789}}', {}],
    ['[[{"timestamp":1795150800123456789}]]', {}],
    ['{"timestamp":[1795150800123456789]}', {}],
    ['{"timestamp":"1795150800123456789"}', {}],
    ['{"timestamp":1795150800123456789.5}', {}],
    ['{"timestamp":1795150800123456789e1}', {}],
    ['{"timestamp":-1795150800123456789}', {}],
    ['{"timestamp":1795150800123}', {}],
    [`{"timestamp":${'9'.repeat(21)}}`, {}],
    ['{"a":"\\"timestamp\\":1795150800123456789,"}', {}],
  ])('finds in %s the timestamps that a double cannot hold', (text, expected) => {
    expect(timestampsOf(text)).toEqual(expected);
  });

  it('names a key in a few characters, however long it or the way to it is', () => {
    const long = 'k'.repeat(100_000);
    const deep = `${'{"a":'.repeat(50_000)}{"b":1,"b":2}${'}'.repeat(50_000)}`;
    expect(duplicatesOf(`{"${long}":1,"${long}":2}`)[0]?.length).toBeLessThan(100);
    expect(duplicatesOf(deep)).toEqual({ 0: `${'.a'.repeat(8)}…` });
  });
});

describe('countColons', () => {
  it('is never less than the number of keys', () => {
    const text = '{"a:b":{"c":"::"},"d":[{"e":1}]}';
    expect(countColons(text)).toBe(7);
  });
});
