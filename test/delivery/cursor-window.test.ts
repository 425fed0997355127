import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeadLetter } from '../../service/contract/outbox.ts';
import {
  finish,
  handOut,
  lastHandedOut,
  moveCursor,
  openWindow,
  settled,
} from '../../service/delivery/cursor-window.ts';

/** Batches 11–12, 13–15 and 16 are handed out behind cursor 10. */
const threeBatches = () =>
  [
    { firstSeq: 11, records: ['a', 'b'] },
    { firstSeq: 13, records: ['c', 'd', 'e'] },
    { firstSeq: 16, records: ['f'] },
  ].reduce(handOut<string>, openWindow<string>(10));

const letter = (seq: number): DeadLetter<string> => ({ seq, record: 'x', reason: 'bad' });

describe('lastHandedOut', () => {
  it('is the cursor before anything is handed out', () => {
    expect(lastHandedOut(openWindow(10))).toBe(10);
  });

  it('is the last record of the newest batch', () => {
    expect(lastHandedOut(threeBatches())).toBe(16);
  });

  it('stays when all of it is settled', () => {
    expect(lastHandedOut(moveCursor(threeBatches(), 16))).toBe(16);
  });
});

describe('settled', () => {
  it.each<[string, number[], number | undefined]>([
    ['is nothing while nothing is finished', [], undefined],
    ['is nothing while the first batch is unfinished', [13, 16], undefined],
    ['ends with the first batch', [11], 12],
    ['stops at a gap', [11, 16], 12],
    ['spans what follows without a gap', [13, 11], 15],
    ['is everything when all is finished, in whatever order', [16, 13, 11], 16],
  ])('%s', (_, finished, seq) => {
    const window = finished.reduce((open, first) => finish(open, first, []), threeBatches());
    expect(settled(window)?.seq).toBe(seq);
  });

  it('brings the dead letters that the cursor passes, and no others', () => {
    const first = finish(threeBatches(), 16, [letter(16)]);
    const both = finish(first, 11, [letter(11), letter(12)]);
    expect(settled(both)).toEqual({ seq: 12, deadLetters: [letter(11), letter(12)] });
  });

  it('brings the dead letters of all batches that the cursor passes at once', () => {
    const first = finish(threeBatches(), 13, [letter(14)]);
    const second = finish(first, 16, [letter(16)]);
    const all = finish(second, 11, [letter(11)]);
    expect(settled(all)).toEqual({ seq: 16, deadLetters: [letter(11), letter(14), letter(16)] });
    expect(settled(moveCursor(all, 12))).toEqual({
      seq: 16,
      deadLetters: [letter(14), letter(16)],
    });
  });

  it('says the same again until the cursor has moved', () => {
    const window = finish(threeBatches(), 11, [letter(11)]);
    expect(settled(window)).toEqual(settled(window));
    expect(settled(moveCursor(window, 12))).toBeUndefined();
  });

  it('agrees with a list of records for any order of finishing', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.nat()), (lengths, random) => {
        let window = openWindow<number>(0);
        const waiting: { firstSeq: number; length: number }[] = [];
        for (const length of lengths) {
          const firstSeq = lastHandedOut(window) + 1;
          window = handOut(window, { firstSeq, records: Array.from({ length }, () => 0) });
          waiting.push({ firstSeq, length });
        }
        const isDone = lengths.flatMap((length) => Array.from({ length }, () => false));
        while (waiting.length > 0) {
          const [batch] = waiting.splice((random.next().value ?? 0) % waiting.length, 1);
          if (!batch) break;
          // The last record of each batch is a dead letter.
          const dead = { seq: batch.firstSeq + batch.length - 1, record: 0, reason: 'bad' };
          window = finish(window, batch.firstSeq, [dead]);
          isDone.fill(true, batch.firstSeq - 1, batch.firstSeq - 1 + batch.length);
          const prefix = isDone.includes(false) ? isDone.indexOf(false) : isDone.length;
          expect(settled(window)?.seq ?? 0).toBe(prefix);
          const passed = lengths.map((_, n) => lengths.slice(0, n + 1).reduce((a, b) => a + b));
          expect(settled(window)?.deadLetters.map(({ seq }) => seq) ?? []).toEqual(
            passed.filter((seq) => seq <= prefix),
          );
        }
      }),
    );
  });
});
