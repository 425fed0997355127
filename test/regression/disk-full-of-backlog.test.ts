import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { largeHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { describeAsRoot } from '../support/programs.ts';

/** A backlog that filled its disk could not be deleted, for that takes room too. */
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

  it('refuses before a backlog fills it, drains it, and takes heartbeats again', async () => {
    const store = await openTestStore(join(disk, 'data'), { minFreeBytes: 16 << 20 });
    const { append } = store.heartbeats;
    const reader = store.heartbeats.reader('monasca');
    let refusal = await append(largeHeartbeats(100));
    while (refusal.kind === 'stored') {
      refusal = await append(largeHeartbeats(100));
      // Slower than the disk is looked after: it must not be full before the next look.
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(refusal).toEqual({
      kind: 'unavailable',
      failure: { reason: 'full', detail: expect.stringContaining('outbox.minFreeBytes') },
    });
    expect(store.failure()).toMatchObject({ reason: 'full' });

    while (reader.cursor < reader.head) {
      const { firstSeq, records } = reader.read(reader.cursor, 1_000);
      await reader.settle(firstSeq + records.length - 1, []);
    }
    for (let tries = 0; store.failure() && tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(store.failure()).toBeUndefined();
    expect(await append(largeHeartbeats(100))).toEqual({ kind: 'stored' });
    await store.close();
  });
});
