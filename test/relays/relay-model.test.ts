import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkMs, RelayFixture, sources } from './relay-fixture.ts';

const withinMs: Readonly<Record<string, number>> = { a: 5_000, b: 8_000 };
const critical = Object.keys(withinMs);

/** Acts of the property tests. Times are milliseconds. */
const source = fc.constantFrom('a', 'b', 'c');
const calm = [
  fc.record({ act: fc.constant('beat' as const), source }),
  fc.record({ act: fc.constant('late' as const), source, ms: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({
    act: fc.constant('pass' as const),
    ms: fc.integer({ min: 1, max: 12 }).map((n) => n * checkMs),
  }),
  fc.record({ act: fc.constant('restart' as const) }),
];
const blind = [
  fc.record({
    act: fc.constant('stall' as const),
    source,
    ms: fc.integer({ min: 1, max: 20_000 }),
  }),
  fc.record({ act: fc.constant('suspend' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ act: fc.constant('step' as const), ms: fc.integer({ min: -60_000, max: 60_000 }) }),
];

/** The plain model: when each source sent the last heartbeat that this process has received. */
class Model {
  trueMs = 0;
  readonly sent = new Map<string, number>();

  note(name: string, sentMs: number): void {
    this.sent.set(name, Math.max(this.sent.get(name) ?? sentMs, sentMs));
  }

  absentMs(name: string): number {
    return this.trueMs - (this.sent.get(name) ?? Number.NEGATIVE_INFINITY);
  }

  isOpen(): boolean {
    return critical.every((name) => this.absentMs(name) <= (withinMs[name] ?? 0));
  }
}

type Act = (typeof calm | typeof blind)[number] extends fc.Arbitrary<infer One> ? One : never;

async function perform(act: Act, fixture: RelayFixture, model: Model): Promise<void> {
  switch (act.act) {
    case 'beat':
      model.note(act.source, model.trueMs);
      return fixture.beat(act.source);
    case 'late':
      model.note(act.source, model.trueMs - act.ms);
      return fixture.beat(act.source, act.ms);
    case 'pass':
      model.trueMs += act.ms;
      return fixture.pass(act.ms);
    case 'restart':
      model.sent.clear();
      return fixture.restart();
    case 'stall':
      // A heartbeat without a timestamp arrives at its beginning, and is received at its end.
      model.note(act.source, model.trueMs);
      model.trueMs += act.ms;
      fixture.stall(act.ms);
      return fixture.beat(act.source);
    case 'suspend':
      model.trueMs += act.ms;
      fixture.wallMs += act.ms;
      return;
    case 'step':
      fixture.wallMs += act.ms;
  }
}

describe('a relay under any sequence of heartbeats and restarts', () => {
  it('has the gate of a plain model', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...calm), { maxLength: 60 }), async (acts) => {
        const fixture = new RelayFixture({ sources });
        const model = new Model();
        for (const act of acts) {
          await perform(act, fixture, model);
          expect(fixture.isOpen).toBe(model.isOpen());
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(['on-arrival', 'steady'])(
    'emits, %s, only while all critical sources are fresh, also with blind times and clock steps',
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.oneof(...calm, ...blind), { maxLength: 60 }), async (acts) => {
          const fixture = new RelayFixture({ mode, interval: 1, cutoff: 1, sources });
          const model = new Model();
          const absences: number[] = [];
          fixture.onEmit = () => {
            for (const name of critical) {
              absences.push(model.absentMs(name) - (withinMs[name] ?? 0));
            }
          };
          for (const act of acts) {
            await perform(act, fixture, model);
            if (act.act === 'pass') expect(fixture.isOpen && !isNearlyOpen(model)).toBe(false);
          }
          // And it opens again when all is calm.
          await fixture.pass(1_250);
          for (const name of critical) await fixture.beat(name);
          expect(fixture.isOpen).toBe(true);
        }),
        { numRuns: 500 },
      );
    },
  );
});

/** Open with the second that blind times may add. */
const isNearlyOpen = (model: Model): boolean =>
  critical.every((name) => model.absentMs(name) <= (withinMs[name] ?? 0) + 1_000);
