import fc from 'fast-check';
import type { InstancePresence } from '../../../service/contract/presence.ts';
import { parseStep } from '../../../service/http/parameters/times.ts';
import { stepBeginnings } from '../../../service/query/calendar.ts';
import { groupKeys } from '../../../service/query/period/groups.ts';
import type { ActiveQuery } from '../../../service/query/period/query.ts';

/** Around a change of the clocks in Zürich, one in Lord Howe, and days without either. */
const origins = ['2026-03-27T12:00:00Z', '2026-10-24T00:00:00Z', '2026-04-04T00:00:00Z'].map(
  (text) => Date.parse(text),
);
const zones = ['UTC', 'Europe/Zurich', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/New_York'];
/** Times are multiples of this, so that they meet those of others and those of steps. */
const unitMs = 15 * 60_000;
const units = 4 * 24 * 4;

const identity = fc.record({
  name: fc.constantFrom('Orion', 'Cygnus', 'Ätna'),
  version: fc.constantFrom('1', '2', '10'),
  instance: fc.constantFrom('a', 'b', 'ab'),
});

/** Presences of an instance do not touch each other, as the ledger promises. */
const presencesOf = (originMs: number) =>
  fc
    .record({
      who: identity,
      gaps: fc.array(
        fc.record({ gap: fc.nat(60), length: fc.nat(40), reach: fc.nat(3), odd: fc.nat(1) }),
        { maxLength: 6 },
      ),
    })
    .map(({ who, gaps }): InstancePresence[] => {
      let ms = originMs - 20 * unitMs;
      return gaps.map(({ gap, length, reach, odd }) => {
        const fromMs = ms + gap * unitMs + odd;
        const toMs = fromMs + length * unitMs;
        const reachMs = toMs + reach * unitMs;
        ms = reachMs + 1;
        return { ...who, fromMs, toMs, reachMs };
      });
    });

const keyOf = ([first]: readonly InstancePresence[]) =>
  JSON.stringify([first?.name, first?.version, first?.instance]);

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

/** Presences, and a question about them. */
export const questionArbitrary = fc.constantFrom(...origins).chain((originMs) =>
  fc.record({
    presences: fc
      .uniqueArray(presencesOf(originMs), { maxLength: 12, selector: keyOf })
      .map((all) => all.flat()),
    query: fc
      .record({
        from: fc.nat(units),
        length: fc.integer({ min: 1, max: units }),
        odd: fc.nat(1),
        step: optional(fc.constantFrom('15m', '1h', '5h', '12h', '1d', '2d', '1w', '1mo')),
        timeZone: fc.constantFrom(...zones),
        by: fc.subarray([...groupKeys]),
        filter: fc.record({
          name: optional(fc.constantFrom('Orion', 'O*', '?????', '*')),
          version: optional(fc.constantFrom('1', '1*')),
          instance: optional(fc.constantFrom('a', '*b', 'none')),
        }),
        hasZeros: fc.boolean(),
        now: fc.nat(units),
      })
      .map(
        ({ from, length, odd, step: text, timeZone, by, filter, hasZeros, now }): ActiveQuery => {
          const period = {
            fromMs: originMs + from * unitMs,
            toMs: originMs + (from + length) * unitMs + odd,
          };
          const step = text === undefined ? undefined : parseStep(text);
          const steps = step ? stepBeginnings(period, step, timeZone) : [period.fromMs];
          const nowMs = originMs + now * unitMs;
          return { ...period, step, steps, timeZone, by, filter, hasZeros, nowMs };
        },
      ),
  }),
);
