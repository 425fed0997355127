import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../service/store/store.ts';
import { largeHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const mebibyte = 1 << 20;

describe('openStore', () => {
  it('gives the room of a drained backlog back, and keeps some for the next records', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    const reader = store.heartbeats.reader('monasca');
    const size = () => statSync(join(folder, 'heartbeat.sqlite')).size;
    for (let n = 0; n < 30; n++) await store.heartbeats.append(largeHeartbeats(1_000));
    await reader.settle(reader.head, []);
    // Deleted in two commits, for one is not to take long.
    await store.heartbeats.append(largeHeartbeats(1));
    await reader.settle(reader.head, []);

    await until(() => size() < 24 * mebibyte);
    expect(size()).toBeGreaterThan(16 * mebibyte);
    expect(await store.heartbeats.append(largeHeartbeats(10))).toEqual({ kind: 'stored' });
    await keepsItsWord(store);
  });
});

/** What is taken afterwards is read again. */
async function keepsItsWord({ heartbeats }: Store): Promise<void> {
  const reader = heartbeats.reader('monasca');
  expect(reader.read(reader.head - 10, 10).records).toEqual(largeHeartbeats(10));
}
