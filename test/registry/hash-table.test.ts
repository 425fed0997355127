import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HashTable, hashText } from '../../service/registry/hash-table.ts';

function valuesOf(table: HashTable, hash: number): number[] {
  const values: number[] = [];
  for (let slot = table.first(hash); slot !== -1; slot = table.after(slot, hash)) {
    values.push(table.valueAt(slot));
  }
  return values.toSorted((a, b) => a - b);
}

describe('HashTable', () => {
  it('is a multimap, also where hashes cluster, wrap around and collide', () => {
    // Few home slots, some at the table's end: nearly every removal has to close a run.
    const hash = fc.constantFrom(0, 1, 2, 61, 62, 63, -1, -2, 64, 127, 2 ** 31 - 1, -(2 ** 31));
    const step = fc.record({ hash, removes: fc.boolean(), pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const table = new HashTable();
        const model: { hash: number; value: number }[] = [];
        for (const [value, { hash, removes, pick }] of steps.entries()) {
          const [gone] = removes ? model.splice(pick % (model.length || 1), 1) : [];
          if (gone) table.remove(gone.hash, gone.value);
          else table.insert(hash, value);
          if (!gone) model.push({ hash, value });
        }
        const hashes = new Set(steps.map((one) => one.hash));
        for (const each of hashes) {
          const expected = model.filter((one) => one.hash === each).map(({ value }) => value);
          expect(valuesOf(table, each)).toEqual(expected.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  it('grows', () => {
    const table = new HashTable();
    for (let value = 0; value < 10_000; value++) table.insert(Math.imul(value, 0x9e3779b1), value);
    for (let value = 0; value < 10_000; value++) {
      expect(valuesOf(table, Math.imul(value, 0x9e3779b1))).toEqual([value]);
    }
  });
});

describe('hashText', () => {
  it('spreads names that differ in a digit over all slots', () => {
    const slots = 4_096;
    for (const prefix of ['host-', 'vm-000', 'proxy.example.org/']) {
      const taken = new Set<number>();
      for (let number = 0; number < slots; number++) {
        taken.add(hashText(42, `${prefix}${number}`) & (slots - 1));
      }
      // Thrown at random, they would take 1 - 1/e of the slots: 63 %.
      expect(taken.size / slots).toBeGreaterThan(0.6);
    }
  });

  it('differs by where it began, by length and by case', () => {
    const hashes = [
      hashText(1, 'a'),
      hashText(2, 'a'),
      hashText(1, 'A'),
      hashText(1, 'a\0'),
      hashText(1, ''),
      hashText(1, '\0'),
      hashText(1, '\0\0'),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
