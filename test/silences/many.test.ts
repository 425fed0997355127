import { describe, expect, it } from '@jest/globals';
import { createFixture, type Fixture, orion } from '../liveness/fixture.ts';
import { fixtureOf, liveness, silence, story } from './fixture.ts';

describe('Evaluator: silences and many', () => {
  it('does not count silenced instances for a mass outage', async () => {
    const fixture = fixtureOf(Array.from({ length: 60 }, (_, n) => orion(`i${n}`)));
    await silence(fixture, { durationSeconds: 40 });
    await fixture.run(30_000);
    expect(fixture.kinds().filter((kind) => kind.startsWith('mass'))).toEqual([]);
    expect(fixture.kinds().filter((kind) => kind === 'down')).toHaveLength(60);
    await fixture.run(30_000);
    expect(fixture.kinds().filter((kind) => kind === 'still_down')).toHaveLength(60);
  });

  it('defers a repeated report until the end of a mass outage', async () => {
    const others = Array.from({ length: 60 }, (_, n) => ({ ...orion(`i${n}`), name: 'IDAS' }));
    const fixture = fixtureOf([orion('a')]);
    await silence(fixture, { durationSeconds: 30 });
    await fixture.run(20_000);
    for (const other of others) fixture.send(other);
    await fixture.run(14_000);
    expect(fixture.kinds()).toContain('mass_outage');
    expect(story(fixture, 'a')).toBe('started (late) (down)');
    await fixture.run(90_000);
    const kinds = fixture.kinds();
    expect(story(fixture, 'a')).toBe('started (late) (down) still_down');
    expect(kinds.indexOf('still_down')).toBeGreaterThan(kinds.indexOf('mass_outage.ended'));
  });

  it('goes through a large fleet in slices when one ends', async () => {
    const fixture = fixtureOf(Array.from({ length: 12_000 }, (_, n) => orion(`i${n}`)));
    await silence(fixture, { durationSeconds: 40 });
    await fixture.run(39_500);
    let most = 0;
    let before = performance.now();
    const turns = setInterval(() => {
      most = Math.max(most, performance.now() - before);
      before = performance.now();
    }, 1);
    await fixture.run(45_000);
    clearInterval(turns);
    expect(fixture.kinds().filter((kind) => kind === 'still_down')).toHaveLength(12_000);
    expect(most).toBeLessThan(1_000);
  });
});

describe('Evaluator: the price of silences', () => {
  it('is paid when an event is made, and by no heartbeat of an instance that is up', async () => {
    let asked = 0;
    const fixture = createFixture({
      liveness,
      watched(registry) {
        const { identity } = registry;
        // To match an instance, its identity has to be read.
        return Object.assign(registry, {
          identity(ref: number) {
            asked += 1;
            return identity(ref);
          },
        });
      },
    });
    await silence(fixture, { matchers: {}, everything: true });
    fixture.send(orion('a'));
    await fixture.run(1_000);
    asked = 0;
    for (let n = 0; n < 10_000; n++) fixture.send(orion('a'));
    expect(asked).toBe(0);
    await fixture.run(13_000);
    expect(story(fixture, 'a')).toBe('(started) (late) (down)');
    expect(asked).toBeLessThan(10);
  });
});

describe('Evaluator: silences and components', () => {
  const rules = [{ name: '*', lateSeconds: 5, downSeconds: 12, minInstances: 1 }];
  const component = (fixture: Fixture): string[] =>
    fixture.disk.events
      .filter(({ kind }) => kind.startsWith('component.'))
      .map(({ kind, silencedBy }) => (silencedBy === undefined ? kind : `(${kind})`));

  it('suppresses the events of a component, and reports a shortage again at its end', async () => {
    const fixture = fixtureOf([orion('a')], { liveness: { ...liveness, rules } });
    await silence(fixture, { durationSeconds: 20 });
    await fixture.run(15_000);
    expect(component(fixture)).toEqual(['(component.down)']);
    await fixture.run(15_000);
    expect(component(fixture)).toEqual(['(component.down)', 'component.down']);
    fixture.send(orion('a'));
    await fixture.run(2_000);
    expect(component(fixture)).toEqual([
      '(component.down)',
      'component.down',
      'component.recovered',
    ]);
  });

  it('notifies the recovery of a component whose shortage was notified', async () => {
    const fixture = fixtureOf([orion('a')], { liveness: { ...liveness, rules } });
    await fixture.run(15_000);
    await silence(fixture);
    fixture.send(orion('a'));
    await fixture.run(15_000);
    expect(component(fixture)).toEqual([
      'component.down',
      'component.recovered',
      '(component.down)',
    ]);
  });

  it('does not cover a component where single instances are meant', async () => {
    const fixture = fixtureOf([orion('a')], { liveness: { ...liveness, rules } });
    await silence(fixture, { matchers: { instance: 'a' } });
    await fixture.run(15_000);
    expect(component(fixture)).toEqual(['component.down']);
  });

  it('remembers over a restart what was notified', async () => {
    const fixture = fixtureOf([orion('a')], { liveness: { ...liveness, rules } });
    await silence(fixture, { durationSeconds: 40 });
    await fixture.run(15_000);
    fixture.kill();
    fixture.start();
    await fixture.run(15_000);
    expect(component(fixture)).toEqual(['(component.down)']);
    await fixture.run(15_000);
    expect(component(fixture)).toEqual(['(component.down)', 'component.down']);
  });

  it('defers the report of an expected component that never came', async () => {
    const expected = [{ name: 'Never', expected: true }];
    const fixture = createFixture({ liveness: { ...liveness, graceSeconds: 10, rules: expected } });
    await silence(fixture, { matchers: { name: 'Never' }, durationSeconds: 60 });
    await fixture.run(30_000);
    expect(fixture.kinds()).toEqual(['silence.created']);
    await fixture.run(40_000);
    expect(fixture.kinds()).toEqual(['silence.created', 'silence.ended', 'component.never_seen']);
  });
});
