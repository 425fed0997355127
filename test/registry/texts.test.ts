import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Texts } from '../../service/registry/texts.ts';

const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.nat(0xffff), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
  fc.array(fc.nat(0xff), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
);

describe('Texts', () => {
  it('gives back every text that was not dropped, to the code unit', () => {
    const step = fc.record({ text, drops: fc.boolean(), pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const texts = new Texts();
        const kept: { handle: number; text: string }[] = [];
        for (const { text, drops, pick } of steps) {
          const [gone] = drops ? kept.splice(pick % (kept.length || 1), 1) : [];
          if (gone) texts.drop(gone.handle);
          else kept.push({ handle: texts.put(text), text });
        }
        for (const { handle, text } of kept) {
          expect(texts.get(handle)).toBe(text);
          for (const other of kept)
            expect(texts.equals(handle, other.text)).toBe(other.text === text);
        }
      }),
    );
  });

  it('is not misled by wide characters whose bytes run into each other', () => {
    const texts = new Texts();
    const narrow = texts.put('\x01\x03\x04\x05');
    for (const wide of ['\u0301\0\x04\x05', '\u0101\x02\x04\x05', '\x01\u0403\0\x05']) {
      expect(texts.equals(narrow, wide)).toBe(false);
    }
    expect(texts.equals(texts.put('\u0101'), '\x01')).toBe(false);
  });

  it('gives the place of a dropped text to the next of its size', () => {
    const texts = new Texts();
    const first = texts.put('1d3e6f2a-0000-4000-8000-000000000001');
    texts.put('in between');
    texts.drop(first);
    expect(texts.put('1d3e6f2a-0000-4000-8000-000000000002')).toBe(first);
  });
});
