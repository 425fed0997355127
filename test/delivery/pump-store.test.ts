import { describe, expect, it } from '@jest/globals';
import { retry } from '../../service/contract/outcome.ts';
import { createPumpFixture, numbered } from '../support/pump-fixture.ts';

describe('createPump: a store that is slow or fails', () => {
  it('has one settle under way, and the next is as far as possible', async () => {
    const fixture = createPumpFixture({ batchRecords: 1, parallelBatches: 1 });
    fixture.outbox.beforeCommit = () => fixture.clock.sleep(100);
    fixture.outbox.append(...numbered(4));
    fixture.pump.start();
    await fixture.clock.advance(200);
    expect(fixture.outbox.settles).toEqual([1, 4]);
    expect(fixture.outbox.durable.cursor).toBe(4);
    expect(fixture.outbox.violations).toEqual([]);
  });

  it('is not far ahead of a slow store', async () => {
    const fixture = createPumpFixture({ batchRecords: 1, parallelBatches: 2 });
    fixture.outbox.beforeCommit = () => fixture.clock.sleep(1_000);
    fixture.outbox.append(...numbered(100));
    fixture.pump.start();
    await fixture.settle();
    expect(fixture.calls).toHaveLength(8);
    await fixture.clock.advance(3_600_000);
    expect(fixture.outbox.durable.cursor).toBe(100);
  });

  it('tries again with back-off when the disk is full, and says so twice', async () => {
    const fixture = createPumpFixture({ batchRecords: 1, parallelBatches: 1 });
    let failures = 0;
    fixture.outbox.beforeCommit = async () => {
      failures += 1;
      if (failures <= 5) throw new Error('disk full');
    };
    fixture.outbox.append(...numbered(20));
    fixture.pump.start();
    await fixture.clock.advance(500 + 1_000 + 2_000 + 4_000 - 1);
    // Each attempt goes as far as deliveries have come by then, and they stop at four ahead.
    expect(fixture.outbox.settles).toEqual([1, 4, 4, 4]);
    expect(fixture.calls).toHaveLength(4);
    expect(fixture.pump.status()).toMatchObject({ state: 'delivering', cursor: 0, behind: 20 });
    await fixture.clock.advance(60_000);
    expect(fixture.outbox.durable.cursor).toBe(20);
    expect(fixture.calls.map(({ records }) => records[0])).toEqual(numbered(20));
    expect(fixture.lines).toMatchObject([
      { level: 'error', error: { message: 'disk full' } },
      { level: 'info', failures: 5 },
    ]);
  });

  it('tries again when the outbox cannot be read', async () => {
    const fixture = createPumpFixture({ batchRecords: 4 });
    fixture.outbox.append(...numbered(4));
    let reads = 0;
    fixture.outbox.beforeRead = () => {
      reads += 1;
      if (reads < 3) throw new Error('disk I/O error');
    };
    fixture.pump.start();
    await fixture.clock.advance(1_500);
    expect(fixture.calls.map(({ atMs }) => atMs)).toEqual([1_500]);
    expect(fixture.lines.map(({ level }) => level)).toEqual(['error', 'info']);
  });

  it('starts no batch that could be read only when an outage had begun', async () => {
    const fixture = createPumpFixture({ batchRecords: 1, parallelBatches: 2 });
    fixture.outbox.append(1, 2);
    let reads = 0;
    fixture.outbox.beforeRead = () => {
      reads += 1;
      if (reads === 2) throw new Error('disk I/O error');
    };
    fixture.answer = () => fixture.clock.sleep(300).then(() => retry('timeout', ''));
    fixture.pump.start();
    await fixture.clock.advance(60_000);
    expect(reads).toBe(3);
    expect(new Set(fixture.calls.flatMap(({ records }) => records))).toEqual(new Set([1]));
  });

  it('does not spin when the outbox has no records where it says that it has', async () => {
    const fixture = createPumpFixture({ batchRecords: 4 });
    fixture.outbox.append(...numbered(4));
    fixture.outbox.durable.records.slice = () => [];
    fixture.pump.start();
    await fixture.clock.advance(3_500);
    expect(fixture.sleeps()).toBe(4);
    expect(fixture.lines).toMatchObject([{ level: 'error' }]);
  });
});
