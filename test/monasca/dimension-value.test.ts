import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeDimensionValue,
  encodeDimensionValue,
} from '../../service/monasca/dimension-value.ts';

/** What Monasca says about a dimension's value, and what its documentation adds. */
const monascaTakes = (value: string) =>
  value.length >= 1 &&
  value.length <= 255 &&
  !/[<>={},'"\\;&|]/.test(value) &&
  !/\p{Cc}/u.test(value) &&
  value.isWellFormed();

const troublesome = fc.constantFrom(
  ...'%<>={},\'"\\;&|~ aZ0\n\t\u0000\u007f\u0085é漢🚀\ud800\udc00',
);
const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength }),
    fc.string({ unit: troublesome, minLength: 1, maxLength }),
  );

describe('encodeDimensionValue', () => {
  it('leaves what Monasca takes as it is', () => {
    for (const value of [
      'Orion',
      '1.0',
      'b3f1a0c2d4e5',
      'http://x:1/y',
      'a b (c)',
      'é漢🚀',
      '_x',
    ]) {
      expect(encodeDimensionValue(value)).toBe(value);
    }
  });

  it('writes what Monasca refuses as bytes in hexadecimal', () => {
    expect(encodeDimensionValue('a,b=c|d%')).toBe('a%2Cb%3Dc%7Cd%25');
    expect(encodeDimensionValue('<>{}\'"\\;&')).toBe('%3C%3E%7B%7D%27%22%5C%3B%26');
    expect(encodeDimensionValue('a\nb\u0085')).toBe('a%0Ab%C2%85');
    expect(encodeDimensionValue('half \ud83d')).toBe('half %ED%A0%BD');
  });

  it('makes of any text a value that Monasca takes', () => {
    fc.assert(
      fc.property(text(400), (original) => {
        expect(monascaTakes(encodeDimensionValue(original))).toBe(true);
      }),
    );
  });

  it('never makes the same of two texts', () => {
    fc.assert(
      fc.property(text(300), text(300), (one, other) => {
        fc.pre(one !== other);
        expect(encodeDimensionValue(one)).not.toBe(encodeDimensionValue(other));
      }),
    );
  });

  it('has different values for long texts that differ in their last character only', () => {
    const values = ['=', '<', '>', 'x', '\ud800'].map((last) =>
      encodeDimensionValue('='.repeat(254) + last),
    );
    expect(new Set(values).size).toBe(values.length);
    for (const value of values) expect(value).toMatch(/^(%3D)+%~[0-9a-f]{32}$/);
  });

  it('cuts a long text neither within a byte nor within a pair of surrogates', () => {
    for (let before = 200; before <= 255; before++) {
      const value = encodeDimensionValue(`${'x'.repeat(before)}${'=🚀'.repeat(30)}`);
      expect(value.isWellFormed()).toBe(true);
      expect(value.length).toBeLessThanOrEqual(255);
      expect(value).toMatch(/^x*(%3D🚀)*(%3D)?%~[0-9a-f]{32}$/u);
    }
  });

  it('shortens only what does not fit', () => {
    expect(encodeDimensionValue('x'.repeat(255))).toBe('x'.repeat(255));
    expect(encodeDimensionValue('='.repeat(85))).toBe('%3D'.repeat(85));
    expect(encodeDimensionValue('='.repeat(86))).toContain('%~');
  });
});

describe('decodeDimensionValue', () => {
  it('gives back every text whose value was not shortened', () => {
    fc.assert(
      fc.property(text(255), (original) => {
        const value = encodeDimensionValue(original);
        fc.pre(!value.includes('%~'));
        expect(decodeDimensionValue(value)).toBe(original);
      }),
    );
  });

  it('never fails, and leaves alone what encoding does not make', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(typeof decodeDimensionValue(value)).toBe('string');
      }),
    );
    for (const value of ['100%', '%', '%4', '%41', '%e4', '%C3%A9', '%ED%85%9C', '%zz', '50%~']) {
      expect(decodeDimensionValue(value)).toBe(value);
    }
  });

  it('keeps shortened values apart', () => {
    const values = ['<', '>'].map((last) => encodeDimensionValue('='.repeat(254) + last));
    expect(new Set(values.map(decodeDimensionValue)).size).toBe(2);
  });
});
