import { describe, expect, it } from '@jest/globals';
import type { PresenceTable } from '../../service/store/presences/table.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { always, beatAt, day, minute, nowMs, openLedger, someone } from './fixture.ts';

async function openTable(): Promise<PresenceTable> {
  return (await openTestStore(temporaryFolder())).presences;
}

const downMs = 2 * minute;
const at = (minutes: number) => nowMs + minutes * minute;
const presence = (from: number, to: number) => ({
  fromMs: at(from),
  toMs: at(to),
  reachMs: at(to + 2),
});
const someoneElse = { ...someone, instance: 'b' };

describe('createLedger', () => {
  it('ends a presence when the gap is longer than the down threshold', async () => {
    const ledger = openLedger(await openTable());
    for (const minutes of [0, 1, 3, 5]) ledger.beat(at(minutes));
    ledger.beat(at(7) + 1);

    expect(ledger.presencesOf(someone, ...always)).toEqual([
      presence(0, 5),
      { fromMs: at(7) + 1, toMs: at(7) + 1, reachMs: at(9) + 1 },
    ]);
  });

  it('joins two when a heartbeat that came late fills the gap, in memory and on disk', async () => {
    for (const isWritten of [false, true]) {
      const ledger = openLedger(await openTable());
      ledger.beat(at(0));
      ledger.beat(at(4));
      if (isWritten) await ledger.checkpoint();
      expect(ledger.presencesOf(someone, ...always)).toHaveLength(2);
      ledger.beat(at(2));
      expect(ledger.presencesOf(someone, ...always)).toEqual([presence(0, 4)]);
      await ledger.checkpoint();
      expect(ledger.presencesOf(someone, ...always)).toEqual([presence(0, 4)]);
    }
  });

  it('lets each heartbeat cover what it declared, whatever came before', async () => {
    const ledger = openLedger(await openTable());
    ledger.beat(at(0), 60 * minute);
    ledger.beat(at(1), minute);
    ledger.beat(at(59), minute);
    expect(ledger.presencesOf(someone, ...always)).toEqual([
      { fromMs: at(0), toMs: at(59), reachMs: at(60) },
    ]);
  });

  it('ends at a stopping heartbeat, after which none is expected', async () => {
    const ledger = openLedger(await openTable());
    const ref = ledger.refs.enter(someone);
    ledger.record(ref, { ...beatAt(at(0)), status: 'stopping' }, downMs);
    ledger.record(ref, beatAt(at(1)), downMs);
    expect(ledger.presencesOf(someone, ...always)).toEqual([
      { fromMs: at(0), toMs: at(0), reachMs: at(0) },
      presence(1, 1),
    ]);
  });

  it('keeps the presences of an instance that the registry gave up', async () => {
    const ledger = openLedger(await openTable());
    ledger.beat(at(0));
    const ref = ledger.refs.enter(someone);
    ledger.release(ref);
    ledger.refs.leave(ref);
    ledger.beat(at(0), downMs, someoneElse);
    expect(ledger.refs.refOf(someoneElse)).toBe(ref);

    ledger.recordUnknown(beatAt(at(1)), downMs);
    await ledger.checkpoint();
    expect(ledger.presencesOf(someone, ...always)).toEqual([presence(0, 1)]);
    expect(ledger.presencesOf(someoneElse, ...always)).toEqual([presence(0, 0)]);
  });

  it('writes nothing for heartbeats that it knew, also after a restart', async () => {
    const table = await openTable();
    let written = 0;
    const write: PresenceTable['write'] = (statements) => {
      written += statements.length;
      return table.write(statements);
    };
    const replay = async () => {
      const ledger = openLedger({ ...table, write });
      for (const minutes of [0, 1, 9, 10, 1, 9]) ledger.beat(at(minutes));
      await ledger.checkpoint();
      ledger.beat(at(10));
      ledger.beat(at(1));
      await ledger.checkpoint();
    };
    await replay();
    written = 0;
    await replay();
    expect(written).toBe(0);
  });

  it('finds a presence in any hour of it, however long it grows', async () => {
    const ledger = openLedger(await openTable());
    for (let hours = 0; hours < 300; hours += 7) {
      ledger.beat(nowMs + hours * 60 * minute, 8 * 60 * minute);
      await ledger.checkpoint();
      for (const hour of [0, Math.floor(hours / 2), hours, hours + 8]) {
        const time = nowMs + hour * 60 * minute;
        expect(ledger.presencesOf(someone, time, time)).toHaveLength(1);
      }
      const [before, after] = [nowMs - 1, nowMs + (hours + 8) * 60 * minute + 1];
      expect(ledger.presencesOf(someone, before, before)).toEqual([]);
      expect(ledger.presencesOf(someone, after, after)).toEqual([]);
    }
  });
});

describe('expire', () => {
  it('removes what ended before the retention, and instances that have nothing left', async () => {
    const table = await openTable();
    let now = nowMs;
    const ledger = openLedger(table, { retentionDays: 10, now: () => now });
    ledger.beat(nowMs);
    ledger.beat(nowMs + 5 * day);
    ledger.beat(nowMs, downMs, someoneElse);
    await ledger.checkpoint();
    now = nowMs + 10 * day + downMs;
    expect(await ledger.expire()).toBe(0);

    now += 1;
    expect(await ledger.expire()).toBe(2);
    expect(ledger.presencesOf(someone, ...always)).toHaveLength(1);
    expect(ledger.presencesOf(someoneElse, ...always)).toEqual([]);
    expect(table.instanceId(someone)).toBeDefined();
    expect(table.instanceId(someoneElse)).toBeUndefined();
  });

  it('takes up an instance again of which nothing was left', async () => {
    const table = await openTable();
    let now = nowMs;
    const ledger = openLedger(table, { retentionDays: 10, now: () => now });
    ledger.beat(nowMs, 30 * day);
    await ledger.checkpoint();
    now += 41 * day;
    expect(await ledger.expire()).toBe(1);

    ledger.beat(nowMs + 29 * day, 3 * day);
    ledger.beat(nowMs, day);
    await ledger.checkpoint();
    expect(ledger.presencesOf(someone, ...always)).toEqual([
      { fromMs: nowMs + 29 * day, toMs: nowMs + 29 * day, reachMs: nowMs + 32 * day },
    ]);
  });

  it('leaves a presence alone that memory has continued', async () => {
    const table = await openTable();
    let now = nowMs;
    const ledger = openLedger(table, { retentionDays: 10, now: () => now });
    ledger.beat(nowMs, day);
    await ledger.checkpoint();
    ledger.beat(nowMs + day, 5 * day);
    now += 12 * day;
    expect(await ledger.expire()).toBe(0);
    await ledger.checkpoint();
    expect(ledger.presencesOf(someone, ...always)).toEqual([
      { fromMs: nowMs, toMs: nowMs + day, reachMs: nowMs + 6 * day },
    ]);
  });

  it('goes through any number, of any length', async () => {
    const table = await openTable();
    let now = nowMs;
    const ledger = openLedger(table, { retentionDays: 100, now: () => now });
    for (let n = 0; n < 3_000; n++) ledger.beat(nowMs + n * 10 * minute, (n % 9) * minute);
    await ledger.checkpoint();
    now = nowMs + 100 * day + 1_500 * 10 * minute;
    expect(await ledger.expire()).toBe(1_500);
    expect(ledger.presencesOf(someone, ...always)).toHaveLength(1_500);
    expect(await ledger.expire()).toBe(0);
  });
});
