import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LivenessEvent } from '../../service/contract/event.ts';
import { ulidTime } from '../../service/runtime/ulid.ts';
import type { EventLog } from '../../service/store/events/event-log.ts';
import { type EventColumn, scanSql } from '../../service/store/events/event-rows.ts';
import { StoreUnavailable } from '../../service/store/failure.ts';
import type { Statement } from '../../service/store/writer/messages.ts';
import { anEvent, anyEvent, instancesOf, someEvents } from '../support/events.ts';
import { openTestStore } from '../support/open-store.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const everything = (log: EventLog) => log.read(0, 100_000).records;

/** A statement that cannot be carried out, and with it the whole commit. */
const impossible: Statement = ['INSERT INTO settings (key, value) VALUES (?, NULL)', 'x'];
const setting = (key: string, value: string): Statement => [
  'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  key,
  value,
];

describe('createEventLog', () => {
  it('gives a reader what was appended, in order, numbered from 1', async () => {
    const { events } = await openTestStore(temporaryFolder());
    const reader = events.reader('webhook');
    const all = someEvents(5);
    await Promise.all([events.append(all.slice(0, 2)), events.append(all.slice(2))]);
    expect(reader.head).toBe(5);
    expect(reader.read(0, 10)).toEqual({ firstSeq: 1, records: all });
    expect(reader.read(3, 1)).toEqual({ firstSeq: 4, records: all.slice(3, 4) });
    expect(reader.read(5, 10)).toEqual({ firstSeq: 6, records: [] });
    expect(reader.read(9, 10).records).toEqual([]);
  });

  it('has on disk what it said is stored, also for the next process', async () => {
    const folder = temporaryFolder();
    const first = await openTestStore(folder);
    const reader = first.events.reader('webhook');
    const all = someEvents(4);
    await first.events.append(all.slice(0, 3));
    await reader.settle(2, [{ seq: 1, record: anEvent(), reason: 'no such address' }]);
    await first.close();

    const second = await openTestStore(folder);
    const again = second.events.reader('webhook');
    expect([again.cursor, again.head]).toEqual([2, 3]);
    await second.events.append(all.slice(3));
    expect(again.read(2, 10).records).toEqual(all.slice(2));
    expect(second.events.letters.page('webhook', { afterSeq: 0, limit: 10 })).toMatchObject([
      { seq: 1, reason: 'no such address' },
    ]);
    expect(second.heartbeats.letters.count('webhook')).toBe(0);
  });

  it('begins a new reader with the next event, and remembers that over a crash', async () => {
    const folder = temporaryFolder();
    const first = await openTestStore(folder);
    await first.events.append(someEvents(3));
    expect(first.events.reader('new').cursor).toBe(3);
    await first.events.append(someEvents(2, 4));
    // Nothing is settled: the process might have been killed here.
    await first.close();
    const second = await openTestStore(folder);
    expect(second.events.reader('new').cursor).toBe(3);
    expect(second.events.reader('newer').cursor).toBe(5);
  });

  it('commits events and the statements that came with them together, or neither', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    const reader = store.events.reader('webhook');
    const [one, two, three] = someEvents(3);
    if (!one || !two || !three) throw new Error('there are three');
    await store.events.append([one], [setting('state', 'of one')]);
    let heard = 0;
    store.events.onAppend(() => {
      heard += 1;
    });
    await expect(
      store.events.append([two], [setting('state', 'of two'), impossible]),
    ).rejects.toThrow(StoreUnavailable);
    expect([reader.head, heard, everything(store.events)]).toEqual([1, 0, [one]]);
    expect(settingOf(folder, 'state')).toBe('of one');

    await store.events.append([three], [setting('state', 'of three')]);
    expect([reader.head, heard]).toEqual([2, 1]);
    expect(reader.read(0, 10)).toEqual({ firstSeq: 1, records: [one, three] });
    expect(settingOf(folder, 'state')).toBe('of three');
  });

  it('takes the settlement of another reader into its commit', async () => {
    const folder = temporaryFolder();
    const store = await openTestStore(folder);
    const liveness = store.heartbeats.reader('liveness');
    const beat = { name: 'a', version: '1', instance: 'x', timestampMs: 1, receivedAtMs: 1 };
    await store.heartbeats.append([beat, beat]);
    const settlement = liveness.settlement(2, []);
    await expect(
      store.events.append(someEvents(1), [...settlement.statements, impossible]),
    ).rejects.toThrow(StoreUnavailable);
    expect(liveness.cursor).toBe(0);
    await store.events.append(someEvents(1), liveness.settlement(2, []).statements);
    liveness.settlement(2, []).committed();
    expect(liveness.cursor).toBe(2);
    await store.close();
    expect((await openTestStore(folder)).heartbeats.reader('liveness').cursor).toBe(2);
  });

  it('numbers without gaps whichever commits fail', async () => {
    const attempts = fc.array(
      fc.record({ count: fc.nat(3), fails: fc.boolean(), waits: fc.boolean() }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(attempts, async (tries) => {
        const { events, close } = await openTestStore(temporaryFolder());
        const stored: LivenessEvent[] = [];
        const pending: Promise<void>[] = [];
        for (const { count, fails, waits } of tries) {
          const mine = someEvents(count, stored.length + 1);
          // All events of a commit are stored or none, so the stored ones are known only afterwards.
          const append = events.append(mine, fails ? [impossible] : []).then(
            () => void stored.push(...mine),
            () => undefined,
          );
          pending.push(append);
          if (waits) await append;
        }
        await Promise.all(pending);
        expect(events.head()).toBe(stored.length);
        expect(events.read(0, 100)).toEqual({ firstSeq: 1, records: stored });
        await close();
      }),
      { numRuns: 30 },
    );
  });

  it('finds by id where to go on', async () => {
    const { events } = await openTestStore(temporaryFolder());
    expect(events.seqOf(anEvent().id)).toBe(0);
    const all = someEvents(10);
    await events.append(all);
    expect(all.map(({ id }) => events.seqOf(id))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(events.seqOf('0'.repeat(26))).toBe(0);
    expect(events.seqOf('7'.repeat(26))).toBe(10);
    expect(events.seqOf(ulidTime(all[4]?.atMs ?? 0))).toBe(4);

    await events.expire(all[6]?.atMs ?? 0);
    expect(events.seqOf(all[2]?.id ?? '')).toBe(6);
    expect(instancesOf(events.read(2, 2).records)).toEqual(['i-7', 'i-8']);
    expect(events.read(2, 2).firstSeq).toBe(7);
  });

  it('misses nothing behind an id that is not there, in whatever order events were stored', async () => {
    const { events } = await openTestStore(temporaryFolder());
    const [first, second, third, ...others] = someEvents(6);
    if (!first || !second || !third) throw new Error('there are six');
    // As after a mass outage: a deferred event is reported last, with the time when it became true.
    await events.append([third, ...others, first, second]);
    expect(events.seqOf('0'.repeat(26))).toBe(0);
    expect(events.seqOf(ulidTime(first.atMs + 1))).toBe(0);
    expect(events.seqOf(ulidTime(third.atMs + 1))).toBe(1);
    expect(events.seqOf(second.id)).toBe(6);
  });

  it('removes by age, says what a reader had before it, and never removes the newest', async () => {
    const folder = temporaryFolder();
    const { log, lines } = createRecordedLog();
    const store = await openTestStore(folder, { log });
    const reader = store.events.reader('webhook');
    const all = someEvents(10);
    const later = Number.MAX_SAFE_INTEGER;
    await store.events.append(all);
    await reader.settle(4, []);
    expect(await store.events.expire(all[2]?.atMs ?? 0)).toBe(2);
    expect(lines).toEqual([]);
    expect(await store.events.expire(all[6]?.atMs ?? 0)).toBe(4);
    expect(lines).toMatchObject([{ level: 'warn', reader: 'webhook', events: 2 }]);
    expect(reader.cursor).toBe(4);
    expect(reader.read(4, 2)).toEqual({ firstSeq: 7, records: all.slice(6, 8) });
    expect(await store.events.expire(later)).toBe(3);
    expect(lines).toMatchObject([{}, { level: 'warn', reader: 'webhook', events: 3 }]);
    await reader.settle(10, []);
    expect(await store.events.expire(later)).toBe(0);
    expect(lines).toHaveLength(2);
    expect(everything(store.events)).toEqual(all.slice(9));
    await store.close();
    const again = await openTestStore(folder);
    await again.events.append(someEvents(1, 11));
    expect(again.events.read(0, 10)).toMatchObject({ firstSeq: 10, records: { length: 2 } });
  });

  it('removes a long archive in pieces, and nothing behind an event that is young', async () => {
    const { events } = await openTestStore(temporaryFolder());
    const old = someEvents(12_000);
    await events.append([...old, anEvent({ atMs: 9e12 }), ...someEvents(3)]);
    const removed: number[] = [];
    for (let last = -1; last !== 0; ) {
      last = await events.expire(8e12);
      removed.push(last);
    }
    expect(removed).toEqual([5_000, 5_000, 2_000, 0]);
    expect(everything(events)).toHaveLength(4);
  });

  it('is scanned as a sorted list is', async () => {
    const { events } = await openTestStore(temporaryFolder());
    const all: LivenessEvent[] = [];
    const bound = fc.integer({ min: 999_999, max: 1_000_021 }).map(ulidTime);
    const asked = fc.record({
      more: fc.array(anyEvent, { maxLength: 10 }),
      afterId: fc.option(bound, { nil: '' }),
      beforeId: fc.option(bound, { nil: '~' }),
      order: fc.constantFrom('ascending' as const, 'descending' as const),
      limit: fc.integer({ min: 1, max: 40 }),
      column: fc.constantFrom('kind', 'name', 'instance', undefined),
      chosen: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ more, column, chosen, ...range }) => {
        all.push(...more);
        await events.append(more);
        const value = columnOf(all[chosen % all.length], column) ?? 'a';
        const sorted = all
          .filter(({ id }) => id > range.afterId && id < range.beforeId)
          .filter((event) => column === undefined || columnOf(event, column) === value)
          .sort((one, other) => (one.id < other.id ? -1 : 1));
        if (range.order === 'descending') sorted.reverse();
        const where = column && { column, value };
        expect(events.scan({ ...range, where })).toEqual(sorted.slice(0, range.limit));
      }),
      { numRuns: 300 },
    );
  });

  it('is scanned in the order of an index, for every query', async () => {
    const folder = temporaryFolder();
    await openTestStore(folder);
    const database = new DatabaseSync(join(folder, 'heartbeat.sqlite'));
    for (const column of ['kind', 'name', 'instance', undefined] as const) {
      for (const order of ['ascending', 'descending'] as const) {
        const plan = database.prepare(`EXPLAIN QUERY PLAN ${scanSql(column, order)}`).all();
        const equality = column === undefined ? '' : `${column}=\\? AND `;
        expect(plan).toEqual([
          expect.objectContaining({
            detail: expect.stringMatching(`INDEX .* \\(${equality}id>\\? AND id<\\?\\)$`),
          }),
        ]);
      }
    }
    database.close();
  });
});

function columnOf(event: LivenessEvent | undefined, column: EventColumn | undefined) {
  if (column === 'kind') return event?.kind;
  if (column === 'name') return event?.subject?.name;
  return event?.subject && 'instance' in event.subject ? event.subject.instance : undefined;
}

function settingOf(folder: string, key: string): unknown {
  const database = new DatabaseSync(join(folder, 'heartbeat.sqlite'));
  const row = database.prepare('SELECT value FROM settings WHERE key = ?').get(key);
  database.close();
  return row?.['value'];
}
