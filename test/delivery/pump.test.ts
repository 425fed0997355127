import { describe, expect, it } from '@jest/globals';
import { delivered, type Outcome, retry } from '../../service/contract/outcome.ts';
import { createRig, metric, numbered } from '../support/pump-rig.ts';

const sent = (rig: ReturnType<typeof createRig>) => rig.calls.map(({ records }) => records);

describe('createPump: batches', () => {
  it('delivers what waits at the start, in full batches at once', async () => {
    const rig = createRig({ batchRecords: 4 });
    rig.outbox.append(...numbered(8));
    rig.pump.start();
    await rig.settle();
    expect(sent(rig)).toEqual([numbered(4), numbered(4, 5)]);
    expect(rig.outbox.durable.cursor).toBe(8);
  });

  it('begins behind the durable cursor', async () => {
    const rig = createRig({ batchRecords: 4 });
    rig.outbox.append(...numbered(8));
    rig.outbox.durable.cursor = 4;
    const later = createRig({ batchRecords: 4 }, rig.outbox);
    later.pump.start();
    await later.settle();
    expect(sent(later)).toEqual([numbered(4, 5)]);
  });

  it('sends a batch that is not full when it has waited', async () => {
    const rig = createRig({ batchRecords: 4, batchWaitMs: 100 });
    rig.pump.start();
    rig.outbox.append(1);
    await rig.clock.advance(60);
    rig.outbox.append(2);
    await rig.clock.advance(39);
    expect(sent(rig)).toEqual([]);
    await rig.clock.advance(1);
    expect(sent(rig)).toEqual([[1, 2]]);
  });

  it('sends a batch at once when it becomes full', async () => {
    const rig = createRig({ batchRecords: 4, batchWaitMs: 100 });
    rig.pump.start();
    rig.outbox.append(1, 2, 3);
    await rig.clock.advance(10);
    rig.outbox.append(4, 5);
    await rig.settle();
    expect(sent(rig)).toEqual([[1, 2, 3, 4]]);
    await rig.clock.advance(100);
    expect(sent(rig)).toEqual([[1, 2, 3, 4], [5]]);
  });

  it('does not make records wait again that waited for a slow delivery', async () => {
    const rig = createRig({ batchRecords: 4, batchWaitMs: 100 });
    rig.answer = () => rig.clock.sleep(5_000).then(() => delivered);
    rig.pump.start();
    rig.outbox.append(1, 2, 3, 4);
    await rig.settle();
    rig.outbox.append(5);
    await rig.clock.advance(5_000);
    expect(rig.calls.map(({ atMs }) => atMs)).toEqual([0, 5_000]);
  });

  it('sleeps when nothing is to be done', async () => {
    const rig = createRig();
    rig.pump.start();
    rig.outbox.append(1, 2);
    await rig.clock.advance(100);
    const before = rig.sleeps();
    await rig.clock.advance(3_600_000);
    expect(rig.sleeps()).toBe(before);
    expect(rig.clock.sleepers()).toBe(0);
  });

  it('sleeps once for a partial batch, however many appends there are', async () => {
    const rig = createRig({ batchRecords: 1_000 });
    rig.pump.start();
    for (const record of numbered(500)) rig.outbox.append(record);
    await rig.clock.advance(100);
    expect(rig.sleeps()).toBe(1);
    expect(sent(rig)).toEqual([numbered(500)]);
  });

  it('counts batches, records and the time of each attempt', async () => {
    const rig = createRig({ batchRecords: 4 });
    rig.answer = () => rig.clock.sleep(250).then(() => delivered);
    rig.outbox.append(...numbered(8));
    rig.pump.start();
    await rig.clock.advance(500);
    expect(await metric(rig, 'deliveredBatches')).toBe(2);
    expect(await metric(rig, 'deliveredRecords')).toBe(8);
    expect(await metric(rig, 'deliveryUp')).toBe(1);
    const seconds = (await rig.metrics.deliverySeconds.get()).values;
    expect(seconds.find(({ metricName }) => metricName?.endsWith('_sum'))?.value).toBe(0.5);
  });
});

describe('createPump: batches of what is wanted', () => {
  const wants = (record: number) => record % 10 === 0;

  it('fills a batch with those alone, and passes over the others on the way', async () => {
    const rig = createRig({ batchRecords: 3, wants });
    rig.outbox.append(...numbered(69));
    rig.pump.start();
    await rig.settle();
    expect(sent(rig)).toEqual([numbered(30), numbered(30, 31)]);
    await rig.clock.advance(100);
    expect(rig.outbox.durable.cursor).toBe(69);
  });

  it('waits from the first of those on, and not again for a later one', async () => {
    const rig = createRig({ batchRecords: 3, batchWaitMs: 100, wants });
    rig.pump.start();
    rig.outbox.append(1);
    await rig.clock.advance(90);
    rig.outbox.append(10);
    await rig.clock.advance(50);
    rig.outbox.append(11, 12, 13, 14);
    await rig.clock.advance(40);
    rig.outbox.append(20);
    await rig.clock.advance(9);
    expect(rig.calls).toEqual([]);
    await rig.clock.advance(1);
    expect(rig.calls).toMatchObject([{ atMs: 190, records: [1, 10, 11, 12, 13, 14, 20] }]);
  });

  it('does not let the others wait for longer than that', async () => {
    const rig = createRig({ batchRecords: 3, batchWaitMs: 100, wants });
    rig.pump.start();
    for (let record = 1; record < 10; record++) {
      rig.outbox.append(record);
      await rig.clock.advance(30);
    }
    expect(rig.outbox.durable.cursor).toBeGreaterThanOrEqual(4);
    await rig.clock.advance(100);
    expect(rig.outbox.durable.cursor).toBe(9);
  });

  it('does not make one wait again that waited for a slow delivery', async () => {
    const rig = createRig({ batchRecords: 3, batchWaitMs: 100, wants });
    rig.answer = () => rig.clock.sleep(5_000).then(() => delivered);
    rig.pump.start();
    rig.outbox.append(10, 20, 30);
    await rig.settle();
    rig.outbox.append(31, 40);
    await rig.clock.advance(5_000);
    expect(rig.calls.map(({ atMs }) => atMs)).toEqual([0, 5_000]);
  });

  it('reads no more than some thousands for it', async () => {
    const rig = createRig({ batchRecords: 3, wants: (record) => record === 12_000 });
    rig.outbox.append(...numbered(12_000));
    rig.pump.start();
    await rig.settle();
    expect(sent(rig).map(({ length }) => length)).toEqual([5_000, 5_000]);
    await rig.clock.advance(100);
    expect(rig.outbox.durable.cursor).toBe(12_000);
  });

  it('goes on when the store can be read again', async () => {
    const rig = createRig({ batchRecords: 3, wants });
    rig.outbox.beforeRead = () => {
      throw new Error('the disk is gone');
    };
    rig.outbox.append(...numbered(20));
    rig.pump.start();
    await rig.clock.advance(5_000);
    expect(rig.calls).toEqual([]);
    rig.outbox.beforeRead = () => undefined;
    await rig.clock.advance(20_000);
    expect(sent(rig)).toEqual([numbered(20)]);
  });
});

describe('createPump: order and parallelism', () => {
  it.each([1, 2, 3])('keeps %i batches in flight when it is behind', async (parallelBatches) => {
    const rig = createRig({ batchRecords: 2, parallelBatches });
    rig.answer = () => rig.clock.sleep(100).then(() => delivered);
    rig.outbox.append(...numbered(20));
    rig.pump.start();
    await rig.settle();
    expect(rig.calls).toHaveLength(parallelBatches);
    expect(rig.pump.status().inFlight).toBe(parallelBatches);
    await rig.clock.advance(100);
    expect(rig.calls).toHaveLength(2 * parallelBatches);
  });

  it('moves the cursor to the end of what is settled without a gap', async () => {
    const rig = createRig({ batchRecords: 2, parallelBatches: 3 });
    const pending = numbered(3).map(() => Promise.withResolvers<Outcome>());
    rig.answer = (_, index) => pending[index]?.promise ?? delivered;
    rig.outbox.append(...numbered(6));
    rig.pump.start();
    await rig.settle();
    const cursors: number[] = [];
    for (const index of [2, 0, 1]) {
      pending[index]?.resolve(delivered);
      await rig.settle();
      cursors.push(rig.outbox.durable.cursor);
    }
    expect(cursors).toEqual([0, 2, 6]);
  });

  it('with one batch in flight finishes it before the next, through failures too', async () => {
    const rig = createRig({ batchRecords: 2, parallelBatches: 1 });
    rig.answer = (_, index) => (index < 3 ? retry('timeout', 'slow') : delivered);
    rig.outbox.append(...numbered(4));
    rig.pump.start();
    await rig.clock.advance(60_000);
    expect(sent(rig)).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
      [3, 4],
    ]);
  });
});

describe('createPump: status', () => {
  it('returns the state, its beginning, the last success and the progress', async () => {
    const rig = createRig({ batchRecords: 2 });
    const start = rig.clock.now();
    rig.answer = () => rig.clock.sleep(1_000).then(() => delivered);
    rig.pump.start();
    expect(rig.pump.status()).toEqual({
      state: 'idle',
      since: start,
      inFlight: 0,
      cursor: 0,
      behind: 0,
    });
    await rig.clock.advance(5_000);
    rig.outbox.append(1, 2);
    await rig.clock.advance(500);
    const during = { state: 'delivering', since: start + 5_000, inFlight: 1, cursor: 0, behind: 2 };
    expect(rig.pump.status()).toEqual(during);
    await rig.clock.advance(500);
    expect(rig.pump.status()).toEqual({
      state: 'idle',
      since: start + 6_000,
      lastSuccess: start + 6_000,
      inFlight: 0,
      cursor: 2,
      behind: 0,
    });
  });

  it('is not confused by a step of the wall clock', async () => {
    const rig = createRig({ batchRecords: 2, batchWaitMs: 100 });
    rig.pump.start();
    rig.outbox.append(1);
    rig.clock.stepWall(-3_600_000);
    await rig.clock.advance(100);
    expect(sent(rig)).toEqual([[1]]);
  });
});
