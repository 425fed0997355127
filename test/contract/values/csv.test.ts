import { describe, expect, it } from '@jest/globals';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { csvOptions, withoutFormulas } from '../../../service/contract/values/csv.ts';

const csv = (...cells: unknown[]) => stringify([cells], csvOptions).slice(0, -1);

/** Cells as a spreadsheet finds them that separates by this, and takes quotes within a cell for text. */
const cellsOf = (text: string, separator: string) => text.split(new RegExp(`[${separator}\\n\\r]`));

const isFormula = (cell: string) =>
  /^[\s"\u200b-\u200f\u2060\u00ad\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u.test(cell);

describe('withoutFormulas', () => {
  it.each([
    '=1+1',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '\ufeff+1',
    '\t@x',
    '  -1',
    '＝1',
    'a;=1',
    'a; =1',
    'a\n=1',
  ])('leaves no formula in %j', (text) => {
    const guarded = withoutFormulas(text);
    expect(cellsOf(guarded, ';\t').filter(isFormula)).toEqual([]);
    expect(guarded.replaceAll("'", '')).toBe(text);
  });

  it.each(['a=b', 'a-b', 'a, -b', "'=1", '', ' ', 'a;b', 'x@y'])('leaves %j as it is', (text) => {
    expect(withoutFormulas(text)).toBe(text);
  });
});

describe('csvOptions', () => {
  it('quotes separators of other dialects, and leaves numbers and booleans', () => {
    expect(csv('a;b', 'a\tb', 'a"b', 'a,b', 'a b', -1, true)).toBe(
      '"a;b","a\tb","a""b","a,b",a b,-1,true',
    );
  });

  it('begins no cell with a formula, whatever the text and the separator', () => {
    const part = fc.constantFrom(
      '=',
      '+',
      '-',
      '@',
      ';',
      '\t',
      '\n',
      ' ',
      '\u00a0',
      '\u200b',
      'a',
      "'",
      '"',
    );
    fc.assert(
      fc.property(
        fc.array(part).map((parts) => parts.join('')),
        (text) => {
          const line = csv('x', text, 'y');
          for (const separator of [';', '\t']) {
            expect(cellsOf(line, separator).filter(isFormula)).toEqual([]);
          }
        },
      ),
    );
  });
});
