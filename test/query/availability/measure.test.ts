import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InstancePresence } from '../../../service/contract/presence.ts';
import {
  type Availability,
  measureAvailability,
} from '../../../service/query/availability/measure.ts';
import { groupKeys } from '../../../service/query/period/groups.ts';
import type { AvailabilityQuery } from '../../../service/query/period/query.ts';
import { presenceSetOf } from '../../support/presences.ts';

const identity = fc.record({
  name: fc.constantFrom('a', 'b'),
  version: fc.constantFrom('1', '2'),
  instance: fc.constantFrom('x', 'y', 'z'),
});

/** Presences of few milliseconds; those of an instance do not touch each other. */
const presencesOf = fc
  .record({
    who: identity,
    gaps: fc.array(fc.record({ gap: fc.nat(12), length: fc.nat(12), reach: fc.nat(3) }), {
      maxLength: 5,
    }),
  })
  .map(({ who, gaps }): InstancePresence[] => {
    let ms = 0;
    return gaps.map(({ gap, length, reach }) => {
      const fromMs = ms + gap;
      const toMs = fromMs + length;
      ms = toMs + reach + 1;
      return { ...who, fromMs, toMs, reachMs: toMs + reach };
    });
  });

const question = fc.record({
  presences: fc
    .uniqueArray(presencesOf, {
      maxLength: 8,
      selector: ([one]) => `${one?.name}${one?.version}${one?.instance}`,
    })
    .map((all) => all.flat()),
  query: fc
    .record({
      fromMs: fc.nat(40),
      length: fc.integer({ min: 1, max: 50 }),
      by: fc.constantFrom('component' as const, 'instance' as const),
      rules: fc.array(
        fc.record({
          name: fc.constantFrom('a', '*'),
          version: fc.constantFrom('1', '*'),
          minInstances: fc.integer({ min: 1, max: 3 }),
        }),
        { maxLength: 2 },
      ),
      nowMs: fc.nat(100),
    })
    .map(({ fromMs, length, nowMs, by, rules }): AvailabilityQuery => {
      const now = Math.max(nowMs, fromMs);
      // No query is about the future.
      const period = { fromMs, toMs: Math.min(fromMs + length, now + 1), nowMs: now };
      const isByInstance = by === 'instance';
      return {
        ...period,
        by: isByInstance ? groupKeys : ['name', 'version'],
        rules: isByInstance ? [] : rules,
        filter: {},
        timeZone: 'UTC',
      };
    }),
});

/** Millisecond by millisecond. */
function model(query: AvailabilityQuery, all: readonly InstancePresence[]): Availability[] {
  const { fromMs, toMs, nowMs, by, rules } = query;
  const untilMs = Math.min(toMs, nowMs);
  const keyOf = ({ name, version, instance }: InstancePresence) =>
    JSON.stringify(by.includes('instance') ? [name, version, instance] : [name, version]);
  const inPeriod = all.filter((p) => p.fromMs < toMs && (p.toMs >= fromMs || p.reachMs >= nowMs));
  return [...new Set(inPeriod.map(keyOf))].sort().map((key) => {
    const [name = '', version = '', instance]: string[] = JSON.parse(key);
    const own = all.filter((presence) => keyOf(presence) === key);
    const enough =
      rules.find((r) => ['*', name].includes(r.name) && ['*', version].includes(r.version))
        ?.minInstances ?? 1;
    const sinceMs = Math.max(fromMs, Math.min(...own.map((presence) => presence.fromMs)));
    const isUp = (ms: number) =>
      own.filter(
        (p) => p.fromMs <= ms && (p.reachMs >= nowMs ? Math.max(nowMs, p.toMs) : p.toMs) > ms,
      ).length >= enough;
    const moments = Array.from({ length: Math.max(0, untilMs - sinceMs) }, (_, n) => sinceMs + n);
    // A heartbeat all by itself ends an outage, and begins the next one.
    const alone = (ms: number) =>
      own.filter((p) => p.fromMs <= ms && p.toMs >= ms).length >= enough;
    const outages: number[] = [];
    for (const ms of moments) {
      if (isUp(ms)) continue;
      const isNew = ms === sinceMs || isUp(ms - 1) || alone(ms);
      if (isNew) outages.push(0);
      outages[outages.length - 1] = (outages.at(-1) ?? 0) + 1;
    }
    return {
      ...{ name, version, ...(instance === undefined ? {} : { instance }) },
      ...{ sinceMs, untilMs, availableMs: moments.filter(isUp).length },
      outages: outages.length,
      longestOutageMs: Math.max(0, ...outages),
      lastMs: Math.max(
        ...inPeriod.filter((p) => keyOf(p) === key).map((p) => Math.min(p.toMs, untilMs)),
      ),
    };
  });
}

describe('measureAvailability', () => {
  it('measures what a model measures millisecond by millisecond', () => {
    fc.assert(
      fc.property(question, ({ presences, query }) => {
        const set = presenceSetOf(presences, { ...query, reachingMs: query.nowMs });
        const wasThere = ({ name, version, instance }: { [key: string]: string }) =>
          presences.some(
            (p) =>
              p.fromMs < query.fromMs &&
              p.name === name &&
              p.version === version &&
              (instance === undefined || p.instance === instance),
          );
        const found = measureAvailability(query, set, wasThere);
        expect(found).toEqual(model(query, presences));
      }),
      { numRuns: 3_000 },
    );
  });
});
