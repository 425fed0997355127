import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventKinds, type LivenessEvent } from '../../service/contract/event.ts';
import { createGlob } from '../../service/contract/values/glob.ts';
import {
  createEventPages,
  type EventFilter,
  type EventPage,
  type EventQuery,
  eventMatcher,
} from '../../service/query/events.ts';
import { createSlicer } from '../../service/runtime/concurrency/slicer.ts';
import type { EventScan } from '../../service/store/events/event-rows.ts';
import { anEvent, anyEvent, newUlid, someEvents } from '../support/events.ts';
import { openTestStore } from '../support/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Every page, until there is no next one. */
async function allPages(page: (query: EventQuery) => Promise<EventPage>, query: EventQuery) {
  const pages: EventPage[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const answer = await page({ ...query, cursor });
    pages.push(answer);
    cursor = answer.next;
  }
  return pages;
}

/** The plain meaning of a filter. */
function isMeant(filter: EventFilter, event: LivenessEvent): boolean {
  const { kinds, name, version, instance, isSilenced, fromMs, toMs, text } = filter;
  const parts: Record<string, string | undefined> = { ...event.subject };
  for (const [part, glob] of Object.entries({ name, version, instance })) {
    if (glob !== undefined && !createGlob(glob)(parts[part] ?? '')) return false;
  }
  if (kinds !== undefined && !kinds.includes(event.kind)) return false;
  const wasSilenced = event.silencedBy !== undefined;
  if (isSilenced !== undefined && isSilenced !== wasSilenced) return false;
  if (fromMs !== undefined && event.atMs < fromMs) return false;
  if (toMs !== undefined && event.atMs >= toMs) return false;
  const all = [event.kind, ...Object.values(parts), event.reason].join(' ').toLowerCase();
  return text === undefined || all.includes(text.toLowerCase());
}

const globs = fc.constantFrom('a', 'b', 'ab', 'a*', '?', '*b', 'x', '1', '?y', 'none');
const times = fc.integer({ min: 999_999, max: 1_000_022 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const anyFilter: fc.Arbitrary<EventFilter> = fc.record({
  kinds: optional(fc.subarray([...eventKinds], { minLength: 1 })),
  name: optional(globs),
  version: optional(globs),
  instance: optional(globs),
  isSilenced: optional(fc.boolean()),
  fromMs: optional(times),
  toMs: optional(times),
  text: optional(fc.constantFrom('ärger', 'SILENT', 'a', 'down', 'zzz')),
});

describe('createEventPages', () => {
  it('gives exactly what a filter over a sorted list gives, in pages', async () => {
    const { events } = await openTestStore(temporaryFolder());
    const page = createEventPages(events.scan, createSlicer());
    const all: LivenessEvent[] = [];
    const asked = fc.record({
      more: fc.array(anyEvent, { maxLength: 12 }),
      filter: anyFilter,
      order: fc.constantFrom('ascending' as const, 'descending' as const),
      limit: fc.integer({ min: 1, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ more, ...query }) => {
        all.push(...more);
        await events.append(more);
        const sorted = all.filter((event) => isMeant(query.filter, event));
        sorted.sort((one, other) => (one.id < other.id ? -1 : 1));
        if (query.order === 'descending') sorted.reverse();
        const pages = await allPages(page, query);
        expect(pages.flatMap((one) => one.events)).toEqual(sorted);
        const full = pages.slice(0, -1).map((one) => one.events.length);
        expect(full).toEqual(full.map(() => query.limit));
      }),
      { numRuns: 150 },
    );
  });

  it('meets no event twice and misses none that was there, whatever is added meanwhile', async () => {
    const { events } = await openTestStore(temporaryFolder());
    const page = createEventPages(events.scan, createSlicer());
    const before = someEvents(95);
    await events.append(before);
    for (const order of ['ascending', 'descending'] as const) {
      const seen: string[] = [];
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const answer = await page({ filter: {}, order, limit: 10, cursor });
        await events.append([anEvent({ atMs: before[50]?.atMs ?? 0 }), anEvent({ atMs: 1e13 })]);
        seen.push(...answer.events.map(({ id }) => id));
        cursor = answer.next;
        if (seen.length > 300) break;
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(before.filter(({ id }) => !seen.includes(id))).toEqual([]);
    }
  });

  it('goes through a long log that hardly matches in pieces, and lets others in between', async () => {
    const needle = anEvent({ atMs: 1, reason: 'a needle' });
    const scans: EventScan[] = [];
    const hay = anEvent({ atMs: 2 });
    const lengths = { looked: 0, all: 250_000 };
    /** A log of so many events, whose first is the needle. */
    const scan = (asked: EventScan): LivenessEvent[] => {
      scans.push(asked);
      const count = Math.min(asked.limit, lengths.all - lengths.looked);
      lengths.looked += count;
      const piece = Array.from({ length: count }, () => ({ ...hay, id: newUlid(2) }));
      return count > 0 && lengths.looked === lengths.all ? [...piece.slice(1), needle] : piece;
    };
    let turns = 0;
    const counting = setInterval(() => {
      turns += 1;
    });
    const page = createEventPages(scan, createSlicer());
    const query = { filter: { text: 'needle' }, order: 'descending', limit: 10 } as const;
    const pages = await allPages(page, query);
    clearInterval(counting);
    expect(pages.map(({ events }) => events.length)).toEqual([0, 0, 1]);
    expect(pages.map(({ next }) => next !== undefined)).toEqual([true, true, false]);
    expect(Math.max(...scans.map(({ limit }) => limit))).toBeLessThanOrEqual(1_000);
    expect(turns).toBeGreaterThan(10);
  });
});

describe('eventMatcher', () => {
  it('means what the plain model means', () => {
    fc.assert(
      fc.property(anyEvent, anyFilter, (event, filter) => {
        expect(eventMatcher(filter)(event)).toBe(isMeant(filter, event));
      }),
      { numRuns: 2_000 },
    );
  });

  it('finds text in what only one kind has', () => {
    const event = anEvent({ kind: 'mass_outage', data: { names: ['Orion', 'Perseo'] } });
    expect(eventMatcher({ text: 'perseo' })(event)).toBe(true);
  });
});
