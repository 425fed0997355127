import { describe, expect, it } from '@jest/globals';
import { delivered, type Outcome, retry } from '../../service/contract/outcome.ts';
import { createRig, metric, numbered, type Rig } from '../support/pump-rig.ts';

/** A destination that returns when its signal aborts, as an aborted request does. */
const untilAborted = (rig: Rig) => (_: readonly number[], index: number) =>
  new Promise<Outcome>((resolve) =>
    rig.calls[index]?.signal.addEventListener('abort', () => resolve(retry('aborted', 'cut'))),
  );

describe('createPump: stop', () => {
  it('delivers what is left, without waiting for batches to fill', async () => {
    const rig = createRig({ batchRecords: 4, batchWaitMs: 60_000 });
    rig.pump.start();
    rig.outbox.append(...numbered(9));
    await rig.settle();
    expect(await rig.pump.stop(1_000)).toEqual({ drained: true, left: 0 });
    expect(rig.calls.map(({ records }) => records.length)).toEqual([4, 4, 1]);
    expect(rig.clock.sleepers()).toBe(0);
    expect(rig.outbox.listeners()).toBe(0);
  });

  it('waits for the settle of the last delivery', async () => {
    const rig = createRig();
    rig.outbox.beforeCommit = () => rig.clock.sleep(500);
    rig.outbox.append(1);
    rig.pump.start();
    const stopped = rig.pump.stop(1_000);
    await rig.clock.advance(500);
    expect(await stopped).toEqual({ drained: true, left: 0 });
    expect(rig.outbox.durable.cursor).toBe(1);
  });

  it('gives up after the time given: aborts what is in flight, and loses nothing', async () => {
    const rig = createRig({ batchRecords: 2, parallelBatches: 2 });
    rig.answer = untilAborted(rig);
    rig.outbox.append(...numbered(9));
    rig.pump.start();
    const stopped = rig.pump.stop(5_000);
    await rig.clock.advance(4_999);
    expect(rig.calls.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    await rig.clock.advance(1);
    expect(rig.calls.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(await stopped).toEqual({ drained: false, left: 9 });
    expect(rig.outbox.durable.cursor).toBe(0);
    expect(rig.lines).toEqual([]);
    expect(rig.pump.status()).not.toHaveProperty('lastFailure');
  });

  it('settles what was delivered even so', async () => {
    const rig = createRig({ batchRecords: 1, parallelBatches: 2 });
    const hang = untilAborted(rig);
    rig.answer = (records, index) =>
      records[0] === 1
        ? new Promise((resolve) =>
            rig.calls[index]?.signal.addEventListener('abort', () => resolve(delivered)),
          )
        : hang(records, index);
    rig.outbox.append(1, 2, 3);
    rig.pump.start();
    rig.outbox.beforeCommit = () => rig.clock.sleep(100);
    const stopped = rig.pump.stop(1_000);
    await rig.clock.advance(1_100);
    expect(await stopped).toEqual({ drained: false, left: 2 });
    expect(rig.outbox.durable.cursor).toBe(1);
  });

  it('takes a destination that throws when it is aborted for aborted', async () => {
    const rig = createRig();
    rig.answer = (records, index) =>
      untilAborted(rig)(records, index).then(() => {
        throw new DOMException('This operation was aborted', 'AbortError');
      });
    rig.outbox.append(...numbered(4));
    rig.pump.start();
    const stopped = rig.pump.stop(1_000);
    await rig.clock.advance(1_000);
    expect(await stopped).toEqual({ drained: false, left: 4 });
    expect(rig.lines).toEqual([]);
    expect(await metric(rig, 'deliveryFailures', { reason: 'aborted' })).toBe(1);
  });

  it('starts no batch any more that could be read only when it was over', async () => {
    const rig = createRig();
    rig.outbox.append(...numbered(4));
    let isBroken = true;
    rig.outbox.beforeRead = () => {
      if (isBroken) throw new Error('disk I/O error');
    };
    rig.pump.start();
    const stopped = rig.pump.stop(100);
    await rig.clock.advance(99);
    isBroken = false;
    await rig.clock.advance(1);
    expect(await stopped).toEqual({ drained: false, left: 4 });
    expect(rig.calls).toEqual([]);
  });

  it.each([
    ['while the destination fails', 5_000],
    ['when the destination begins to fail', 0],
  ])('does not wait %s', async (_, beforeMs) => {
    const rig = createRig({ batchRecords: 1, parallelBatches: 3 });
    rig.answer = () => retry('unreachable', 'ECONNREFUSED');
    rig.outbox.append(...numbered(5));
    rig.pump.start();
    if (beforeMs > 0) await rig.clock.advance(beforeMs);
    expect(await rig.pump.stop(60_000)).toEqual({ drained: false, left: 5 });
    expect(rig.clock.sleepers()).toBe(0);
  });

  it('leaves a destination alone that does not listen, and the outbox too from then on', async () => {
    const rig = createRig();
    const late = Promise.withResolvers<Outcome>();
    rig.answer = () => late.promise;
    rig.outbox.append(...numbered(4));
    rig.pump.start();
    const stopped = rig.pump.stop(1_000);
    await rig.clock.advance(2_000);
    expect(await stopped).toEqual({ drained: false, left: 4 });
    late.resolve(delivered);
    rig.outbox.append(5, 6, 7, 8);
    await rig.clock.advance(60_000);
    expect(rig.outbox.settles).toEqual([]);
    expect(rig.calls).toHaveLength(1);
  });

  it('ends though the store fails, after a last attempt', async () => {
    const rig = createRig();
    rig.outbox.beforeCommit = () => Promise.reject(new Error('disk full'));
    rig.outbox.append(...numbered(4));
    rig.pump.start();
    const stopped = rig.pump.stop(1_000);
    await rig.clock.advance(1_000);
    expect(await stopped).toEqual({ drained: false, left: 4 });
    expect(rig.outbox.settles).toEqual([4, 4, 4]);
    expect(rig.clock.sleepers()).toBe(0);
  });

  it('ends between the halves of a batch', async () => {
    const rig = createRig({ batchRecords: 2 });
    rig.answer = (records, index) =>
      records.length === 2 ? { kind: 'rejected', detail: '' } : untilAborted(rig)(records, index);
    rig.outbox.append(1, 2);
    rig.pump.start();
    const stopped = rig.pump.stop(100);
    await rig.clock.advance(100);
    expect(await stopped).toEqual({ drained: false, left: 2 });
    expect(rig.calls.map(({ records }) => records)).toEqual([[1, 2], [1]]);
  });

  it('gives the same answer to a second call, and when it never was started', async () => {
    const rig = createRig();
    rig.outbox.append(1);
    const stopped = rig.pump.stop(1_000);
    expect(rig.pump.stop(0)).toBe(stopped);
    expect(await stopped).toEqual({ drained: false, left: 1 });
    rig.pump.start();
    await rig.clock.advance(1_000);
    expect(rig.calls).toEqual([]);
  });
});
