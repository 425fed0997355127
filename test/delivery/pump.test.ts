import { describe, expect, it } from '@jest/globals';
import { delivered, type Outcome, retry } from '../../service/contract/outcome.ts';
import { createPumpFixture, metric, numbered } from '../support/pump-fixture.ts';

const sent = (fixture: ReturnType<typeof createPumpFixture>) =>
  fixture.calls.map(({ records }) => records);

describe('createPump: batches', () => {
  it('delivers what waits at the start, in full batches at once', async () => {
    const fixture = createPumpFixture({ batchRecords: 4 });
    fixture.outbox.append(...numbered(8));
    fixture.pump.start();
    await fixture.settle();
    expect(sent(fixture)).toEqual([numbered(4), numbered(4, 5)]);
    expect(fixture.outbox.durable.cursor).toBe(8);
  });

  it('begins behind the durable cursor', async () => {
    const fixture = createPumpFixture({ batchRecords: 4 });
    fixture.outbox.append(...numbered(8));
    fixture.outbox.durable.cursor = 4;
    const later = createPumpFixture({ batchRecords: 4 }, fixture.outbox);
    later.pump.start();
    await later.settle();
    expect(sent(later)).toEqual([numbered(4, 5)]);
  });

  it('sends a batch that is not full when it has waited', async () => {
    const fixture = createPumpFixture({ batchRecords: 4, batchWaitMs: 100 });
    fixture.pump.start();
    fixture.outbox.append(1);
    await fixture.clock.advance(60);
    fixture.outbox.append(2);
    await fixture.clock.advance(39);
    expect(sent(fixture)).toEqual([]);
    await fixture.clock.advance(1);
    expect(sent(fixture)).toEqual([[1, 2]]);
  });

  it('sends a batch at once when it becomes full', async () => {
    const fixture = createPumpFixture({ batchRecords: 4, batchWaitMs: 100 });
    fixture.pump.start();
    fixture.outbox.append(1, 2, 3);
    await fixture.clock.advance(10);
    fixture.outbox.append(4, 5);
    await fixture.settle();
    expect(sent(fixture)).toEqual([[1, 2, 3, 4]]);
    await fixture.clock.advance(100);
    expect(sent(fixture)).toEqual([[1, 2, 3, 4], [5]]);
  });

  it('does not make records wait again that waited for a slow delivery', async () => {
    const fixture = createPumpFixture({ batchRecords: 4, batchWaitMs: 100 });
    fixture.answer = () => fixture.clock.sleep(5_000).then(() => delivered);
    fixture.pump.start();
    fixture.outbox.append(1, 2, 3, 4);
    await fixture.settle();
    fixture.outbox.append(5);
    await fixture.clock.advance(5_000);
    expect(fixture.calls.map(({ atMs }) => atMs)).toEqual([0, 5_000]);
  });

  it('sleeps when nothing is to be done', async () => {
    const fixture = createPumpFixture();
    fixture.pump.start();
    fixture.outbox.append(1, 2);
    await fixture.clock.advance(100);
    const before = fixture.sleeps();
    await fixture.clock.advance(3_600_000);
    expect(fixture.sleeps()).toBe(before);
    expect(fixture.clock.sleepers()).toBe(0);
  });

  it('sleeps once for a partial batch, however many appends there are', async () => {
    const fixture = createPumpFixture({ batchRecords: 1_000 });
    fixture.pump.start();
    for (const record of numbered(500)) fixture.outbox.append(record);
    await fixture.clock.advance(100);
    expect(fixture.sleeps()).toBe(1);
    expect(sent(fixture)).toEqual([numbered(500)]);
  });

  it('counts batches, records and the time of each attempt', async () => {
    const fixture = createPumpFixture({ batchRecords: 4 });
    fixture.answer = () => fixture.clock.sleep(250).then(() => delivered);
    fixture.outbox.append(...numbered(8));
    fixture.pump.start();
    await fixture.clock.advance(500);
    expect(await metric(fixture, 'deliveredBatches')).toBe(2);
    expect(await metric(fixture, 'deliveredRecords')).toBe(8);
    expect(await metric(fixture, 'deliveryUp')).toBe(1);
    const seconds = (await fixture.metrics.deliverySeconds.get()).values;
    expect(seconds.find(({ metricName }) => metricName?.endsWith('_sum'))?.value).toBe(0.5);
  });
});

describe('createPump: batches of what is wanted', () => {
  const wants = (record: number) => record % 10 === 0;

  it('fills a batch with those alone, and passes over the others on the way', async () => {
    const fixture = createPumpFixture({ batchRecords: 3, wants });
    fixture.outbox.append(...numbered(69));
    fixture.pump.start();
    await fixture.settle();
    expect(sent(fixture)).toEqual([numbered(30), numbered(30, 31)]);
    await fixture.clock.advance(100);
    expect(fixture.outbox.durable.cursor).toBe(69);
  });

  it('waits from the first of those on, and not again for a later one', async () => {
    const fixture = createPumpFixture({ batchRecords: 3, batchWaitMs: 100, wants });
    fixture.pump.start();
    fixture.outbox.append(1);
    await fixture.clock.advance(90);
    fixture.outbox.append(10);
    await fixture.clock.advance(50);
    fixture.outbox.append(11, 12, 13, 14);
    await fixture.clock.advance(40);
    fixture.outbox.append(20);
    await fixture.clock.advance(9);
    expect(fixture.calls).toEqual([]);
    await fixture.clock.advance(1);
    expect(fixture.calls).toMatchObject([{ atMs: 190, records: [1, 10, 11, 12, 13, 14, 20] }]);
  });

  it('does not let the others wait for longer than that', async () => {
    const fixture = createPumpFixture({ batchRecords: 3, batchWaitMs: 100, wants });
    fixture.pump.start();
    for (let record = 1; record < 10; record++) {
      fixture.outbox.append(record);
      await fixture.clock.advance(30);
    }
    expect(fixture.outbox.durable.cursor).toBeGreaterThanOrEqual(4);
    await fixture.clock.advance(100);
    expect(fixture.outbox.durable.cursor).toBe(9);
  });

  it('does not make one wait again that waited for a slow delivery', async () => {
    const fixture = createPumpFixture({ batchRecords: 3, batchWaitMs: 100, wants });
    fixture.answer = () => fixture.clock.sleep(5_000).then(() => delivered);
    fixture.pump.start();
    fixture.outbox.append(10, 20, 30);
    await fixture.settle();
    fixture.outbox.append(31, 40);
    await fixture.clock.advance(5_000);
    expect(fixture.calls.map(({ atMs }) => atMs)).toEqual([0, 5_000]);
  });

  it('reads no more than some thousands for it', async () => {
    const fixture = createPumpFixture({ batchRecords: 3, wants: (record) => record === 12_000 });
    fixture.outbox.append(...numbered(12_000));
    fixture.pump.start();
    await fixture.settle();
    expect(sent(fixture).map(({ length }) => length)).toEqual([5_000, 5_000]);
    await fixture.clock.advance(100);
    expect(fixture.outbox.durable.cursor).toBe(12_000);
  });

  it('goes on when the store can be read again', async () => {
    const fixture = createPumpFixture({ batchRecords: 3, wants });
    fixture.outbox.beforeRead = () => {
      throw new Error('the disk is gone');
    };
    fixture.outbox.append(...numbered(20));
    fixture.pump.start();
    await fixture.clock.advance(5_000);
    expect(fixture.calls).toEqual([]);
    fixture.outbox.beforeRead = () => undefined;
    await fixture.clock.advance(20_000);
    expect(sent(fixture)).toEqual([numbered(20)]);
  });
});

describe('createPump: order and parallelism', () => {
  it.each([1, 2, 3])('keeps %i batches in flight when it is behind', async (parallelBatches) => {
    const fixture = createPumpFixture({ batchRecords: 2, parallelBatches });
    fixture.answer = () => fixture.clock.sleep(100).then(() => delivered);
    fixture.outbox.append(...numbered(20));
    fixture.pump.start();
    await fixture.settle();
    expect(fixture.calls).toHaveLength(parallelBatches);
    expect(fixture.pump.status().inFlight).toBe(parallelBatches);
    await fixture.clock.advance(100);
    expect(fixture.calls).toHaveLength(2 * parallelBatches);
  });

  it('moves the cursor to the end of what is settled without a gap', async () => {
    const fixture = createPumpFixture({ batchRecords: 2, parallelBatches: 3 });
    const pending = numbered(3).map(() => Promise.withResolvers<Outcome>());
    fixture.answer = (_, index) => pending[index]?.promise ?? delivered;
    fixture.outbox.append(...numbered(6));
    fixture.pump.start();
    await fixture.settle();
    const cursors: number[] = [];
    for (const index of [2, 0, 1]) {
      pending[index]?.resolve(delivered);
      await fixture.settle();
      cursors.push(fixture.outbox.durable.cursor);
    }
    expect(cursors).toEqual([0, 2, 6]);
  });

  it('with one batch in flight finishes it before the next, through failures too', async () => {
    const fixture = createPumpFixture({ batchRecords: 2, parallelBatches: 1 });
    fixture.answer = (_, index) => (index < 3 ? retry('timeout', 'slow') : delivered);
    fixture.outbox.append(...numbered(4));
    fixture.pump.start();
    await fixture.clock.advance(60_000);
    expect(sent(fixture)).toEqual([
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
    const fixture = createPumpFixture({ batchRecords: 2 });
    const start = fixture.clock.now();
    fixture.answer = () => fixture.clock.sleep(1_000).then(() => delivered);
    fixture.pump.start();
    expect(fixture.pump.status()).toEqual({
      state: 'idle',
      since: start,
      inFlight: 0,
      cursor: 0,
      behind: 0,
    });
    await fixture.clock.advance(5_000);
    fixture.outbox.append(1, 2);
    await fixture.clock.advance(500);
    const during = { state: 'delivering', since: start + 5_000, inFlight: 1, cursor: 0, behind: 2 };
    expect(fixture.pump.status()).toEqual(during);
    await fixture.clock.advance(500);
    expect(fixture.pump.status()).toEqual({
      state: 'idle',
      since: start + 6_000,
      lastSuccess: start + 6_000,
      inFlight: 0,
      cursor: 2,
      behind: 0,
    });
  });

  it('is not confused by a step of the wall clock', async () => {
    const fixture = createPumpFixture({ batchRecords: 2, batchWaitMs: 100 });
    fixture.pump.start();
    fixture.outbox.append(1);
    fixture.clock.stepWall(-3_600_000);
    await fixture.clock.advance(100);
    expect(sent(fixture)).toEqual([[1]]);
  });
});
