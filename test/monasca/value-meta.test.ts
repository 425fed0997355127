import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { valueMeta } from '../../service/monasca/value-meta.ts';

/** The length of what Python's `json.dumps` makes of an object of strings. */
function pythonLength(meta: Record<string, string>): number {
  const members = Object.entries(meta).map((pair) =>
    pair
      .map((text) =>
        JSON.stringify(text).replace(
          /[^\x20-\x7e]/g,
          (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
        ),
      )
      .join(': '),
  );
  return `{${members.join(', ')}}`.length;
}

describe('valueMeta', () => {
  it('passes on what Monasca takes', () => {
    const meta = { host: 'node-3', zone: 'Köln, Süd', '': 'no' };
    expect(valueMeta(meta)).toEqual({ host: 'node-3', zone: 'Köln, Süd' });
  });

  it('is absent where nothing is left', () => {
    expect(valueMeta({})).toBeUndefined();
    expect(valueMeta({ '': 'x', ['k'.repeat(256)]: 'x' })).toBeUndefined();
  });

  it('keeps exactly as much as Monasca counts to 2048', () => {
    const fits = { x: 'y'.repeat(2048 - '{"x": ""}'.length) };
    expect(valueMeta(fits)).toEqual(fits);
    expect(valueMeta({ x: `${fits.x}y` })).toBeUndefined();
    expect(valueMeta({ x: `${fits.x}y`, z: 'small' })).toEqual({ z: 'small' });
  });

  it('counts what is not ASCII as Monasca does, escaped', () => {
    expect(valueMeta({ x: 'é'.repeat(339) })).toEqual({ x: 'é'.repeat(339) });
    expect(valueMeta({ x: 'é'.repeat(340) })).toBeUndefined();
  });

  it('always gives up to 16 pairs that Monasca takes, and mends halves of surrogate pairs', () => {
    const meta = fc.dictionary(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 900 }),
      { maxKeys: 20 },
    );
    fc.assert(
      fc.property(meta, (given) => {
        const kept = valueMeta(given) ?? {};
        expect(Object.keys(kept).length).toBeLessThanOrEqual(16);
        expect(pythonLength(kept)).toBeLessThanOrEqual(2048);
        for (const [key, value] of Object.entries(kept)) {
          expect(key.length >= 1 && key.length <= 255).toBe(true);
          expect(key.isWellFormed() && value.isWellFormed()).toBe(true);
        }
      }),
    );
  });
});
