import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { callBehaviours, play, type Scenario, settleBehaviours } from '../support/pump-model.ts';

const upTo = (max: number, min = 0) => fc.integer({ min, max });

const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  isBad: fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()), {
    maxLength: 60,
  }),
  appends: fc.array(upTo(12, 1), { maxLength: 6 }),
  batchRecords: upTo(16, 1),
  parallelBatches: upTo(4, 1),
  calls: fc.array(fc.record({ behaviour: fc.constantFrom(...callBehaviours), takesMs: upTo(80) }), {
    maxLength: 40,
  }),
  settles: fc.array(fc.constantFrom(...settleBehaviours), { maxLength: 10 }),
  endings: fc.array(
    fc.record({
      atEvent: upTo(60, 1),
      how: fc.constantFrom('killed' as const, 'stopped' as const),
    }),
    { maxLength: 3 },
  ),
  seed: fc.nat(),
});

const numRuns = Number(process.env['PUMP_RUNS'] ?? 200);

const inAnyScenario = (
  change: Partial<Scenario>,
  check: (scenario: Scenario, account: Awaited<ReturnType<typeof play>>) => void,
) =>
  fc.assert(
    fc.asyncProperty(anyScenario, async (any) => {
      const scenario = { ...any, ...change };
      check(scenario, await play(scenario));
    }),
    { numRuns },
  );

const numbersOf = (isBad: readonly boolean[], wanted: boolean) =>
  isBad.flatMap((bad, index) => (bad === wanted ? [index + 1] : []));

const firstTimes = (taken: readonly number[]) => [...new Set(taken)];
const ascending = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

describe('createPump: for any destination, store and end of the process', () => {
  it('delivers each good record, dead-letters each bad one, and passes none undone', () =>
    inAnyScenario({}, ({ isBad, parallelBatches }, account) => {
      expect(account.violations).toEqual([]);
      expect(ascending(firstTimes(account.taken))).toEqual(numbersOf(isBad, false));
      expect(account.deadLetters).toEqual(numbersOf(isBad, true));
      expect(account.cursor).toBe(isBad.length);
      expect(account.mostInFlight).toBeLessThanOrEqual(parallelBatches);
    }));

  it('keeps the order of first deliveries with one batch in flight', () =>
    inAnyScenario({ parallelBatches: 1 }, (_, { taken }) => {
      expect(firstTimes(taken)).toEqual(ascending(firstTimes(taken)));
    }));

  it('delivers exactly once while the process lives', () =>
    inAnyScenario({ endings: [] }, ({ isBad }, { taken }) => {
      expect(ascending(taken)).toEqual(numbersOf(isBad, false));
    }));

  it('delivers a bounded number of records again after a process ends', () =>
    inAnyScenario({}, ({ batchRecords, parallelBatches, endings }, { taken }) => {
      const again = taken.length - firstTimes(taken).length;
      expect(again).toBeLessThanOrEqual(endings.length * 4 * parallelBatches * batchRecords);
    }));

  it('calls the destination no more often than batches, failures and halving need', () =>
    inAnyScenario({ appends: [], endings: [] }, ({ isBad, batchRecords }, account) => {
      const bad = numbersOf(isBad, true).length;
      const batches = Math.ceil(isBad.length / batchRecords);
      const halving = 2 * bad * Math.ceil(Math.log2(batchRecords));
      expect(account.calls - account.failedCalls).toBeLessThanOrEqual(batches + halving);
    }));
});
