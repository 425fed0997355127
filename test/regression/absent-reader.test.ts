import { describe, expect, it } from '@jest/globals';
import { someHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('createOutbox', () => {
  it('keeps the undelivered records of a reader that is absent during a run', async () => {
    const folder = temporaryFolder();
    const first = await openTestStore(folder);
    first.heartbeats.reader('monasca');
    await first.heartbeats.append(someHeartbeats(5));
    await first.close();

    // As a service that is started once without its Keystone login.
    const second = await openTestStore(folder);
    for (let n = 0; n < 5; n++) await second.heartbeats.append(someHeartbeats(1_000));
    expect(second.heartbeats.readers()).toEqual(['monasca']);
    expect(second.heartbeats.depth()).toBe(5_005);
    await second.close();

    const third = await openTestStore(folder);
    const reader = third.heartbeats.reader('monasca');
    expect(reader.read(0, 5)).toEqual({ firstSeq: 1, records: someHeartbeats(5) });
    expect(reader.head).toBe(5_005);
  });

  it('keeps no record for a reader that was dismissed', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    store.heartbeats.reader('monasca');
    await store.heartbeats.append(someHeartbeats(5));
    await store.heartbeats.dismiss('monasca');
    expect(store.heartbeats.depth()).toBe(0);
    await store.close();
    expect((await openTestStore(folder)).heartbeats.readers()).toEqual([]);
  });
});
