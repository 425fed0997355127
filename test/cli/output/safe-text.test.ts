import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { safeJson, safeLine, safeLines } from '../../../service/cli/output/safe-text.ts';

const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const anyText = fc.string({ unit: 'binary' });

describe('safeLine', () => {
  it.each([
    ['an escape sequence', '\u001b[2J', '\\u001b[2J'],
    ['its 8-bit form', '\u009b2J', '\\u009b2J'],
    ['a BEL character', '\u0007', '\\u0007'],
    ['a line end', 'a\nb\r', 'a\\u000ab\\u000d'],
    ['a change of direction', '\u202egnp', '\\u202egnp'],
    ['an invisible character', 'O\u200brion', 'O\\u200brion'],
    ['a tag', '\u{e0041}', '\\udb40\\udc41'],
  ])('escapes %s', (_, text, shown) => {
    expect(safeLine(text)).toBe(shown);
  });

  it('does not change other text', () => {
    expect(safeLine('Orion 3.10 — “日本語” 🛰')).toBe('Orion 3.10 — “日本語” 🛰');
  });

  it('leaves no control character', () => {
    fc.assert(fc.property(anyText, (text) => !unsafe.test(safeLine(text))));
  });
});

describe('safeLines', () => {
  it('leaves line ends, and no other control character', () => {
    expect(safeLines('a\n\u001bb\n')).toBe('a\n\\u001bb\n');
  });
});

describe('safeJson', () => {
  it('is the same value, without control characters', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), anyText, (value, text) => {
        const json = safeJson([value, text]);
        expect(unsafe.test(json)).toBe(false);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify([value, text])));
      }),
    );
  });
});
