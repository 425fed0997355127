import { describe, expect, it } from '@jest/globals';
import { MassOutage } from '../../service/liveness/reporting/mass-outage.ts';
import { createFixture, type Fixture, orion, type Sender } from './fixture.ts';

const settings = { share: 0.5, minInstances: 10, windowSeconds: 60, holdSeconds: 5 };

/** So many become absent in each second of a fleet of `size`. Returns the assessments. */
function phases(size: number, fallsPerSecond: readonly number[]) {
  const mass = new MassOutage(settings, new Map(), () => undefined);
  let ref = 0;
  return fallsPerSecond.map((falls, second) => {
    const nowMs = second * 1_000;
    for (let n = 0; n < falls; n++) mass.becameAbsent(ref++, nowMs);
    return mass.assess(nowMs, size - ref).kind;
  });
}

describe('MassOutage', () => {
  it.each([
    ['a few', 100, [1, 1, 1, 1], ['none', 'none', 'none', 'none']],
    ['a whole fleet that is small', 9, [9, 0], ['none', 'none']],
    [
      'half of a fleet at once',
      100,
      [50, 0, 0, 0, 0, 0],
      Array(5).fill('suspected').concat('none'),
    ],
    ['more than half of it at once', 100, [51, 0], ['began', 'lasts']],
    ['more and more of it', 100, [10, 20, 20, 1], ['suspected', 'suspected', 'suspected', 'began']],
    ['a burst that ends', 100, [8, 0, 0, 0, 0, 0], Array(5).fill('suspected').concat('none')],
    ['less than would make one in a minute', 1_000, [20, 20], ['none', 'none']],
  ])('sees %s', (_, size, falls, expected) => {
    expect(phases(size, falls)).toEqual(expected);
  });

  it('does not add up what lies further apart than the window', () => {
    const slowly = Array.from({ length: 400 }, (_, second) => (second % 10 === 0 ? 2 : 0));
    expect(new Set(phases(100, slowly))).toEqual(new Set(['none']));
  });

  it('does not count instances that returned', () => {
    const mass = new MassOutage(settings, new Map(), () => undefined);
    for (let round = 0; round < 50; round++) {
      for (let ref = 0; ref < 4; ref++) mass.becameAbsent(ref, round * 1_000);
      expect(mass.assess(round * 1_000, 6).kind).toBe('none');
      for (let ref = 0; ref < 4; ref++) mass.returned(ref);
    }
  });

  it('ends when no instance became absent for the window, and can begin again', () => {
    const mass = new MassOutage(settings, new Map(), () => undefined);
    for (let ref = 0; ref < 20; ref++) mass.becameAbsent(ref, 1_000);
    expect(mass.assess(1_000, 0)).toMatchObject({
      kind: 'began',
      outage: { absent: 20, wereUp: 20 },
    });
    mass.becameAbsent(20, 30_000);
    mass.returned(3);
    mass.returned(3);
    expect(mass.assess(89_999, 1).kind).toBe('lasts');
    expect(mass.assess(90_000, 1)).toMatchObject({
      kind: 'ended',
      outage: { absent: 21, returned: 1 },
    });
    expect(mass.assess(91_000, 1).kind).toBe('none');
    for (let ref = 0; ref < 20; ref++) mass.becameAbsent(ref, 200_000);
    expect(mass.assess(200_000, 0).kind).toBe('began');
  });
});

/** A fleet of senders whose heartbeats are spread over the interval, up for a while. */
async function fleet(size: number, intervalMs = 10_000) {
  const fixture = createFixture({
    liveness: { rules: [{ name: 'IDAS', minInstances: size }] },
  });
  const senders = Array.from({ length: size }, (_, index) =>
    fixture.sender(
      { ...orion(`i${index}`), name: index % 3 ? 'Orion' : 'IDAS' },
      { intervalMs, nextMs: (index * intervalMs) / size },
    ),
  );
  await fixture.run(3 * intervalMs + 50);
  fixture.disk.events.length = 0;
  return { fixture, senders };
}

const cut = (senders: readonly Sender[]) => {
  for (const sender of senders) sender.isAlive = false;
};

const connect = (fixture: Fixture, senders: readonly Sender[]) => {
  for (const sender of senders) {
    sender.nextMs = fixture.nowMs() + (sender.nextMs % sender.intervalMs);
    sender.isAlive = true;
  }
};

const count = (fixture: Fixture) =>
  Object.fromEntries(
    [...Map.groupBy(fixture.kinds(), (kind) => kind)].map(([kind, all]) => [kind, all.length]),
  );

describe('Evaluator: mass outage', () => {
  it('reports one event when all become absent, then each that stays absent', async () => {
    const { fixture, senders } = await fleet(60);
    cut(senders);
    await fixture.run(60_000);
    const early = fixture.kinds().filter((kind) => kind === 'late').length;
    expect(early).toBeLessThan(10);
    expect(count(fixture)).toMatchObject({ mass_outage: 1 });
    expect(fixture.disk.events.find(({ kind }) => kind === 'mass_outage')).toMatchObject({
      data: {
        wereUp: 60,
        components: [
          { name: 'Orion', version: '1.0', absent: expect.any(Number), up: expect.any(Number) },
          { name: 'IDAS', version: '1.0', absent: expect.any(Number), up: expect.any(Number) },
        ],
        moreComponents: 0,
        instances: expect.arrayContaining([expect.objectContaining({ instance: 'i10' })]),
      },
    });
    await fixture.run(60_000);
    const { late = 0, ...rest } = count(fixture);
    expect(late).toBe(early);
    expect(rest).toEqual({
      mass_outage: 1,
      'mass_outage.ended': 1,
      down: 60,
      'component.down': 1,
    });
    expect(fixture.evaluator.status()).toMatchObject({ deferred: 0, isMassOutage: false });
  });

  it('reports nothing more of instances that return while it lasts', async () => {
    const { fixture, senders } = await fleet(60);
    cut(senders);
    await fixture.run(35_000);
    connect(fixture, senders.slice(0, 50));
    await fixture.run(120_000);
    const { late = 0, recovered = 0, ...rest } = count(fixture);
    expect(recovered).toBe(late);
    expect(rest).toEqual({
      mass_outage: 1,
      'mass_outage.ended': 1,
      down: 10,
      'component.degraded': 1,
    });
    expect(fixture.disk.events.find(({ kind }) => kind === 'mass_outage.ended')).toMatchObject({
      data: { absent: 60, returned: 50, stillAbsent: 10 },
    });
  });

  it.each([22_000, 27_000, 31_000, 45_000, 88_000, 91_000, 93_000])(
    'is reported once when the service dies %d ms after the cut',
    async (ms) => {
      const { fixture, senders } = await fleet(60);
      cut(senders);
      await fixture.run(ms);
      fixture.kill();
      await fixture.run(5_000);
      fixture.start();
      await fixture.run(250_000);
      const { late = 0, ...rest } = count(fixture);
      expect(late).toBeLessThan(10);
      expect(rest).toEqual({
        mass_outage: 1,
        'mass_outage.ended': 1,
        down: 60,
        'component.down': 1,
      });
    },
  );

  it('counts each absent instance once, however often the service dies meanwhile', async () => {
    const { fixture, senders } = await fleet(60);
    cut(senders);
    await fixture.run(45_000);
    for (let n = 0; n < 3; n++) {
      fixture.kill();
      await fixture.run(2_000);
      fixture.start();
      await fixture.run(3_000);
    }
    await fixture.run(250_000);
    const ended = fixture.disk.events.find(({ kind }) => kind === 'mass_outage.ended');
    expect(ended?.data).toMatchObject({ absent: 60, wereUp: 60, stillAbsent: 60 });
  });

  it('never defers an ordinary death', async () => {
    const { fixture, senders } = await fleet(100, 1_000);
    const dead = senders.slice(3, 7);
    cut(dead);
    const lastHeardMs = dead.map(({ nextMs }) => nextMs - 1_000);
    await fixture.run(10_000);
    for (const [index, sender] of dead.entries()) {
      const events = fixture.disk.events.filter(
        ({ subject }) => subject && 'instance' in subject && subject.instance === sender.instance,
      );
      expect(events.map(({ kind }) => kind)).toEqual(['late', 'down']);
      for (const [place, { id }] of events.entries()) {
        const dueMs = (lastHeardMs[index] ?? 0) + (place === 0 ? 2_000 : 4_000);
        expect(fixture.madeAtMs(id) - dueMs).toBeLessThanOrEqual(1_000);
      }
    }
  });

  it('defers for some seconds when a part becomes absent at once, and reports each then', async () => {
    const { fixture, senders } = await fleet(60);
    cut(senders.slice(1, 13));
    await fixture.run(15_000);
    expect(fixture.kinds()).toEqual([]);
    await fixture.run(5_000);
    expect(count(fixture)).toEqual({ late: 12 });
    await fixture.run(15_000);
    expect(count(fixture)).toEqual({ late: 12, down: 12, 'component.degraded': 1 });
  });

  it('is none in a small fleet', async () => {
    const { fixture, senders } = await fleet(9);
    cut(senders);
    await fixture.run(60_000);
    expect(count(fixture)).toEqual({
      late: 9,
      down: 9,
      'component.degraded': 1,
      'component.down': 1,
    });
  });
});
