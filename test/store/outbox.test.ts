import { rmSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { OutboxReader } from '../../service/contract/outbox.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const instances = (batch: { records: readonly { instance: string }[] }) =>
  batch.records.map(({ instance }) => instance);

/** The unread records of a reader, in reads of `limit`. */
function readAll<T extends { instance: string }>(reader: OutboxReader<T>, limit: number): string[] {
  const all: string[] = [];
  for (let seq = reader.cursor; seq < reader.head; ) {
    const batch = reader.read(seq, limit);
    expect(batch.firstSeq).toBe(seq + 1);
    expect(batch.records.length).toBeGreaterThan(0);
    all.push(...instances(batch));
    seq += batch.records.length;
  }
  return all;
}

describe('createOutbox', () => {
  it('gives a reader what was appended, in order, numbered from 1', async () => {
    const { heartbeats } = await openTestStore(temporaryFolder());
    const reader = heartbeats.reader('monasca');
    expect(reader.read(0, 10)).toEqual({ firstSeq: 1, records: [] });

    expect(await heartbeats.append(someHeartbeats(3))).toEqual({ kind: 'stored' });
    expect(await heartbeats.append(someHeartbeats(2, 4))).toEqual({ kind: 'stored' });

    expect(reader.head).toBe(5);
    expect(reader.read(0, 10)).toEqual({
      firstSeq: 1,
      records: [...someHeartbeats(3), ...someHeartbeats(2, 4)],
    });
    expect(instances(reader.read(2, 2))).toEqual(['i-3', 'i-4']);
  });

  it('has on disk what it said is stored, also for the next process', async () => {
    const folder = temporaryFolder();
    const first = await openTestStore(folder);
    await Promise.all([1, 2, 3].map((n) => first.heartbeats.append(someHeartbeats(1, n))));
    await first.heartbeats.reader('monasca').settle(1, []);
    await first.close();

    const second = await openTestStore(folder);
    const reader = second.heartbeats.reader('monasca');
    expect(reader.cursor).toBe(1);
    expect(readAll(reader, 10)).toEqual(['i-2', 'i-3']);
    await second.heartbeats.append(someHeartbeats(1, 4));
    expect(reader.head).toBe(4);
  });

  it('stores a large append as several rows, which are read as one log', async () => {
    const { heartbeats } = await openTestStore(temporaryFolder());
    const reader = heartbeats.reader('monasca');
    await heartbeats.append(someHeartbeats(3_456));
    expect(readAll(reader, 700)).toEqual(instances({ records: someHeartbeats(3_456) }));
    expect(reader.read(999, 2).records.map(({ instance }) => instance)).toEqual([
      'i-1000',
      'i-1001',
    ]);
  });

  it('keeps what one reader has not settled, however far the other is', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    const fast = store.heartbeats.reader('fast');
    const slow = store.heartbeats.reader('slow');
    for (let n = 0; n < 5; n++) await store.heartbeats.append(someHeartbeats(1_000, n * 1_000 + 1));
    await fast.settle(5_000, []);
    expect(store.heartbeats.depth()).toBe(5_000);
    expect(readAll(slow, 999)).toHaveLength(5_000);
    await slow.settle(2_500, []);
    expect(store.heartbeats.depth()).toBe(2_500);
    await store.close();

    const again = (await openTestStore(folder)).heartbeats.reader('slow');
    expect(readAll(again, 10_000)[0]).toBe('i-2501');
  });

  it('keeps the row behind a settled one, also when each of the next rows has one record', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    const reader = store.heartbeats.reader('monasca');
    for (const [count, from] of [
      [1_000, 1],
      [1, 1_001],
      [1, 1_002],
      [1, 1_003],
    ] as const) {
      await store.heartbeats.append(someHeartbeats(count, from));
    }
    await reader.settle(1_000, []);
    await store.close();

    const again = (await openTestStore(folder)).heartbeats.reader('monasca');
    expect(again.cursor).toBe(1_000);
    expect(readAll(again, 10)).toEqual(['i-1001', 'i-1002', 'i-1003']);
  });

  it('knows when the oldest waiting record was stored', async () => {
    const clock = createFakeClock(1_000_000);
    const { heartbeats } = await openTestStore(temporaryFolder(), { clock });
    const reader = heartbeats.reader('monasca');
    expect(heartbeats.oldestAtMs()).toBeUndefined();
    for (let n = 1; n <= 3; n++) {
      await heartbeats.append(someHeartbeats(2, n * 2 - 1));
      clock.stepWall(10_000);
    }
    const seen = [];
    for (const settled of [0, 1, 2, 3, 4, 5, 6]) {
      await reader.settle(settled, []);
      seen.push(heartbeats.oldestAtMs());
    }
    const [first, second, third] = [1_000_000, 1_010_000, 1_020_000];
    expect(seen).toEqual([first, first, second, second, third, third, undefined]);
  });

  it('deletes what all have settled, so that the file does not grow for ever', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    const reader = store.heartbeats.reader('monasca');
    for (let round = 0; round < 30; round++) {
      await store.heartbeats.append(someHeartbeats(1_000, round * 1_000 + 1));
      await reader.settle(reader.head, []);
    }
    // A reader that is new begins at the oldest record that is still there: the newest row.
    expect(store.heartbeats.reader('new').cursor).toBe(29_000);
  });

  it('deletes with each commit where there is no reader', async () => {
    const store = await openTestStore(temporaryFolder());
    for (let round = 0; round < 30; round++) await store.heartbeats.append(someHeartbeats(1_000));
    expect(store.heartbeats.depth()).toBe(0);
    expect(store.heartbeats.reader('new').cursor).toBeGreaterThan(25_000);
  });

  it('refuses beyond maxRecords, all of the request, and takes again when there is room', async () => {
    const { heartbeats } = await openTestStore(temporaryFolder(), { maxRecords: 10 });
    const reader = heartbeats.reader('monasca');
    expect(await heartbeats.append(someHeartbeats(8))).toEqual({ kind: 'stored' });
    expect(await heartbeats.append(someHeartbeats(3))).toEqual({ kind: 'full' });
    expect(reader.head).toBe(8);
    await reader.settle(5, []);
    expect(await heartbeats.append(someHeartbeats(3))).toEqual({ kind: 'stored' });
    expect(heartbeats.depth()).toBe(6);
  });

  it('counts what still waits for its commit against maxRecords', async () => {
    const { heartbeats } = await openTestStore(temporaryFolder(), { maxRecords: 10 });
    heartbeats.reader('monasca');
    const results = await Promise.all([1, 2, 3].map(() => heartbeats.append(someHeartbeats(4))));
    expect(results.map(({ kind }) => kind)).toEqual(['stored', 'stored', 'full']);
  });

  it('takes an append that alone is more than what may wait for the disk', async () => {
    const { heartbeats } = await openTestStore(temporaryFolder());
    heartbeats.reader('monasca');
    const [first, second] = await Promise.all([
      heartbeats.append(someHeartbeats(200_001)),
      heartbeats.append(someHeartbeats(1)),
    ]);
    expect(first).toEqual({ kind: 'stored' });
    expect(second).toMatchObject({ kind: 'unavailable', failure: { reason: 'io' } });
    expect(heartbeats.depth()).toBe(200_001);
  });

  it('keeps dead letters in the commit that passes them, each once', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    const reader = store.heartbeats.reader('monasca');
    const [record] = someHeartbeats(1);
    if (!record) throw new Error('no heartbeat');
    await store.heartbeats.append([record]);
    const letter = { seq: 1, record, reason: '422 bad name' };
    await reader.settle(1, [letter]);
    await reader.settle(1, [letter]);
    expect(store.heartbeats.letters.count('monasca')).toBe(1);
    expect(store.heartbeats.letters.count('another')).toBe(0);
    expect(store.heartbeats.letters.page('monasca', { afterSeq: 0, limit: 10 })).toEqual([
      { atMs: expect.any(Number), ...letter },
    ]);
    await store.heartbeats.letters.remove('monasca', [1]);
    expect(store.heartbeats.letters.count('monasca')).toBe(0);
  });

  it('notifies its listeners of each commit, until they are removed', async () => {
    const { heartbeats } = await openTestStore(temporaryFolder());
    const reader = heartbeats.reader('monasca');
    let calls = 0;
    const leave = reader.onAppend(() => calls++);
    await heartbeats.append(someHeartbeats(1));
    expect(calls).toBe(1);
    leave();
    await heartbeats.append(someHeartbeats(1));
    expect(calls).toBe(1);
  });

  it('is a plain list with cursors, for any sequence of appends, settles and restarts', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('append' as const),
        // A row has up to 1,000 records: rows of one, and rows that end at a limit.
        count: fc.oneof(
          fc.constantFrom(1, 1, 999, 1_000, 1_001),
          fc.integer({ min: 0, max: 2_500 }),
        ),
      }),
      fc.record({
        kind: fc.constant('settle-rows' as const),
        reader: fc.constantFrom('a', 'b'),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({
        kind: fc.constant('settle' as const),
        reader: fc.constantFrom('a', 'b'),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({ kind: fc.constant('restart' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const folder = temporaryFolder();
        let store = await openTestStore(folder);
        const register = () => ({
          a: store.heartbeats.reader('a'),
          b: store.heartbeats.reader('b'),
        });
        let readers = register();
        const model = { log: [] as string[], a: 0, b: 0 };
        const rowEnds: number[] = [];
        for (const one of steps) {
          if (one.kind === 'append') {
            const records = someHeartbeats(one.count, model.log.length + 1);
            await store.heartbeats.append(records);
            for (let row = model.log.length; row < model.log.length + one.count; row += 1_000)
              rowEnds.push(Math.min(row + 1_000, model.log.length + one.count));
            model.log.push(...instances({ records }));
          } else if (one.kind === 'settle-rows') {
            // Up to the end of a row, where the next one must stay.
            const ahead = rowEnds.filter((end) => end > model[one.reader]);
            const to = ahead[Math.floor((ahead.length - 1) * one.part)] ?? model[one.reader];
            await readers[one.reader].settle(to, []);
            model[one.reader] = to;
          } else if (one.kind === 'settle') {
            const from = model[one.reader];
            const to = from + Math.floor((model.log.length - from) * one.part);
            await readers[one.reader].settle(to, []);
            model[one.reader] = to;
          } else {
            await store.close();
            store = await openTestStore(folder);
            readers = register();
          }
          for (const name of ['a', 'b'] as const) {
            expect(readers[name].cursor).toBe(model[name]);
            expect(readAll(readers[name], 777)).toEqual(model.log.slice(model[name]));
          }
          expect(store.heartbeats.depth()).toBe(model.log.length - Math.min(model.a, model.b));
        }
        await store.close();
        rmSync(folder, { recursive: true });
      }),
      // A slow disk allows fewer of them.
      { numRuns: 25, interruptAfterTimeLimit: 60_000 },
    );
  }, 120_000);
});
