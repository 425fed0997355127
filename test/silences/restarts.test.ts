import { describe, expect, it } from '@jest/globals';
import { createFixture, type Fixture, orion } from '../liveness/fixture.ts';
import { fixtureOf, liveness, minute, silence, story } from './fixture.ts';

describe('Evaluator: silences over restarts', () => {
  it.each([0, 5_000, 14_000, 25_000])('is active after a crash at %d ms', async (crashMs) => {
    const fixture = fixtureOf([orion('a')]);
    await silence(fixture, { durationSeconds: 100 });
    await fixture.run(crashMs);
    fixture.kill();
    fixture.start();
    await fixture.run(40_000);
    expect(story(fixture, 'a')).toBe('started (late) (down)');
    await fixture.run(100_000);
    expect(story(fixture, 'a')).toBe('started (late) (down) still_down');
    fixture.kill();
    fixture.start();
    await fixture.run(20_000);
    expect(story(fixture, 'a')).toBe('started (late) (down) still_down');
  });

  it('ends while the service is down, and reports that after the start', async () => {
    const fixture = fixtureOf([orion('a')]);
    await silence(fixture, { durationSeconds: 60 });
    await fixture.run(20_000);
    fixture.kill();
    await fixture.run(100_000);
    fixture.start();
    await fixture.run(3_000);
    expect(story(fixture, 'a')).toBe('started (late) (down) still_down');
    expect(fixture.kinds().filter((kind) => kind === 'silence.ended')).toHaveLength(1);
  });

  it.each([
    ['were silenced', 0, 30_500],
    ['were notified before it', 16_000, 14_500],
  ])(
    'reports each instance once when it dies while it reports many that %s',
    async (_, beforeMs, ms) => {
      const fleet = Array.from({ length: 3_000 }, (_, n) => orion(`i${n}`));
      const all = { ...liveness, massOutage: { share: 1 } };
      const fixture = fixtureOf(fleet, { liveness: all, checkpointEveryMs: 1e9 });
      await fixture.run(beforeMs);
      await silence(fixture, {
        durationSeconds: 30 - beforeMs / 1_000,
        matchers: { instance: 'i?*' },
      });
      await fixture.run(ms);
      const told = () =>
        fixture.disk.events
          .filter(({ kind }) => kind === 'still_down')
          .map(({ subject }) => subject);
      expect(told().length).toBeGreaterThan(0);
      expect(told().length).toBeLessThan(3_000);
      fixture.kill();
      fixture.start();
      await fixture.run(10_000);
      expect(told()).toHaveLength(3_000);
      expect(new Set(told().map((subject) => JSON.stringify(subject))).size).toBe(3_000);
    },
  );
});

describe('Evaluator: silences and the wall clock', () => {
  const states = (fixture: Fixture) => fixture.evaluator.silences.list().map(({ state }) => state);

  it('ends with the clock that is set forward, and is active again when it is set back', async () => {
    const fixture = fixtureOf([orion('a')]);
    await silence(fixture, { durationSeconds: 1_800 });
    await fixture.run(20_000);
    fixture.time.stepWall(60 * minute);
    await fixture.run(3_000);
    expect([states(fixture), story(fixture, 'a')]).toEqual([
      ['expired'],
      'started (late) (down) still_down',
    ]);
    fixture.time.stepWall(-60 * minute);
    await fixture.run(3_000);
    fixture.send(orion('a'));
    await fixture.run(20_000);
    expect([states(fixture), story(fixture, 'a')]).toEqual([
      ['active'],
      'started (late) (down) still_down recovered (late) (down)',
    ]);
  });

  it('stays active when the clock is set back, if it was active from the beginning', async () => {
    const fixture = fixtureOf([orion('a')]);
    await silence(fixture, { durationSeconds: 1_800 });
    fixture.time.stepWall(-60 * minute);
    await fixture.run(20_000);
    expect([states(fixture), story(fixture, 'a')]).toEqual([['active'], 'started (late) (down)']);
    fixture.kill();
    fixture.start();
    await fixture.run(2_000);
    expect(states(fixture)).toEqual(['active']);
  });

  it('waits again when the clock is set back to before the time that it was given', async () => {
    const fixture = fixtureOf([orion('a')]);
    await silence(fixture, { from: fixture.time.clock.now() + 30 * minute });
    await fixture.run(1_000);
    fixture.time.stepWall(60 * minute);
    await fixture.run(20_000);
    expect([states(fixture), story(fixture, 'a')]).toEqual([['active'], 'started (late) (down)']);
    fixture.time.stepWall(-60 * minute);
    await fixture.run(3_000);
    expect([states(fixture), story(fixture, 'a')]).toEqual([
      ['pending'],
      'started (late) (down) still_down',
    ]);
    expect(fixture.kinds()).not.toContain('silence.ended');
  });

  it('is not active again when it was deleted', async () => {
    const fixture = fixtureOf([orion('a')]);
    const id = await silence(fixture);
    await fixture.evaluator.silences.end(id);
    await fixture.run(2_000);
    fixture.time.stepWall(-60 * minute);
    await fixture.run(20_000);
    expect([states(fixture), story(fixture, 'a')]).toEqual([['expired'], 'started late down']);
  });

  it('passes over a silence whose time never came', async () => {
    const fixture = createFixture({ liveness });
    await silence(fixture, { from: fixture.time.clock.now() + minute, durationSeconds: 60 });
    fixture.time.stepWall(60 * minute);
    await fixture.run(2_000);
    expect(fixture.kinds()).toEqual(['silence.created', 'silence.ended']);
  });
});
