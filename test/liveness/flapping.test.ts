import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Flapping } from '../../service/liveness/reporting/flapping.ts';
import { createFixture, orion } from './fixture.ts';

describe('Flapping', () => {
  it('begins with the change that is one too many, and lasts until it was calm', () => {
    const flapping = new Flapping({ changes: 3, seconds: 10 });
    expect([0, 3, 6].map((s) => flapping.change(1, s * 1_000))).toEqual(['no', 'no', 'no']);
    expect(flapping.change(1, 9_000)).toBe('begins');
    expect(flapping.change(1, 15_000)).toBe('continues');
    expect(flapping.takeCalm(24_999)).toEqual([]);
    expect(flapping.takeCalm(25_000)).toEqual([1]);
    expect(flapping.change(1, 26_000)).toBe('no');
  });

  it('forgets changes that are older than the time', () => {
    const flapping = new Flapping({ changes: 2, seconds: 10 });
    const phases = [0, 5, 10, 15, 20, 24].map((s) => flapping.change(1, s * 1_000));
    expect(phases).toEqual(['no', 'no', 'no', 'no', 'no', 'begins']);
  });

  it('finds the same as a search through all changes, for each instance', () => {
    const anyChanges = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 4_000 })), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(anyChanges, (steps) => {
        const flapping = new Flapping({ changes: 3, seconds: 10 });
        const history = new Map<number, number[]>();
        let nowMs = 0;
        for (const [ref, afterMs] of steps) {
          nowMs += afterMs;
          for (const calm of flapping.takeCalm(nowMs)) history.delete(calm);
          const times = [...(history.get(ref) ?? []), nowMs];
          history.set(ref, times);
          const before = times.slice(0, -1);
          const isOneTooMany = (until: readonly number[]) =>
            until.filter((ms) => ms > (until.at(-1) ?? 0) - 10_000).length > 3;
          const wasFlapping = before.some((_, index) => isOneTooMany(before.slice(0, index + 1)));
          const now = isOneTooMany(times) ? 'begins' : 'no';
          expect(flapping.change(ref, nowMs)).toBe(wasFlapping ? 'continues' : now);
        }
      }),
    );
  });

  it('remembers a bounded number of instances', () => {
    const flapping = new Flapping({ changes: 2, seconds: 1_000_000 });
    flapping.change(0, 0);
    flapping.change(0, 0);
    for (let ref = 1; ref <= 50_000; ref++) flapping.change(ref, ref);
    expect(flapping.change(0, 60_000)).toBe('no');
    expect(flapping.change(50_000, 60_001)).toBe('no');
    expect(flapping.change(50_000, 60_002)).toBe('begins');
  });
});

describe('Evaluator: flapping', () => {
  const liveness = {
    rules: [{ name: '*', lateSeconds: 4, downSeconds: 100 }],
    flapping: { changes: 4, seconds: 60 },
  };

  /** Beats every six seconds, where four are late. */
  const flap = async (fixture: ReturnType<typeof createFixture>, times: number) => {
    for (let n = 0; n < times; n++) {
      fixture.send(orion('a'));
      await fixture.run(6_000);
    }
  };

  it('is reported once, and then the state in which the instance is calm', async () => {
    const fixture = createFixture({ liveness });
    await flap(fixture, 12);
    const told = ['started', 'late', 'recovered', 'late', 'recovered', 'flapping'];
    expect(fixture.kinds()).toEqual(told);
    expect(fixture.evaluator.status().flapping).toBe(1);
    for (let n = 0; n < 40; n++) {
      fixture.send(orion('a'));
      await fixture.run(2_000);
    }
    expect(fixture.kinds()).toEqual([...told, 'calm']);
    expect(fixture.disk.events.at(-1)).toMatchObject({ state: 'up', previous: 'late' });
    await fixture.run(10_000);
    expect(fixture.kinds()).toEqual([...told, 'calm', 'late']);
  });

  it('is reported once across restarts', async () => {
    const fixture = createFixture({ liveness });
    await flap(fixture, 6);
    fixture.kill();
    fixture.start();
    await flap(fixture, 6);
    await fixture.stop();
    fixture.start();
    await flap(fixture, 6);
    expect(fixture.kinds().filter((kind) => kind === 'flapping')).toHaveLength(1);
    await fixture.run(200_000);
    expect(fixture.kinds().slice(6)).toEqual(['calm', 'down']);
    expect(fixture.disk.events.at(-2)).toMatchObject({ kind: 'calm', state: 'late' });
  });
});
