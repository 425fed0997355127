import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LivenessEvent } from '../../service/contract/event.ts';
import type { InstanceState } from '../../service/contract/instance.ts';
import { changeKind } from '../../service/liveness/reporting/decision.ts';
import { createFixture, type Fixture } from './fixture.ts';
import { anyScript, anyTroubledScript, instances, perform, type Step } from './script.ts';

const lateMs = 5_000;
const downMs = 12_000;
const retireAfterMs = 60_000;
const never = { changes: 1_000, seconds: 1 };
const liveness = (more: Record<string, unknown> = {}) => ({
  rules: [{ name: '*', lateSeconds: 5, downSeconds: 12 }],
  retireAfterSeconds: 60,
  flapping: never,
  ...more,
});

const numRuns = Number(process.env['LIVENESS_RUNS'] ?? 80);

/**
 * The reference model: one instance, evaluated every second from the beginning. Returns what is
 * reported: the kind, and the second of the evaluation or of the cause.
 */
function expected(steps: readonly Step[], index: number, endMs: number): string[] {
  const told: string[] = [];
  let nowMs = 0;
  let state: InstanceState | 'unknown' = 'unknown';
  let heardMs = 0;
  let saidMs = Number.NEGATIVE_INFINITY;

  const look = () => {
    const silentMs = nowMs - heardMs;
    const isAlive = state === 'up' || state === 'late';
    const forgetMs = state === 'down' ? downMs + retireAfterMs : retireAfterMs;
    if (isAlive && silentMs >= downMs) {
      state = 'down';
      told.push(`down ${nowMs}`);
    } else if (state === 'up' && silentMs >= lateMs) {
      state = 'late';
      told.push(`late ${nowMs}`);
    } else if ((state === 'down' || state === 'retired') && silentMs >= forgetMs) {
      if (state === 'down') told.push(`retired ${nowMs}`);
      state = 'unknown';
    }
  };
  const pass = (ms: number) => {
    const end = nowMs + ms;
    for (let tick = Math.floor(nowMs / 1_000) * 1_000 + 1_000; tick <= end; tick += 1_000) {
      nowMs = tick;
      look();
    }
    nowMs = end;
  };

  for (const step of steps) {
    if (step.kind === 'wait') pass(step.ms);
    if (!('who' in step) || step.who !== index) continue;
    if (step.kind === 'beat') {
      heardMs = nowMs;
      if (state === 'unknown' || (state === 'retired' && nowMs >= saidMs)) {
        told.push(`started ${nowMs}`);
      } else if (state !== 'up') told.push(`recovered ${nowMs}`);
      state = 'up';
    } else if (step.kind !== 'history' && state !== 'unknown') {
      // A second stopping heartbeat counts as received too.
      if (step.kind === 'goodbye') heardMs = nowMs;
      if (state !== 'retired') told.push(`retired ${nowMs}`);
      state = 'retired';
      saidMs = nowMs;
    }
  }
  pass(endMs - nowMs);
  return told;
}

const of = (fixture: Fixture, index: number): LivenessEvent[] =>
  fixture.disk.events.filter(
    ({ subject }) =>
      subject && 'instance' in subject && subject.instance === instances[index]?.instance,
  );

describe('Evaluator: any script of senders', () => {
  it('reports the same, at the same time, as a reference model that evaluates everything every second', () =>
    fc.assert(
      fc.asyncProperty(anyScript, async (steps) => {
        const fixture = createFixture({ liveness: liveness() });
        for (const step of steps) {
          await perform(fixture, step);
          await fixture.flush();
        }
        await fixture.run(30_000);
        for (const index of instances.keys()) {
          const told = of(fixture, index).map(({ id, kind }) => `${kind} ${fixture.madeAtMs(id)}`);
          expect(told).toEqual(expected(steps, index, fixture.nowMs()));
        }
      }),
      { numRuns },
    ));
});

/** Follows the events of one instance: each goes on from what the one before said. */
function follow(events: readonly LivenessEvent[]): InstanceState {
  let told: InstanceState = 'retired';
  let isFlapping = false;
  for (const { kind, state = 'up', previous = 'retired' } of events) {
    expect(previous).toBe(told);
    if (kind === 'flapping') isFlapping = true;
    else if (kind === 'calm') isFlapping = false;
    else expect([isFlapping, kind]).toEqual([false, changeKind(told, state)]);
    told = state;
  }
  expect(isFlapping).toBe(false);
  return told;
}

const configurations: [string, Record<string, unknown>][] = [
  ['plainly', liveness()],
  ['with flapping', liveness({ flapping: { changes: 3, seconds: 20 } })],
  [
    'with mass outage',
    liveness({ massOutage: { minInstances: 2, share: 0.4, windowSeconds: 8, holdSeconds: 2 } }),
  ],
];

describe('Evaluator: any script with failures', () => {
  it.each(configurations)('reports everything once and has no false alarm, %s', (_, config) =>
    fc.assert(
      fc.asyncProperty(anyTroubledScript, fc.nat({ max: 20 }), async (steps, seconds) => {
        const fixture = createFixture({ liveness: config, checkpointEveryMs: 1_000 * seconds });
        const heard = new Map<number, number[]>();
        // Receipts between the last checkpoint and a crash are placed by the wall clock: if that was
        // set meanwhile, only the time since the return is sure.
        const isWallSet = steps.some(({ kind }) => kind === 'step');
        const leastMs = isWallSet ? 0.75 * lateMs : lateMs;
        for (const step of steps) {
          const atMs = fixture.nowMs();
          const isHeard = await perform(fixture, step);
          if (isHeard && 'who' in step) {
            heard.set(step.who, [...(heard.get(step.who) ?? []), atMs]);
          }
        }
        await fixture.run(40_000);
        for (const [index, identity] of instances.entries()) {
          const events = of(fixture, index);
          const told = follow(events);
          const ref = fixture.registry.find(identity);
          expect(told).toBe(ref === undefined ? 'retired' : fixture.registry.state(ref));
          expect(['down', 'retired']).toContain(told);
          const beats = heard.get(index) ?? [];
          for (const [place, { id, kind }] of events.entries()) {
            const beforeSeq = fixture.madeSeq(events[place - 1]?.id ?? '');
            if (kind === 'late') {
              const madeAtMs = fixture.madeAtMs(id);
              const lastMs = beats.findLast((ms) => ms < madeAtMs) ?? 0;
              expect([kind, madeAtMs - lastMs >= leastMs]).toEqual(['late', true]);
            } else if (kind === 'recovered' || kind === 'started') {
              // A heartbeat that is applied again after a crash revives no instance.
              expect([kind, fixture.madeSeq(id) > beforeSeq]).toEqual([kind, true]);
            }
          }
        }
        expect(fixture.evaluator.status()).toMatchObject({
          deferred: 0,
          flapping: 0,
          waitingEvents: 0,
        });
      }),
      { numRuns },
    ),
  );
});
