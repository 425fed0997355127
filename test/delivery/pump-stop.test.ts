import { describe, expect, it } from '@jest/globals';
import { delivered, type Outcome, retry } from '../../service/contract/outcome.ts';
import { createPumpFixture, metric, numbered, type PumpFixture } from '../support/pump-fixture.ts';

/** A destination that returns when its signal aborts, as an aborted request does. */
const untilAborted = (fixture: PumpFixture) => (_: readonly number[], index: number) =>
  new Promise<Outcome>((resolve) =>
    fixture.calls[index]?.signal.addEventListener('abort', () => resolve(retry('aborted', 'cut'))),
  );

describe('createPump: stop', () => {
  it('delivers what is left, without waiting for batches to fill', async () => {
    const fixture = createPumpFixture({ batchRecords: 4, batchWaitMs: 60_000 });
    fixture.pump.start();
    fixture.outbox.append(...numbered(9));
    await fixture.settle();
    expect(await fixture.pump.stop(1_000)).toEqual({ drained: true, left: 0 });
    expect(fixture.calls.map(({ records }) => records.length)).toEqual([4, 4, 1]);
    expect(fixture.clock.sleepers()).toBe(0);
    expect(fixture.outbox.listeners()).toBe(0);
  });

  it('waits for the settle of the last delivery', async () => {
    const fixture = createPumpFixture();
    fixture.outbox.beforeCommit = () => fixture.clock.sleep(500);
    fixture.outbox.append(1);
    fixture.pump.start();
    const stopped = fixture.pump.stop(1_000);
    await fixture.clock.advance(500);
    expect(await stopped).toEqual({ drained: true, left: 0 });
    expect(fixture.outbox.durable.cursor).toBe(1);
  });

  it('gives up after the time given: aborts what is in flight, and loses nothing', async () => {
    const fixture = createPumpFixture({ batchRecords: 2, parallelBatches: 2 });
    fixture.answer = untilAborted(fixture);
    fixture.outbox.append(...numbered(9));
    fixture.pump.start();
    const stopped = fixture.pump.stop(5_000);
    await fixture.clock.advance(4_999);
    expect(fixture.calls.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    await fixture.clock.advance(1);
    expect(fixture.calls.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(await stopped).toEqual({ drained: false, left: 9 });
    expect(fixture.outbox.durable.cursor).toBe(0);
    expect(fixture.lines).toEqual([]);
    expect(fixture.pump.status()).not.toHaveProperty('lastFailure');
  });

  it('settles what was delivered even so', async () => {
    const fixture = createPumpFixture({ batchRecords: 1, parallelBatches: 2 });
    const hang = untilAborted(fixture);
    fixture.answer = (records, index) =>
      records[0] === 1
        ? new Promise((resolve) =>
            fixture.calls[index]?.signal.addEventListener('abort', () => resolve(delivered)),
          )
        : hang(records, index);
    fixture.outbox.append(1, 2, 3);
    fixture.pump.start();
    fixture.outbox.beforeCommit = () => fixture.clock.sleep(100);
    const stopped = fixture.pump.stop(1_000);
    await fixture.clock.advance(1_100);
    expect(await stopped).toEqual({ drained: false, left: 2 });
    expect(fixture.outbox.durable.cursor).toBe(1);
  });

  it('takes a destination that throws when it is aborted for aborted', async () => {
    const fixture = createPumpFixture();
    fixture.answer = (records, index) =>
      untilAborted(fixture)(records, index).then(() => {
        throw new DOMException('This operation was aborted', 'AbortError');
      });
    fixture.outbox.append(...numbered(4));
    fixture.pump.start();
    const stopped = fixture.pump.stop(1_000);
    await fixture.clock.advance(1_000);
    expect(await stopped).toEqual({ drained: false, left: 4 });
    expect(fixture.lines).toEqual([]);
    expect(await metric(fixture, 'deliveryFailures', { reason: 'aborted' })).toBe(1);
  });

  it('starts no batch any more that could be read only when it was over', async () => {
    const fixture = createPumpFixture();
    fixture.outbox.append(...numbered(4));
    let isBroken = true;
    fixture.outbox.beforeRead = () => {
      if (isBroken) throw new Error('disk I/O error');
    };
    fixture.pump.start();
    const stopped = fixture.pump.stop(100);
    await fixture.clock.advance(99);
    isBroken = false;
    await fixture.clock.advance(1);
    expect(await stopped).toEqual({ drained: false, left: 4 });
    expect(fixture.calls).toEqual([]);
  });

  it.each([
    ['while the destination fails', 5_000],
    ['when the destination begins to fail', 0],
  ])('does not wait %s', async (_, beforeMs) => {
    const fixture = createPumpFixture({ batchRecords: 1, parallelBatches: 3 });
    fixture.answer = () => retry('unreachable', 'ECONNREFUSED');
    fixture.outbox.append(...numbered(5));
    fixture.pump.start();
    if (beforeMs > 0) await fixture.clock.advance(beforeMs);
    expect(await fixture.pump.stop(60_000)).toEqual({ drained: false, left: 5 });
    expect(fixture.clock.sleepers()).toBe(0);
  });

  it('leaves a destination alone that does not listen, and the outbox too from then on', async () => {
    const fixture = createPumpFixture();
    const late = Promise.withResolvers<Outcome>();
    fixture.answer = () => late.promise;
    fixture.outbox.append(...numbered(4));
    fixture.pump.start();
    const stopped = fixture.pump.stop(1_000);
    await fixture.clock.advance(2_000);
    expect(await stopped).toEqual({ drained: false, left: 4 });
    late.resolve(delivered);
    fixture.outbox.append(5, 6, 7, 8);
    await fixture.clock.advance(60_000);
    expect(fixture.outbox.settles).toEqual([]);
    expect(fixture.calls).toHaveLength(1);
  });

  it('ends though the store fails, after a last attempt', async () => {
    const fixture = createPumpFixture();
    fixture.outbox.beforeCommit = () => Promise.reject(new Error('disk full'));
    fixture.outbox.append(...numbered(4));
    fixture.pump.start();
    const stopped = fixture.pump.stop(1_000);
    await fixture.clock.advance(1_000);
    expect(await stopped).toEqual({ drained: false, left: 4 });
    expect(fixture.outbox.settles).toEqual([4, 4, 4]);
    expect(fixture.clock.sleepers()).toBe(0);
  });

  it('ends between the halves of a batch', async () => {
    const fixture = createPumpFixture({ batchRecords: 2 });
    fixture.answer = (records, index) =>
      records.length === 2
        ? { kind: 'rejected', detail: '' }
        : untilAborted(fixture)(records, index);
    fixture.outbox.append(1, 2);
    fixture.pump.start();
    const stopped = fixture.pump.stop(100);
    await fixture.clock.advance(100);
    expect(await stopped).toEqual({ drained: false, left: 2 });
    expect(fixture.calls.map(({ records }) => records)).toEqual([[1, 2], [1]]);
  });

  it('gives the same answer to a second call, and when it never was started', async () => {
    const fixture = createPumpFixture();
    fixture.outbox.append(1);
    const stopped = fixture.pump.stop(1_000);
    expect(fixture.pump.stop(0)).toBe(stopped);
    expect(await stopped).toEqual({ drained: false, left: 1 });
    fixture.pump.start();
    await fixture.clock.advance(1_000);
    expect(fixture.calls).toEqual([]);
  });
});
