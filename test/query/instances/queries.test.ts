import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Identity,
  type InstanceRecord,
  instanceStates,
} from '../../../service/contract/instance.ts';
import { createGlob } from '../../../service/contract/values/glob.ts';
import { InstanceQueries, type PagedQuery } from '../../../service/query/instances/queries.ts';
import type { InstanceFilter } from '../../../service/query/instances/query.ts';
import { decodeCursor, instanceSorts } from '../../../service/query/instances/sort.ts';
import { createSlicer } from '../../../service/runtime/concurrency/slicer.ts';
import { anInstance, instanceSources } from '../../support/instances.ts';

const keyOf = ({ name, version, instance }: Identity) => JSON.stringify([name, version, instance]);

/** The keys of every page, until there is no next one. */
async function allPages(queries: InstanceQueries, query: PagedQuery): Promise<string[][]> {
  const pages: string[][] = [];
  for (let place: string | undefined, more = true; more; more = place !== undefined) {
    const cursor = place === undefined ? undefined : decodeCursor(place, query.sort);
    const { instances, next } = await queries.page({ ...query, cursor });
    pages.push(instances.map(({ record }) => keyOf(record)));
    place = next;
  }
  return pages;
}

const few = (...texts: [string, ...string[]]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...texts) }, fc.string({ minLength: 1 }));
const anyInstance = fc
  .record({
    name: few('a', 'b', 'ab', 'Ä'),
    version: few('1', '2', '10'),
    instance: few('x', 'y', 'xy', 'z', '😀'),
    state: fc.constantFrom(...instanceStates),
    firstSeenMs: fc.nat(3),
    receivedAtMs: fc.nat(3),
    stateSinceMs: fc.nat(3),
  })
  .map(anInstance);
const globs = fc.constantFrom('a', 'b', 'a*', '?', '*b', '1*', 'x', '?y', 'none');
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const anyQuery = fc.record({
  filter: fc.record({
    states: optional(fc.subarray([...instanceStates], { minLength: 1 })),
    name: optional(globs),
    version: optional(globs),
    instance: optional(globs),
    text: optional(fc.constantFrom('a', 'x', 'ä', '1', 'zz')),
  }),
  sort: fc.constantFrom(...instanceSorts, 'none' as const),
  order: fc.constantFrom('ascending' as const, 'descending' as const),
  limit: fc.integer({ min: 1, max: 20 }),
});

function isMeant({ states, text, ...globsOf }: InstanceFilter, one: ReturnType<typeof anInstance>) {
  const { name = '*', version = '*', instance = '*' } = globsOf;
  return (
    (states ?? instanceStates).includes(one.state) &&
    createGlob(name)(one.name) &&
    createGlob(version)(one.version) &&
    createGlob(instance)(one.instance) &&
    [one.name, one.version, one.instance].some((part) => part.toLowerCase().includes(text ?? ''))
  );
}

describe('InstanceQueries', () => {
  it('gives exactly what a filter over a sorted list gives, in pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyInstance, { selector: keyOf, maxLength: 60 }),
        fc.array(fc.nat()),
        anyQuery,
        async (all, removed, query) => {
          const sources = instanceSources();
          const queries = new InstanceQueries(sources, createSlicer());
          const refs = new Map(all.map((one) => [keyOf(one), sources.registry.add(one)]));
          // Holes among the refs, some of which are taken again.
          for (const index of removed) {
            const one = all[index % Math.max(1, all.length)];
            const ref = one && refs.get(keyOf(one));
            if (ref !== undefined && one) {
              sources.registry.remove(ref);
              if (index % 2 === 0) refs.delete(keyOf(one));
              else refs.set(keyOf(one), sources.registry.add(one));
            }
            if (ref !== undefined && index % 2 === 0 && one) all.splice(all.indexOf(one), 1);
          }
          const sign = query.order === 'ascending' ? 1 : -1;
          const wanted = all
            .filter((one) => isMeant(query.filter, one))
            .sort((one, other) => (sortsBefore(query.sort, one, other) ? -sign : sign))
            .map(keyOf);
          const pages = await allPages(queries, query);
          const found = pages.flat();
          const isOrdered = query.sort !== 'none';
          expect(isOrdered ? found : found.toSorted()).toEqual(
            isOrdered ? wanted : wanted.toSorted(),
          );
          const { limit: _, ...unlimited } = query;
          const everyone = await Array.fromAsync(queries.all({ ...unlimited, limit: undefined }));
          expect(everyone.flat().map(({ record }) => keyOf(record))).toEqual(found);
          const full = pages.slice(0, -1).map(({ length }) => length);
          expect(full).toEqual(full.map(() => query.limit));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(['key', 'none'] as const)(
    'lists each instance that stays once, while others are added and removed between the pages (%s)',
    async (sort) => {
      const { registry, ...rest } = instanceSources();
      const queries = new InstanceQueries({ registry, ...rest }, createSlicer());
      const named = (instance: string) => anInstance({ instance });
      for (let n = 0; n < 500; n++) registry.add(named(`goes-${n}`));
      for (let n = 0; n < 500; n++) registry.add(named(`stays-${n}`));
      const seen: string[] = [];
      let round = 0;
      for (let place: string | undefined, more = true; more; more = place !== undefined) {
        const cursor = place === undefined ? undefined : decodeCursor(place, sort);
        const page = await queries.page({ filter: {}, sort, limit: 30, cursor });
        seen.push(...page.instances.map(({ record }) => record.instance));
        place = page.next;
        for (let n = 0; n < 10; n++) {
          const ref = registry.find(named(`goes-${round * 10 + n}`));
          if (ref !== undefined) registry.remove(ref);
          if (round < 50) registry.add(named(`comes-${round * 10 + n}`));
        }
        round += 1;
      }
      const stayed = seen.filter((instance) => instance.startsWith('stays'));
      expect(stayed).toHaveLength(500);
      expect(new Set(seen).size).toBe(seen.length);
    },
  );

  it('looks through very many in pieces, and lets others in between', async () => {
    const { registry, ...rest } = instanceSources();
    const queries = new InstanceQueries({ registry, ...rest }, createSlicer());
    for (let n = 0; n < 60_000; n++) registry.add(anInstance({ instance: `i-${n}` }));
    let turns = 0;
    const counting = setInterval(() => {
      turns += 1;
    });
    const { instances } = await queries.page({ filter: {}, sort: 'key', limit: 1_000 });
    clearInterval(counting);
    expect(instances).toHaveLength(1_000);
    expect(instances[2]?.record.instance).toBe('i-10');
    expect(turns).toBeGreaterThan(3);

    // No instance is missing where one slice ends and the next begins.
    for (const sort of ['key', 'none'] as const) {
      const all = await allPages(queries, { filter: { instance: '*000' }, sort, limit: 25 });
      const last = await allPages(queries, { filter: { instance: '*999' }, sort, limit: 25 });
      const first = await allPages(queries, { filter: { instance: '*001' }, sort, limit: 25 });
      expect([all, last, first].map((pages) => pages.flat().length)).toEqual([59, 60, 59]);
    }
  });

  it('describes one instance with what the other rooms know', () => {
    const sources = instanceSources();
    const queries = new InstanceQueries(sources, createSlicer());
    const record = anInstance();
    sources.registry.add(record);
    expect(queries.one(record)).toEqual({
      record,
      thresholds: { lateSeconds: 60, downSeconds: 120 },
      ageSeconds: 15,
      presentSinceMs: 1_767_225_550_000,
    });
    expect(queries.one({ ...record, instance: 'other' })).toBeUndefined();
  });
});

/** Whether one comes before the other, ascending; the flags of all are the same. */
function sortsBefore(sort: PagedQuery['sort'], one: InstanceRecord, other: InstanceRecord) {
  const by = {
    key: 'flags',
    none: 'flags',
    instance: 'instance',
    firstSeen: 'firstSeenMs',
    lastBeat: 'receivedAtMs',
    stateSince: 'stateSinceMs',
  } as const;
  const [mine, others] = [one[by[sort]], other[by[sort]]];
  return mine === others ? sortKey(one) < sortKey(other) : mine < others;
}

/** Sorts as name, version, instance do: nothing in them is less than the separator. */
const sortKey = ({ name, version, instance }: Identity) => `${name}\0${version}\0${instance}`;
