import { describe, expect, it } from '@jest/globals';
import { retry } from '../../service/contract/outcome.ts';
import { createRig, numbered } from '../support/pump-rig.ts';

describe('createPump: a store that is slow or fails', () => {
  it('has one settle under way, and the next is as far as possible', async () => {
    const rig = createRig({ batchRecords: 1, parallelBatches: 1 });
    rig.outbox.beforeCommit = () => rig.clock.sleep(100);
    rig.outbox.append(...numbered(4));
    rig.pump.start();
    await rig.clock.advance(200);
    expect(rig.outbox.settles).toEqual([1, 4]);
    expect(rig.outbox.durable.cursor).toBe(4);
    expect(rig.outbox.violations).toEqual([]);
  });

  it('is not far ahead of a slow store', async () => {
    const rig = createRig({ batchRecords: 1, parallelBatches: 2 });
    rig.outbox.beforeCommit = () => rig.clock.sleep(1_000);
    rig.outbox.append(...numbered(100));
    rig.pump.start();
    await rig.settle();
    expect(rig.calls).toHaveLength(8);
    await rig.clock.advance(3_600_000);
    expect(rig.outbox.durable.cursor).toBe(100);
  });

  it('tries again with back-off when the disk is full, and says so twice', async () => {
    const rig = createRig({ batchRecords: 1, parallelBatches: 1 });
    let failures = 0;
    rig.outbox.beforeCommit = async () => {
      failures += 1;
      if (failures <= 5) throw new Error('disk full');
    };
    rig.outbox.append(...numbered(20));
    rig.pump.start();
    await rig.clock.advance(500 + 1_000 + 2_000 + 4_000 - 1);
    // Each attempt goes as far as deliveries have come by then, and they stop at four ahead.
    expect(rig.outbox.settles).toEqual([1, 4, 4, 4]);
    expect(rig.calls).toHaveLength(4);
    expect(rig.pump.status()).toMatchObject({ state: 'delivering', cursor: 0, behind: 20 });
    await rig.clock.advance(60_000);
    expect(rig.outbox.durable.cursor).toBe(20);
    expect(rig.calls.map(({ records }) => records[0])).toEqual(numbered(20));
    expect(rig.lines).toMatchObject([
      { level: 'error', error: { message: 'disk full' } },
      { level: 'info', failures: 5 },
    ]);
  });

  it('tries again when the outbox cannot be read', async () => {
    const rig = createRig({ batchRecords: 4 });
    rig.outbox.append(...numbered(4));
    let reads = 0;
    rig.outbox.beforeRead = () => {
      reads += 1;
      if (reads < 3) throw new Error('disk I/O error');
    };
    rig.pump.start();
    await rig.clock.advance(1_500);
    expect(rig.calls.map(({ atMs }) => atMs)).toEqual([1_500]);
    expect(rig.lines.map(({ level }) => level)).toEqual(['error', 'info']);
  });

  it('starts no batch that could be read only when an outage had begun', async () => {
    const rig = createRig({ batchRecords: 1, parallelBatches: 2 });
    rig.outbox.append(1, 2);
    let reads = 0;
    rig.outbox.beforeRead = () => {
      reads += 1;
      if (reads === 2) throw new Error('disk I/O error');
    };
    rig.answer = () => rig.clock.sleep(300).then(() => retry('timeout', ''));
    rig.pump.start();
    await rig.clock.advance(60_000);
    expect(reads).toBe(3);
    expect(new Set(rig.calls.flatMap(({ records }) => records))).toEqual(new Set([1]));
  });

  it('does not spin when the outbox has no records where it says that it has', async () => {
    const rig = createRig({ batchRecords: 4 });
    rig.outbox.append(...numbered(4));
    rig.outbox.durable.records.slice = () => [];
    rig.pump.start();
    await rig.clock.advance(3_500);
    expect(rig.sleeps()).toBe(4);
    expect(rig.lines).toMatchObject([{ level: 'error' }]);
  });
});
