import { describe, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../service/contract/event.ts';
import type { Identity } from '../../service/contract/instance.ts';
import { createFixture, type Fixture, orion } from './fixture.ts';

const liveness = {
  rules: [{ name: '*', lateSeconds: 5, downSeconds: 10 }],
  reminders: { everySeconds: 60 },
  massOutage: { share: 1 },
};

function fixtureOf(instances: readonly Identity[], more: Record<string, unknown> = {}): Fixture {
  const fixture = createFixture({ liveness: { ...liveness, ...more } });
  for (const identity of instances) fixture.send(identity);
  return fixture;
}

const some = (count: number, name = 'Orion') =>
  Array.from({ length: count }, (_, n) => ({ ...orion(`${name}-${n}`), name }));

const reminders = (fixture: Fixture): LivenessEvent[] =>
  fixture.disk.events.filter(({ kind }) => kind === 'still_down');
/** The second in which each was made; evaluations may be between seconds after a restart. */
const seconds = (fixture: Fixture): number[] =>
  reminders(fixture).map(({ id }) => Math.floor(fixture.madeAtMs(id) / 1_000));

describe('Evaluator: reminders', () => {
  it('are not made when they are off', async () => {
    const fixture = fixtureOf([orion('a')], { reminders: {} });
    await fixture.run(600_000);
    expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
  });

  it('are made every round for an instance that is down, until its heartbeat', async () => {
    const fixture = fixtureOf([orion('a')]);
    await fixture.run(200_000);
    expect(seconds(fixture)).toEqual([60, 120, 180]);
    expect(reminders(fixture)[1]).toMatchObject({
      subject: orion('a'),
      state: 'down',
      previous: 'down',
      ageSeconds: 120,
      reason: 'No heartbeat for 2 min: still down.',
    });
    const sender = fixture.sender(orion('a'), { intervalMs: 3_000, declares: false });
    await fixture.run(200_000);
    expect(seconds(fixture)).toEqual([60, 120, 180]);
    sender.isAlive = false;
    await fixture.run(100_000);
    // Down at 410: half a round before the one at 480, which counts.
    expect(seconds(fixture)).toEqual([60, 120, 180, 480]);
  });

  it('leave out an instance that has not been down for half a round', async () => {
    const fixture = fixtureOf([]);
    await fixture.run(25_000);
    fixture.send(orion('a'));
    await fixture.run(120_000);
    expect(seconds(fixture)).toEqual([120]);
  });

  it('are made no more often than configured', async () => {
    const fixture = fixtureOf([orion('a')], { reminders: { everySeconds: 60, most: 2 } });
    await fixture.run(600_000);
    expect(seconds(fixture)).toEqual([60, 120]);
  });

  it('group many instances of a component in one event', async () => {
    const fixture = fixtureOf([...some(30), ...some(5, 'IDAS')]);
    await fixture.run(60_000);
    const [single, group] = [true, false].map((isSingle) =>
      reminders(fixture).filter(({ subject }) => subject && 'instance' in subject === isSingle),
    );
    expect(single?.map(({ subject }) => subject?.name)).toEqual(Array(5).fill('IDAS'));
    expect(group).toMatchObject([
      {
        subject: { name: 'Orion', version: '1.0' },
        reason: '30 instances are still down, the longest without a heartbeat for 1 min.',
        data: { down: 30, moreInstances: 10, instances: expect.arrayContaining(['Orion-3']) },
      },
    ]);
  });

  it('group very many components in one event', async () => {
    const fixture = fixtureOf(
      Array.from({ length: 300 }, (_, n) => ({ ...orion('x'), name: `c${n}` })),
    );
    await fixture.run(120_000);
    expect(reminders(fixture)).toMatchObject([
      { subject: undefined, data: { down: 300, moreComponents: 280 } },
      { subject: undefined },
    ]);
  });

  it('leave out instances that a silence covers', async () => {
    const fixture = fixtureOf([orion('a'), orion('b')]);
    await fixture.run(20_000);
    await fixture.evaluator.silences.create({
      matchers: { instance: 'a' },
      durationSeconds: 130,
      reason: 'a test',
      author: 'me',
    });
    await fixture.run(160_000);
    const told = reminders(fixture).map(({ id, subject }) => [
      subject && 'instance' in subject && subject.instance,
      fixture.madeAtMs(id) / 1_000,
    ]);
    expect(told).toEqual([
      ['b', 60],
      ['b', 120],
      ['a', 150],
      ['a', 180],
      ['b', 180],
    ]);
  });

  it('make one event when a silence ends with a round', async () => {
    const fixture = fixtureOf([orion('a')]);
    await fixture.evaluator.silences.create({
      matchers: { instance: 'a' },
      durationSeconds: 60,
      reason: 'a test',
      author: 'me',
    });
    await fixture.run(70_000);
    expect(seconds(fixture)).toEqual([60]);
  });

  it('wait for the end of a mass outage', async () => {
    const massOutage = { share: 0.5, minInstances: 10, windowSeconds: 60 };
    const fixture = fixtureOf([orion('a')], { massOutage });
    await fixture.run(40_000);
    for (const identity of some(30, 'IDAS')) fixture.send(identity);
    await fixture.run(300_000);
    const kinds = fixture.kinds();
    expect(kinds).toContain('mass_outage');
    const [first] = reminders(fixture);
    expect(kinds.indexOf('still_down')).toBeGreaterThan(kinds.indexOf('mass_outage.ended'));
    expect(first?.subject).toEqual(orion('a'));
  });
});

describe('Evaluator: reminders over restarts', () => {
  it.each(['kill', 'stop'] as const)('keep the rounds over a %s at any time', async (way) => {
    for (let restartMs = 55_000; restartMs <= 65_000; restartMs += 500) {
      const fixture = fixtureOf([orion('a'), orion('b')]);
      await fixture.run(restartMs);
      if (way === 'kill') fixture.kill();
      else await fixture.stop();
      fixture.start();
      await fixture.run(190_000 - restartMs);
      expect(seconds(fixture)).toEqual([60, 60, 120, 120, 180, 180]);
    }
  });

  it('do not count blind time', async () => {
    const fixture = fixtureOf([orion('a')]);
    await fixture.run(70_000);
    fixture.kill();
    await fixture.run(1_000_000);
    fixture.start();
    await fixture.run(60_000);
    expect(seconds(fixture)).toEqual([60, 1_120]);
  });

  it('are not moved by the wall clock', async () => {
    const fixture = fixtureOf([orion('a')]);
    await fixture.run(70_000);
    fixture.time.stepWall(3_600_000);
    await fixture.run(10_000);
    fixture.time.stepWall(-7_200_000);
    await fixture.run(110_000);
    expect(seconds(fixture)).toEqual([60, 120, 180]);
  });

  it('begin anew with another time between rounds', async () => {
    const fixture = fixtureOf([orion('a')]);
    await fixture.run(70_000);
    await fixture.stop();
    fixture.configure({ liveness: { ...liveness, reminders: { everySeconds: 100 } } });
    fixture.start();
    await fixture.run(150_000);
    expect(seconds(fixture)).toEqual([60, 100, 200]);
  });
});
