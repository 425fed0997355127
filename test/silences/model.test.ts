import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LivenessEvent } from '../../service/contract/event.ts';
import { createFixture, type Fixture } from '../liveness/fixture.ts';
import { instances } from '../liveness/script.ts';
import {
  anyQuietScript,
  anyTroubledQuietScript,
  type Made,
  performQuiet,
  type QuietStep,
} from './script.ts';

const lateMs = 5_000;
const downMs = 12_000;
const retireAfterMs = 60_000;
const liveness = {
  rules: [{ name: '*', lateSeconds: 5, downSeconds: 12 }],
  retireAfterSeconds: 60,
  flapping: { changes: 1_000, seconds: 1 },
};
const numRuns = Number(process.env['LIVENESS_RUNS'] ?? 80);

type State = 'unknown' | 'up' | 'late' | 'down' | 'retired';

/**
 * The reference model: one instance and all silences, evaluated every second from the beginning.
 * Returns what is reported, in brackets what is silenced.
 */
function expected(steps: readonly QuietStep[], index: number, endMs: number): string[] {
  const told: string[] = [];
  const silences: Made[] = [];
  let holding: Made[] = [];
  let nowMs = 0;
  let state: State = 'unknown';
  let heardMs = 0;
  let saidMs = Number.NEGATIVE_INFINITY;
  let isHeard = false;

  const covers = ({ who }: Made) => who === undefined || who === index;
  const tell = (kind: string, isAlarm: boolean) => {
    const isSilent = holding.some(covers) && (isAlarm || !isHeard);
    told.push(isSilent ? `(${kind}) ${nowMs}` : `${kind} ${nowMs}`);
    isHeard = isAlarm && (isHeard || !isSilent);
  };
  const turn = () => {
    const due = silences.filter(
      ({ fromMs, untilMs, endedMs }) => endedMs === undefined && nowMs >= fromMs && nowMs < untilMs,
    );
    const wasCovered = holding.some((one) => covers(one) && !due.includes(one));
    holding = due;
    // An instance that is forgotten in the same second is not down any more.
    const isDown = state === 'down' && nowMs - heardMs < downMs + retireAfterMs;
    if (isDown && wasCovered && !holding.some(covers)) tell('still_down', true);
  };
  const look = () => {
    const silentMs = nowMs - heardMs;
    const isAlive = state === 'up' || state === 'late';
    const forgetMs = state === 'down' ? downMs + retireAfterMs : retireAfterMs;
    if (isAlive && silentMs >= downMs) {
      state = 'down';
      tell('down', true);
    } else if (state === 'up' && silentMs >= lateMs) {
      state = 'late';
      tell('late', true);
    } else if ((state === 'down' || state === 'retired') && silentMs >= forgetMs) {
      if (state === 'down') tell('retired', false);
      state = 'unknown';
    }
  };
  const pass = (ms: number) => {
    const end = nowMs + ms;
    for (let tick = Math.floor(nowMs / 1_000) * 1_000 + 1_000; tick <= end; tick += 1_000) {
      nowMs = tick;
      turn();
      look();
    }
    nowMs = end;
  };

  for (const step of steps) {
    if (step.kind === 'wait') pass(step.ms);
    if (step.kind === 'silence') {
      const { who, delayMs, durationMs } = step;
      const fromMs = nowMs + delayMs;
      const one = { id: '', who, madeMs: nowMs, fromMs, untilMs: fromMs + durationMs };
      silences.push(one);
      if (delayMs === 0) holding.push(one);
    } else if (step.kind === 'end') {
      const one = silences[step.which];
      if (one && nowMs < one.untilMs) one.endedMs ??= nowMs;
    } else if ('who' in step && step.who === index) {
      if (step.kind === 'beat') {
        heardMs = nowMs;
        if (state === 'unknown' || (state === 'retired' && nowMs >= saidMs)) tell('started', false);
        else if (state !== 'up') tell('recovered', false);
        state = 'up';
      } else if (step.kind !== 'history' && state !== 'unknown') {
        // A second stopping heartbeat counts as received too.
        if (step.kind === 'goodbye') heardMs = nowMs;
        if (state !== 'retired') tell('retired', false);
        state = 'retired';
        saidMs = nowMs;
      }
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

describe('Evaluator: any silences', () => {
  it('reports the same and silences the same as a reference model that evaluates everything every second', () =>
    fc.assert(
      fc.asyncProperty(anyQuietScript, async (steps) => {
        const fixture = createFixture({ liveness });
        const made: Made[] = [];
        for (const step of steps) {
          await performQuiet(fixture, step, made);
          await fixture.flush();
        }
        await fixture.run(90_000);
        for (const index of instances.keys()) {
          const told = of(fixture, index).map(({ id, kind, silencedBy }) => {
            const atMs = fixture.madeAtMs(id);
            return silencedBy === undefined ? `${kind} ${atMs}` : `(${kind}) ${atMs}`;
          });
          expect(told).toEqual(expected(steps, index, fixture.nowMs()));
        }
      }),
      { numRuns },
    ));
});

const alarms: readonly string[] = ['late', 'down', 'still_down', 'flapping'];

/** What was notified pairs up. Returns whether something is not over in the end. */
function pairUp(events: readonly LivenessEvent[]): boolean {
  let isOpen = false;
  for (const { kind, state, silencedBy } of events) {
    const isAloud = silencedBy === undefined;
    if (alarms.includes(kind)) isOpen ||= isAloud;
    else {
      // What ends a notified alarm is never silenced.
      expect([kind, isOpen && !isAloud]).toEqual([kind, false]);
      isOpen = kind === 'calm' && isAloud && (state === 'late' || state === 'down');
    }
  }
  return isOpen;
}

const configurations: [string, Record<string, unknown>][] = [
  ['plainly', liveness],
  ['with flapping', { ...liveness, flapping: { changes: 3, seconds: 20 } }],
  [
    'with mass outage',
    {
      ...liveness,
      massOutage: { minInstances: 2, share: 0.4, windowSeconds: 8, holdSeconds: 2 },
    },
  ],
];

describe('Evaluator: any silences and failures', () => {
  it.each(configurations)(
    'reports each end of a silence once, and everything that is due, %s',
    (_, config) =>
      fc.assert(
        fc.asyncProperty(anyTroubledQuietScript, async (steps) => {
          const fixture = createFixture({ liveness: config });
          const made: Made[] = [];
          for (const step of steps) await performQuiet(fixture, step, made);
          // The wall clock may have been set by as much as an hour, back and back again.
          const later = fixture.evaluator.silences
            .list()
            .filter(({ state }) => state !== 'expired');
          for (const { id } of later) await fixture.evaluator.silences.end(id);
          await fixture.run(55_000);
          const isClockSet = steps.some(({ kind }) => kind === 'step');
          for (const [index, identity] of instances.entries()) {
            const events = of(fixture, index);
            const isOpen = pairUp(events);
            const ref = fixture.registry.find(identity);
            const state = ref === undefined ? 'retired' : fixture.registry.state(ref);
            expect([index, isOpen]).toEqual([index, state === 'late' || state === 'down']);
            const ends = events
              .filter(({ kind }) => kind === 'still_down')
              .map(({ data }) => data?.['silence']);
            // A silence that is active again after the clock was set back ends twice.
            if (!isClockSet) expect(new Set(ends).size).toBe(ends.length);
          }
          const ended = fixture.disk.events.filter(({ kind }) => kind === 'silence.ended');
          const ids = new Set(ended.map(({ data }) => data?.['id']));
          expect(ids).toEqual(new Set(made.map(({ id }) => id)));
          if (!isClockSet) expect(ended).toHaveLength(made.length);
          expect(fixture.evaluator.status()).toMatchObject({ deferred: 0, waitingEvents: 0 });
        }),
        { numRuns },
      ),
  );
});
