import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type RelayConfig, relaysSection } from '../../service/config/sections/relays.ts';
import type { EventBody } from '../../service/contract/event.ts';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import { identityKey } from '../../service/contract/instance.ts';
import { Relay } from '../../service/relays/relay.ts';
import { SteadyTime } from '../../service/relays/steady-time.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const startMs = Date.UTC(2026, 0, 1);
const checkMs = 250;
const target = { type: 'http', url: 'http://127.0.0.1:9/' };

/** The configuration with defaults. */
function configOf(given: object): RelayConfig {
  const [config] = relaysSection.parse([{ name: 'dome', target, ...given }]);
  if (!config) throw new Error('no relay');
  return config;
}

/** A relay with a clock and a target of its own. Its life ends with `restart`; its settings stay. */
class Fixture {
  readonly events: EventBody[] = [];
  readonly config: RelayConfig;
  wallMs = startMs;
  monotonicMs = 0;
  emissions = 0;
  onEmit: () => void = () => undefined;
  /** Resolves the emission that is under way; undefined if it succeeds at once. */
  failure: string | undefined;
  relay: Relay;
  readonly #settings = new Map<string, string>();
  readonly #known = new Map<string, Heartbeat>();

  constructor(given: object) {
    this.config = configOf(given);
    this.relay = this.#open();
  }

  #open(): Relay {
    const clock = {
      now: () => this.wallMs,
      monotonic: () => this.monotonicMs,
      sleep: async () => undefined,
    };
    const instances = {
      known: () => this.#known.values(),
      isExpected: (identity: Heartbeat | Parameters<typeof identityKey>[0]) =>
        this.#known.has(identityKey(identity)),
      clockOffsetMs: () => 0,
    };
    const runtime = {
      clock,
      log: createRecordedLog().log,
      metrics: createMetrics({ destination: [], relay: ['dome'] }),
    };
    const parts = {
      target: {
        emit: async () => {
          this.emissions++;
          this.onEmit();
          return this.failure;
        },
        close: () => undefined,
      },
      time: new SteadyTime(clock),
      instances,
      saved: this.#settings,
      record: async (events: readonly EventBody[], settings: ReadonlyMap<string, string>) => {
        this.events.push(...events);
        for (const [key, value] of settings) this.#settings.set(key, value);
      },
    };
    return new Relay(this.config, parts, runtime);
  }

  restart(): void {
    this.relay.close();
    this.relay = this.#open();
    this.relay.check();
  }

  /** Time passes, with the evaluations that belong to it. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= checkMs) {
      this.monotonicMs += Math.min(left, checkMs);
      this.wallMs += Math.min(left, checkMs);
      this.relay.check();
      await settle();
    }
  }

  /** The process does not run. */
  stall(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
  }

  async beat(name: string, lateMs = 0, status?: 'stopping'): Promise<void> {
    const heartbeat: Heartbeat = {
      ...{ name, version: '1', instance: 'a' },
      timestampMs: this.wallMs - lateMs,
      receivedAtMs: this.wallMs,
      ...(status ? { status } : {}),
    };
    if (status) this.#known.delete(identityKey(heartbeat));
    else this.#known.set(identityKey(heartbeat), heartbeat);
    this.relay.received([heartbeat]);
    await settle();
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  get isOpen(): boolean {
    return this.relay.view().state === 'open';
  }
}

const settle = async () => {
  for (let n = 0; n < 5; n++) await Promise.resolve();
};

const sources = [
  { name: 'a', within: 5 },
  { name: 'b', within: 8 },
  { name: 'c', within: 5, critical: false },
];
const withinMs: Readonly<Record<string, number>> = { a: 5_000, b: 8_000 };
const critical = Object.keys(withinMs);

describe('Relay', () => {
  it('emits on arrival of a critical source, at most every cutoff', async () => {
    const fixture = new Fixture({ mode: 'on-arrival', cutoff: 2, sources });
    await fixture.beat('a');
    expect(fixture.emissions).toBe(0);
    await fixture.beat('c');
    await fixture.beat('b');
    expect(fixture.emissions).toBe(1);
    await fixture.pass(1_900);
    await fixture.beat('a');
    await fixture.beat('b');
    expect(fixture.emissions).toBe(1);
    await fixture.pass(100);
    await fixture.beat('c');
    expect(fixture.emissions).toBe(1);
    await fixture.beat('b');
    expect(fixture.emissions).toBe(2);
    await fixture.pass(4_000);
    expect(fixture.emissions).toBe(2);
  });

  it('emits every interval while all sources are fresh, if steady', async () => {
    const fixture = new Fixture({ interval: 2, sources: [{ name: 'a', within: 3 }] });
    await fixture.pass(3_000);
    expect(fixture.emissions).toBe(0);
    for (let n = 0; n < 10; n++) {
      await fixture.beat('a');
      await fixture.pass(1_000);
    }
    expect(fixture.emissions).toBe(5);
    await fixture.pass(20_000);
    expect(fixture.emissions).toBe(6);
    expect(fixture.kinds()).toEqual(['relay.opened', 'relay.closed']);
  });

  it('reports a close with the missing sources, no later than a second after their time', async () => {
    const fixture = new Fixture({ sources });
    await fixture.beat('a');
    await fixture.beat('b');
    await fixture.pass(250);
    await fixture.pass(4_750);
    expect(fixture.isOpen).toBe(true);
    await fixture.pass(1_000);
    expect(fixture.events.at(-1)).toMatchObject({
      kind: 'relay.closed',
      reason: 'The relay dome is closed. The last heartbeat of a/1/a is 5 s old; the limit is 5 s.',
      data: { relay: 'dome', missing: ['a/1/a'] },
    });
  });

  it('is not opened by late heartbeats from the past', async () => {
    const fixture = new Fixture({ sources });
    await fixture.beat('b');
    await fixture.beat('a', 60_000);
    await fixture.pass(500);
    expect(fixture.isOpen).toBe(false);
    await fixture.beat('a', 4_000);
    await fixture.pass(500);
    expect(fixture.isOpen).toBe(true);
    await fixture.pass(1_000);
    expect(fixture.isOpen).toBe(false);
  });

  it('stays closed after a restart until every source has sent, and reports that', async () => {
    const fixture = new Fixture({ sources });
    await fixture.beat('a');
    await fixture.beat('b');
    await fixture.pass(250);
    fixture.restart();
    expect(fixture.isOpen).toBe(false);
    expect(fixture.events.at(-1)?.reason).toContain(
      'a/1/a has sent no heartbeat since the start of the service.',
    );
    await fixture.beat('a');
    await fixture.pass(250);
    expect(fixture.isOpen).toBe(false);
    await fixture.beat('b');
    await fixture.pass(250);
    expect(fixture.kinds()).toEqual(['relay.opened', 'relay.closed', 'relay.opened']);
  });

  it('does not wait for an instance that has stopped on purpose, if another one is fresh', async () => {
    const fixture = new Fixture({ sources: [{ name: '?', within: 5 }] });
    await fixture.beat('a');
    await fixture.beat('b');
    await fixture.pass(250);
    await fixture.beat('b', 0, 'stopping');
    await fixture.pass(4_000);
    await fixture.beat('a');
    await fixture.pass(4_000);
    expect(fixture.isOpen).toBe(true);
    await fixture.beat('a', 0, 'stopping');
    await fixture.pass(250);
    expect(fixture.relay.view().reasons).toEqual([
      'No instance that matches ?/*/* has sent a heartbeat.',
    ]);
  });

  it('is held open by a bypass, also after a restart, which ends by itself', async () => {
    const fixture = new Fixture({ interval: 2, sources });
    await fixture.relay.bypass({ by: 'ann', reason: 'mirror cleaning' }, 10_000);
    expect(fixture.events.map(({ kind, reason }) => [kind, reason])).toEqual([
      [
        'admin.acted',
        'The relay dome is bypassed until 2026-01-01T00:00:10.000Z, by ann: mirror cleaning',
      ],
      [
        'relay.opened',
        'The relay dome is held open until 2026-01-01T00:00:10.000Z, by ann: mirror cleaning',
      ],
    ]);
    await fixture.pass(4_000);
    fixture.restart();
    expect(fixture.isOpen).toBe(true);
    await fixture.pass(5_500);
    expect(fixture.emissions).toBe(6);
    expect(fixture.relay.view().bypass).toMatchObject({ by: 'ann', reason: 'mirror cleaning' });
    await fixture.pass(1_000);
    expect(fixture.isOpen).toBe(false);
    expect(fixture.kinds()).toEqual(['admin.acted', 'relay.opened', 'relay.closed']);
  });

  it('ends a bypass no later if the wall clock is set back, and after a restart then ends it', async () => {
    const fixture = new Fixture({ sources });
    await fixture.relay.bypass({ by: 'ann', reason: 'x' }, 10_000);
    fixture.wallMs -= 3_600_000;
    await fixture.pass(9_000);
    expect(fixture.isOpen).toBe(true);
    await fixture.pass(1_500);
    expect(fixture.isOpen).toBe(false);
    await fixture.relay.bypass({ by: 'ann', reason: 'x' }, 10_000);
    fixture.wallMs -= 3_600_000;
    fixture.restart();
    expect(fixture.isOpen).toBe(false);
  });

  it('aborts nothing and repeats a failed emission with the next arrival, after a second', async () => {
    const fixture = new Fixture({ mode: 'on-arrival', cutoff: 10, sources });
    fixture.failure = 'the response status was 503';
    await fixture.beat('a');
    await fixture.beat('b');
    await fixture.beat('b');
    expect(fixture.emissions).toBe(1);
    expect(fixture.relay.view()).toMatchObject({ lastEmitted: null, lastError: fixture.failure });
    await fixture.pass(1_000);
    fixture.failure = undefined;
    await fixture.beat('b');
    await fixture.pass(1_000);
    await fixture.beat('b');
    expect(fixture.emissions).toBe(2);
    expect(fixture.relay.view()).toMatchObject({ lastError: null });
  });
});

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

async function perform(act: Act, fixture: Fixture, model: Model): Promise<void> {
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
        const fixture = new Fixture({ sources });
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
          const fixture = new Fixture({ mode, interval: 1, cutoff: 1, sources });
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
