import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RowField } from '../../../service/cli/output/field.ts';
import type { Screen } from '../../../service/cli/output/screen.ts';
import { formatTable } from '../../../service/cli/output/table.ts';

type Row = { readonly name: string; readonly count: number; readonly state: string };

const fields: RowField<Row>[] = [
  { key: 'name' },
  { key: 'count', kind: 'number' },
  { key: 'state', kind: 'id', colour: () => 'red' },
];

const screen = (change: Partial<Screen> = {}): Screen => ({
  isTerminal: true,
  columns: 60,
  isUnicode: true,
  paint: (_, text) => text,
  write: () => Promise.resolve(),
  ...change,
});
const painting = { paint: (_: string, text: string) => `\u001b[31m${text}\u001b[39m` };

const rows = [
  { name: 'Orion Context Broker', count: 3, state: 'up' },
  { name: 'Cygnus', count: 1_200, state: 'down' },
];

describe('formatTable', () => {
  it('aligns columns', () => {
    expect(formatTable(fields, rows, screen())).toBe(
      [
        'NAME                  COUNT  STATE\n',
        'Orion Context Broker      3  up\n',
        'Cygnus                 1200  down\n',
      ].join(''),
    );
  });

  it('cuts texts before numbers and states where the screen is narrow', () => {
    expect(formatTable(fields, rows, screen({ columns: 28 }))).toBe(
      [
        'NAME          COUNT  STATE\n',
        'Orion Conte…      3  up\n',
        'Cygnus         1200  down\n',
      ].join(''),
    );
  });

  it('prints ASCII to a screen that displays nothing else', () => {
    const narrow = screen({ columns: 28, isUnicode: false });
    expect(formatTable(fields, rows, narrow)).toContain('Orion Conte~');
  });

  it('cuts nothing if the output is not a terminal', () => {
    const file = screen({ columns: 28, isTerminal: false });
    expect(formatTable(fields, rows, file)).toContain('Orion Context Broker');
  });

  it('paints the text of a cell, and no more', () => {
    const [, line = ''] = formatTable(fields, rows, screen(painting)).split('\n');
    expect(line).toContain('\u001b[31mup\u001b[39m');
    expect(stripVTControlCharacters(line)).toBe('Orion Context Broker      3  up');
  });

  it('is never wider than the screen, and has no control characters', () => {
    const row = fc.record({
      name: fc.string({ unit: 'binary', maxLength: 80 }),
      count: fc.nat(),
      state: fc.constantFrom('up', 'down', 'retired'),
    });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1 }),
        fc.integer({ min: 40, max: 200 }),
        (some, at) => {
          const lines = formatTable(fields, some, screen({ columns: at })).split('\n');
          expect(lines).toHaveLength(some.length + 2);
          for (const line of lines) {
            expect([...line].length).toBeLessThanOrEqual(at);
            expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          }
        },
      ),
    );
  });
});
