import { describe, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../service/contract/event.ts';
import { ChangeQueue, type ChangeSet, rowsPerCommit } from '../../service/liveness/change-queue.ts';
import { StoreUnavailable } from '../../service/store/failure.ts';

const event = (id: string): LivenessEvent => ({
  id,
  atMs: 0,
  kind: 'late',
  subject: undefined,
  reason: id,
});

/** A queue over a store whose commits end when the test says so. */
function create() {
  const commits: { change: ChangeSet; end: (failure?: Error) => void }[] = [];
  const queue = new ChangeQueue({
    commit: (change) =>
      new Promise((resolve, reject) => {
        commits.push({ change, end: (failure) => (failure ? reject(failure) : resolve()) });
      }),
    always: (isCheckpoint) => ['clock', String(isCheckpoint)],
    dirtyCount: () => 0,
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const seen = (index: number) => {
    const change = commits[index]?.change;
    return change && { ...change, events: change.events.map(({ id }) => id) };
  };
  return { queue, commits, seen, turn };
}

const full = new StoreUnavailable({ reason: 'full', detail: 'full' });

describe('ChangeQueue', () => {
  it('writes what waits in one commit, at the end of the turn of the event loop', async () => {
    const { queue, commits, seen, turn } = create();
    queue.add(event('1'), 7);
    queue.add(event('2'), 7);
    queue.touch(8);
    queue.set('key', 'value');
    expect(commits).toHaveLength(0);
    await turn();
    expect(commits).toHaveLength(1);
    expect(seen(0)).toEqual({
      events: ['1', '2'],
      removed: [],
      refs: [7, 8],
      settings: new Map([
        ['key', 'value'],
        ['clock', 'false'],
      ]),
      dirtyRows: 0,
      isCheckpoint: false,
    });
  });

  it('has one commit under way, and the next one takes all that came meanwhile', async () => {
    const { queue, commits, seen, turn } = create();
    queue.add(event('1'), 1);
    const first = queue.flush();
    queue.add(event('2'), 2);
    const second = queue.flush();
    queue.add(event('3'), 3);
    const third = queue.flush();
    await turn();
    expect(commits).toHaveLength(1);
    commits[0]?.end();
    expect(await first).toBeUndefined();
    await turn();
    expect(commits).toHaveLength(2);
    expect(seen(1)).toMatchObject({ events: ['2', '3'], refs: [2, 3] });
    commits[1]?.end();
    expect([await second, await third]).toEqual([undefined, undefined]);
    expect(commits).toHaveLength(2);
  });

  it('keeps what was not written, in its order, and says so', async () => {
    const { queue, commits, seen, turn } = create();
    queue.add(event('1'), 1);
    queue.set('a', 'old');
    queue.set('b', 'kept');
    const first = queue.flush();
    queue.add(event('2'), 2);
    queue.set('a', 'new');
    commits[0]?.end(full);
    expect(await first).toBe(full);
    expect(queue.events).toBe(2);
    await turn();
    // No further attempt by itself: the next evaluation makes it.
    expect(commits).toHaveLength(1);
    const second = queue.flush();
    expect(seen(1)).toMatchObject({ events: ['1', '2'], refs: [2, 1] });
    expect(seen(1)?.settings).toEqual(
      new Map([
        ['clock', 'false'],
        ['a', 'new'],
        ['b', 'kept'],
      ]),
    );
    commits[1]?.end();
    expect(await second).toBeUndefined();
    expect(queue.events).toBe(0);
  });

  it('writes a checkpoint also when nothing waits, and otherwise nothing', async () => {
    const { queue, commits, seen } = create();
    expect(await queue.flush()).toBeUndefined();
    expect(commits).toHaveLength(0);
    const done = queue.flush('checkpoint');
    expect(seen(0)).toMatchObject({ isCheckpoint: true, events: [] });
    commits[0]?.end();
    expect(await done).toBeUndefined();
  });

  it('leaves rows out that are too many for a commit, until the next checkpoint', async () => {
    const { queue, commits, seen } = create();
    for (let ref = 0; ref < 20_001; ref++) queue.touch(ref);
    expect(queue.isBehind).toBe(true);
    const rows = queue.flush('rows');
    expect(seen(0)).toMatchObject({ dirtyRows: rowsPerCommit, isCheckpoint: false });
    commits[0]?.end();
    await rows;
    expect(queue.isBehind).toBe(true);
    const checkpoint = queue.flush('checkpoint');
    expect(seen(1)).toMatchObject({ dirtyRows: Number.POSITIVE_INFINITY, isCheckpoint: true });
    commits[1]?.end();
    await checkpoint;
    expect(queue.isBehind).toBe(false);
  });

  it('does not write the row of a forgotten instance, also when a commit has to be repeated', async () => {
    const { queue, commits, seen } = create();
    queue.add(event('1'), 1);
    queue.add(event('2'), 2);
    queue.remove(1, 101);
    const first = queue.flush();
    expect(seen(0)).toMatchObject({ refs: [2], removed: [101] });
    queue.remove(2, 102);
    commits[0]?.end(full);
    await first;
    const second = queue.flush();
    expect(seen(1)).toMatchObject({ events: ['1', '2'], refs: [], removed: [101, 102] });
    commits[1]?.end();
    await second;
  });

  it('rejects with an error that is no failure of the store', async () => {
    const { queue, commits } = create();
    queue.add(event('1'), 1);
    const first = queue.flush();
    commits[0]?.end(new TypeError('a bug'));
    await expect(first).rejects.toThrow('a bug');
  });
});
