import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ActiveQuery } from '../../../service/query/period/query.ts';
import { createPeriodReader, type PeriodReader } from '../../../service/query/period/reader.ts';
import { createSlicer } from '../../../service/runtime/concurrency/slicer.ts';
import { StoreUnavailable } from '../../../service/store/failure.ts';
import { instanceStatement, presenceStatement } from '../../../service/store/presences/table.ts';
import type { Store } from '../../../service/store/store.ts';
import { openTestStore } from '../../support/open-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const patient = new AbortController().signal;
const query: ActiveQuery = {
  ...{ fromMs: 0, toMs: 1_000_000, nowMs: 1_000_000, timeZone: 'UTC' },
  ...{ step: undefined, steps: [0], by: [], filter: {}, hasZeros: true },
};

let reader: PeriodReader | undefined;
afterEach(() => reader?.close());

const open = (file: string, unwritten: PeriodReaderInput = []): PeriodReader => {
  reader = createPeriodReader({ file, unwritten: () => unwritten, slicer: createSlicer() });
  return reader;
};
type PeriodReaderInput = ReturnType<Parameters<typeof createPeriodReader>[0]['unwritten']>;

const active = async (from: PeriodReader, signal = patient): Promise<number | undefined> => {
  const result = await from.countAndWrite({ query, format: 'json', isCompared: false }, signal);
  if (result.kind !== 'text') throw new Error(result.kind);
  const [row] = JSON.parse(Buffer.from(result.text).toString());
  return row.active;
};

async function fill(store: Store, instances: number, presencesEach: number): Promise<void> {
  for (let id = 1; id <= instances; id++) {
    const identity = { name: 'Orion', version: '1', instance: `i-${id}` };
    await store.presences.write([
      instanceStatement(id, identity),
      ...Array.from({ length: presencesEach }, (_, n) =>
        presenceStatement(id, { fromMs: n * 10, toMs: n * 10 + 5, reachMs: n * 10 + 6 }),
      ),
    ]);
  }
}

describe('createPeriodReader', () => {
  it('sees what is on disk and what is in memory, and each instance once', async () => {
    const store = await openTestStore(temporaryFolder());
    await fill(store, 3, 2);
    const presence = { fromMs: 12, toMs: 40, reachMs: 50 };
    const periods = open(store.presences.file, [
      { whose: 1, presence },
      { whose: { name: 'Orion', version: '1', instance: 'i-2' }, presence },
      { whose: { name: 'Orion', version: '1', instance: 'new' }, presence },
    ]);
    expect(await active(periods)).toBe(4);
    await fill(store, 0, 0);
    expect(await Promise.all([active(periods), active(periods)])).toEqual([4, 4]);
  });

  it('aborts a query when its caller leaves, and runs the next one', async () => {
    const store = await openTestStore(temporaryFolder());
    await fill(store, 20, 5_000);
    const periods = open(store.presences.file);
    await active(periods);
    const leaving = new AbortController();
    const left = active(periods, leaving.signal);
    const behind = active(periods);
    const never = active(periods, AbortSignal.abort(new Error('gone before')));
    await delay(5);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(never).rejects.toThrow('gone before');
    expect(await behind).toBe(20);
  });

  it('rejects while the store is unavailable, and recovers with it', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    await expect(active(open(`${folder}/nowhere/heartbeat.sqlite`))).rejects.toThrow(
      StoreUnavailable,
    );
    await reader?.close();
    await fill(store, 1, 1);
    expect(await active(open(store.presences.file))).toBe(1);
  });

  it('ends the query that runs, then its thread', async () => {
    const store = await openTestStore(temporaryFolder());
    await fill(store, 2, 10);
    const periods = open(store.presences.file);
    const answer = active(periods);
    await periods.close();
    expect(await answer).toBe(2);
  });
});
