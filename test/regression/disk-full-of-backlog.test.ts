import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { largeHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { describeAsRoot } from '../support/programs.ts';
import { until, untilResult } from '../support/until.ts';

/** A backlog that filled its disk could not be deleted, because that needs space too. */
describeAsRoot(['mount', 'umount'], 'openStore on a small disk', () => {
  let disk: string;
  beforeAll(() => {
    disk = mkdtempSync(join(tmpdir(), 'ge-heartbeat-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]);
  });
  afterAll(() => {
    execFileSync('umount', [disk]);
    rmdirSync(disk);
  });

  it('rejects before a backlog fills it, drains it, and accepts heartbeats again', async () => {
    const store = await openTestStore(join(disk, 'data'), { minFreeBytes: 16 << 20 });
    const { append } = store.heartbeats;
    const reader = store.heartbeats.reader('monasca');
    // Slower than the checks of the disk, so that it is not full before the next one.
    const rejection = await untilResult(
      () => append(largeHeartbeats(100)),
      ({ kind }) => kind !== 'stored',
      { everyMs: 15 },
    );
    expect(rejection).toEqual({
      kind: 'unavailable',
      failure: { reason: 'full', detail: expect.stringContaining('outbox.minFreeBytes') },
    });
    expect(store.failure()).toMatchObject({ reason: 'full' });

    while (reader.cursor < reader.head) {
      const { firstSeq, records } = reader.read(reader.cursor, 1_000);
      await reader.settle(firstSeq + records.length - 1, []);
    }
    await until(() => store.failure() === undefined);
    expect(await append(largeHeartbeats(100))).toEqual({ kind: 'stored' });
    await store.close();
  });
});
