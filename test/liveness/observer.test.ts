import { describe, expect, it } from '@jest/globals';
import { createLedger } from '../../service/ledger/ledger.ts';
import type { ChangeSet } from '../../service/liveness/change-queue.ts';
import { createObserver } from '../../service/liveness/observer.ts';
import { createRegistry } from '../../service/registry/registry.ts';
import { anEvent } from '../support/events.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { anInstance } from '../support/instances.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const nothing: ChangeSet = {
  events: [],
  removed: [],
  refs: [],
  settings: new Map(),
  dirtyRows: 0,
  isCheckpoint: false,
};
const checkpoint = { ...nothing, dirtyRows: Number.POSITIVE_INFINITY, isCheckpoint: true };

async function open() {
  const store = await openTestStore(temporaryFolder());
  const registry = createRegistry();
  const ledger = createLedger({
    table: store.presences,
    identityOf: registry.identity,
    refOf: registry.find,
    retentionDays: 400,
    now: Date.now,
  });
  return { store, registry, observer: createObserver({ store, registry, ledger }) };
}

describe('createObserver', () => {
  it('writes rows as they were when the events of the same commit were taken', async () => {
    const { store, registry, observer } = await open();
    const told = registry.add(anInstance({ id: 1, instance: 'told', flags: 1 }));
    const dirty = registry.add(anInstance({ id: 2, instance: 'dirty', flags: 1 }));
    const done = observer.commit({ ...checkpoint, events: [anEvent()], refs: [told] });
    // Its event waits for the next commit: should that never come, it has to be owed still.
    for (const ref of [told, dirty]) registry.setFlags(ref, 2);
    await done;
    expect([...store.instances()].map(({ flags }) => flags)).toEqual([1, 1]);

    await observer.commit(checkpoint);
    expect([...store.instances()].map(({ flags }) => flags)).toEqual([2, 2]);
    expect(registry.dirtyCount).toBe(0);
  });

  it('writes no more of the dirty rows than a change says', async () => {
    const { store, registry, observer } = await open();
    for (let id = 1; id <= 5; id++) registry.add(anInstance({ id, instance: `i-${id}` }));
    await observer.commit(nothing);
    expect([...store.instances()]).toHaveLength(0);
    await observer.commit({ ...nothing, dirtyRows: 2 });
    expect([...store.instances()]).toHaveLength(2);
    expect(registry.dirtyCount).toBe(3);
  });

  it('moves the cursor no further than the ledger is on disk', async () => {
    const { store, observer } = await open();
    await store.heartbeats.append(someHeartbeats(3));
    await observer.commit(checkpoint);
    expect(store.heartbeats.reader('liveness', 'internal').cursor).toBe(0);
  });
});
