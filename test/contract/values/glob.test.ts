import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createGlob } from '../../../service/contract/values/glob.ts';

/** The plain meaning, which is slow when there are many stars. */
function model(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '*') return text.some((_, at) => model(rest, text.slice(at))) || model(rest, []);
  return text.length > 0 && (first === '?' || first === text[0]) && model(rest, text.slice(1));
}

const letters = fc.constantFrom('a', 'b', '😀', '*', '?', '.', '[', '\\', '\n', '\0');

describe('createGlob', () => {
  it('means what the plain model means', () => {
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 7 }),
        fc.array(letters, { maxLength: 8 }),
        (pattern, text) => {
          expect(createGlob(pattern.join(''))(text.join(''))).toBe(model(pattern, text));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['Orion', 'Orion', true],
    ['orion', 'Orion', false],
    ['*', '', true],
    ['?', '', false],
    ['Or*n', 'Orion', true],
    ['Or?n', 'Orion', false],
    ['*.*', '1.0', true],
    ['1.?', '1.0.1', false],
  ])('%j and %j: %j', (pattern, text, expected) => {
    expect(createGlob(pattern)(text)).toBe(expected);
  });

  it('takes no time to speak of, however nasty the pattern', () => {
    const glob = createGlob(`${'*a'.repeat(200)}b`);
    for (let n = 0; n < 100; n++) expect(glob('a'.repeat(255))).toBe(false);
  });
});
