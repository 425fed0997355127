import { describe, expect, it } from '@jest/globals';
import { delivered, rejected, retry, skipped } from '../../service/contract/outcome.ts';
import { createPumpFixture, metric, numbered, type PumpFixture } from '../support/pump-fixture.ts';

const refusing =
  (...bad: number[]): PumpFixture['answer'] =>
  (records) => {
    const found = records.find((record) => bad.includes(record));
    return found === undefined ? delivered : rejected(`record ${found} is bad`);
  };

const sent = (fixture: PumpFixture) => fixture.calls.map(({ records }) => records.join());

describe('createPump: refusal', () => {
  it('isolates a bad record, delivers the rest in order and goes on', async () => {
    const fixture = createPumpFixture({ batchRecords: 8 });
    fixture.answer = refusing(6);
    fixture.outbox.append(...numbered(16));
    fixture.pump.start();
    await fixture.settle();
    expect(sent(fixture)).toEqual([
      '1,2,3,4,5,6,7,8',
      '1,2,3,4',
      '5,6,7,8',
      '5,6',
      '5',
      '6',
      '7,8',
      '9,10,11,12,13,14,15,16',
    ]);
    expect(fixture.outbox.durable.deadLetters).toEqual([
      { seq: 6, record: 6, reason: 'record 6 is bad' },
    ]);
    expect(fixture.outbox.durable.cursor).toBe(16);
    expect(await metric(fixture, 'rejectedBatches')).toBe(4);
    expect(await metric(fixture, 'deliveredRecords')).toBe(15);
  });

  it('finds one bad record among a thousand with a score of calls', async () => {
    const fixture = createPumpFixture({ batchRecords: 1_000 });
    fixture.answer = refusing(777);
    fixture.outbox.append(...numbered(1_000));
    fixture.pump.start();
    await fixture.settle();
    expect(fixture.calls.length).toBeLessThanOrEqual(21);
    expect(fixture.outbox.durable.deadLetters.map(({ seq }) => seq)).toEqual([777]);
  });

  it('logs once a batch, with the count and the first reason', async () => {
    const fixture = createPumpFixture({ batchRecords: 8 });
    fixture.answer = refusing(2, 3, 5);
    fixture.outbox.append(...numbered(8));
    fixture.pump.start();
    await fixture.settle();
    expect(fixture.lines).toEqual([
      {
        level: 'warn',
        destination: 'monasca',
        deadLetters: 3,
        records: 8,
        reason: 'record 2 is bad',
        msg: 'destination rejected records: they are kept as dead letters',
      },
    ]);
  });

  it('settles dead letters together with the cursor that passes them', async () => {
    const fixture = createPumpFixture({ batchRecords: 2, parallelBatches: 2 });
    const first = Promise.withResolvers<void>();
    fixture.answer = async (records) => {
      if (records[0] === 1) await first.promise;
      return records.includes(3) ? rejected('bad') : delivered;
    };
    fixture.outbox.append(...numbered(4));
    fixture.pump.start();
    await fixture.settle();
    expect(fixture.outbox.durable).toMatchObject({ cursor: 0, deadLetters: [] });
    first.resolve();
    await fixture.settle();
    expect(fixture.outbox.durable.cursor).toBe(4);
    expect(fixture.outbox.durable.deadLetters.map(({ seq }) => seq)).toEqual([3]);
    expect(fixture.outbox.violations).toEqual([]);
  });

  it('tries a half again that fails, not the whole batch', async () => {
    const fixture = createPumpFixture({ batchRecords: 4 });
    const answer = refusing(4);
    fixture.answer = (records, index) =>
      index === 2 ? retry('timeout', '') : answer(records, index);
    fixture.outbox.append(...numbered(4));
    fixture.pump.start();
    await fixture.clock.advance(1_000);
    expect(sent(fixture)).toEqual(['1,2,3,4', '1,2', '3,4', '3,4', '3', '4']);
  });

  it('rests longer after each batch of which nothing was taken, one batch at a time', async () => {
    const fixture = createPumpFixture({ batchRecords: 2, parallelBatches: 3 });
    fixture.answer = refusing(...numbered(100));
    fixture.outbox.append(...numbered(100));
    fixture.pump.start();
    await fixture.clock.advance(7_500);
    const wholes = fixture.calls.filter(({ records }) => records.length === 2);
    // Three were in flight at the first refusal; then after 500, 1000, 2000 and 4000 ms one each.
    expect(wholes.map(({ atMs }) => atMs)).toEqual([0, 0, 0, 500, 1_500, 3_500, 7_500]);
    expect(fixture.outbox.durable.deadLetters).toHaveLength(14);
    expect(fixture.pump.status().state).toBe('delivering');
  });

  it('goes on at once and with all batches when a record is taken again', async () => {
    const fixture = createPumpFixture({ batchRecords: 2, parallelBatches: 3 });
    const answer = refusing(...numbered(8));
    fixture.answer = async (records, index) => {
      if (!numbered(8).includes(records[0] ?? 0)) await fixture.clock.sleep(100);
      return answer(records, index);
    };
    fixture.outbox.append(...numbered(40));
    fixture.pump.start();
    await fixture.clock.advance(1_599);
    expect(fixture.pump.status().inFlight).toBe(1);
    await fixture.clock.advance(1);
    expect(fixture.pump.status().inFlight).toBe(3);
    await fixture.clock.advance(500);
    expect(fixture.outbox.durable.cursor).toBe(40);
    expect(fixture.outbox.durable.deadLetters).toHaveLength(8);
  });

  it('does not take heart from what it passed over', async () => {
    const fixture = createPumpFixture({ batchRecords: 1 });
    fixture.answer = ([record = 0]) => (record % 2 === 0 ? skipped : rejected('bad'));
    fixture.outbox.append(...numbered(8));
    fixture.pump.start();
    await fixture.clock.advance(7_500);
    const asked = fixture.calls.filter(({ records: [record = 0] }) => record % 2 === 1);
    // As if there were nothing in between: after 500, 1000 and 2000 ms.
    expect(asked.map(({ atMs }) => atMs)).toEqual([0, 500, 1_500, 3_500]);
    expect(fixture.outbox.durable.deadLetters.map(({ seq }) => seq)).toEqual([1, 3, 5, 7]);
    expect(fixture.outbox.durable.cursor).toBe(8);
    expect(await metric(fixture, 'deliveredRecords')).toBe(0);
    expect(fixture.pump.status().lastSuccess).toBeUndefined();
  });

  it('counts of a batch what concerned the destination', async () => {
    const fixture = createPumpFixture({ batchRecords: 4 });
    fixture.answer = () => ({ kind: 'delivered', records: 3 });
    fixture.outbox.append(...numbered(4));
    fixture.pump.start();
    await fixture.settle();
    expect(await metric(fixture, 'deliveredRecords')).toBe(3);
    expect(await metric(fixture, 'deliveredBatches')).toBe(1);
  });
});
