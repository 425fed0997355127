import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createFixture, type Fixture, orion } from './fixture.ts';

/** Repeatable chance. */
function createRandom(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const jittering = (seed: number, share: number) => {
  const random = createRandom(seed);
  return () => 1 + share * (2 * random() - 1);
};

/** One that declares its interval, and one that beats at half of the default of being late. */
function addSenders(fixture: Fixture) {
  fixture.sender(orion('declares'), { intervalMs: 10_000, jitter: jittering(1, 0.02) });
  const config = { intervalMs: 60_000, declares: false, jitter: jittering(2, 0.02) };
  fixture.sender(orion('declares nothing'), config);
}

const onlyStarted = (fixture: Fixture) =>
  expect(fixture.kinds().filter((kind) => kind !== 'started')).toEqual([]);

describe('Evaluator: live senders', () => {
  it('reports nothing in 10,000 periods with a jitter of 2 %', async () => {
    const fixture = createFixture();
    addSenders(fixture);
    await fixture.run(10_000 * 10_000);
    expect(fixture.kinds()).toEqual(['started', 'started']);
  });

  it('reports nothing in 10,000 periods of the shortest interval, with a lag in each', async () => {
    const fixture = createFixture();
    fixture.sender(orion('a'), { intervalMs: 1_000, jitter: jittering(3, 0.02) });
    const lag = jittering(4, 1);
    for (let n = 0; n < 10_000; n++) {
      await fixture.run(700);
      await fixture.stall(300 * lag());
    }
    expect(fixture.kinds()).toEqual(['started']);
  });

  it('reports nothing when the wall clock is set', async () => {
    const fixture = createFixture();
    addSenders(fixture);
    for (const step of [3_600_000, -3_600_000, -3_600_000, 3_600_000, 86_400_000]) {
      await fixture.run(33_000);
      fixture.time.stepWall(step);
      await fixture.run(301_000);
    }
    onlyStarted(fixture);
    expect(fixture.evaluator.status().blindMs).toMatchObject({ stall: 0, suspend: 0 });
  });

  it('reports nothing when the wall clock is set, of senders with timestamps of their own', async () => {
    const fixture = createFixture();
    let setMs = 0;
    for (const step of [0, 3_600_000, -3_600_000, -3_600_000, 3_600_000]) {
      fixture.time.stepWall(step);
      setMs += step;
      for (let n = 0; n < 60; n++) {
        fixture.send(orion('a'), {
          intervalSeconds: 10,
          timestampMs: fixture.time.clock.now() - setMs,
        });
        await fixture.run(10_000);
      }
    }
    expect(fixture.kinds()).toEqual(['started']);
    // What is older than the clock was set is history nevertheless.
    fixture.time.stepWall(3_600_000);
    const timestampMs = fixture.time.clock.now() - 3_600_000 - 400_000;
    for (let n = 0; n < 10; n++) {
      fixture.send(orion('a'), { intervalSeconds: 10, timestampMs });
      await fixture.run(10_000);
    }
    expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
  });

  it('reports nothing when the service returns twice within one checkpoint, and is killed', async () => {
    for (const gapMs of [1_300, 2_300, 3_300, 4_300]) {
      const fixture = createFixture({ checkpointEveryMs: 20_000 });
      const sender = fixture.sender(orion('a'), { intervalMs: 2_000 });
      await fixture.run(10_900);
      await fixture.stall(5_000);
      await fixture.run(gapMs);
      sender.isAlive = false;
      await fixture.stall(5_000);
      fixture.kill();
      fixture.start();
      sender.isAlive = true;
      sender.nextMs = fixture.nowMs() + 1_900;
      await fixture.run(10_000);
      expect(fixture.kinds()).toEqual(['started']);
    }
  });

  it('reports nothing when the wall clock is set while the service is down', async () => {
    const fixture = createFixture();
    addSenders(fixture);
    for (const step of [3_600_000, -7_200_000]) {
      await fixture.run(64_500);
      fixture.kill();
      fixture.time.stepWall(step);
      fixture.start();
      await fixture.run(301_000);
    }
    onlyStarted(fixture);
  });

  it.each([100, 900, 2_500, 15_000, 50_000, 600_000])(
    'reports nothing after stalls of %d ms, though what was sent meanwhile still waits',
    async (ms) => {
      const fixture = createFixture();
      addSenders(fixture);
      for (let n = 0; n < 40; n++) {
        await fixture.run(61_300);
        await fixture.stall(ms);
      }
      onlyStarted(fixture);
    },
  );

  it('reports nothing when the machine was suspended, and senders with it or not', async () => {
    const fixture = createFixture();
    addSenders(fixture);
    for (let n = 0; n < 20; n++) {
      await fixture.run(47_300);
      fixture.time.suspend(3_600_000);
    }
    onlyStarted(fixture);
    await fixture.run(1_000);
    expect(fixture.evaluator.status().blindMs.suspend).toBe(20 * 3_600_000);
  });

  it('reports nothing after a disk that was full for long, and finds an instance that died meanwhile', async () => {
    const fixture = createFixture();
    addSenders(fixture);
    const dying = fixture.sender(orion('dying'), { intervalMs: 10_000 });
    await fixture.run(100_000);
    fixture.fill(true);
    await fixture.run(300_000);
    dying.isAlive = false;
    await fixture.run(300_000);
    onlyStarted(fixture);
    fixture.fill(false);
    await fixture.run(12_000);
    onlyStarted(fixture);
    await fixture.run(60_000);
    expect(fixture.kinds(orion('dying'))).toEqual(['started', 'late', 'down']);
    expect(fixture.kinds()).toHaveLength(5);
    expect(fixture.evaluator.status().blindMs.store).toBeGreaterThan(599_000);
  });

  it('never ignores a heartbeat that comes during an evaluation', async () => {
    const fixture = createFixture({
      liveness: {
        rules: [{ name: '*', lateSeconds: 5, downSeconds: 3_600 }],
        graceSeconds: 0,
        massOutage: { minInstances: 100_000 },
      },
    });
    const all = Array.from({ length: 10_000 }, (_, n) => orion(`i-${n}`));
    for (const identity of all) fixture.send(identity);
    await fixture.run(4_500);
    const look = fixture.run(1_000);
    while (fixture.registry.counts().late === 0) await nextTurn();
    // Some were evaluated already, and others not yet.
    expect(fixture.registry.counts().up).toBeGreaterThan(0);
    for (const identity of all) fixture.send(identity);
    await look;
    expect(fixture.registry.counts()).toMatchObject({ up: all.length, late: 0, down: 0 });
    await fixture.run(3_000);
    expect(fixture.registry.counts()).toMatchObject({ up: all.length, late: 0, down: 0 });
    const last = new Map(
      fixture.disk.events.map(({ subject, kind }) => [JSON.stringify(subject), kind]),
    );
    expect(new Set(last.values()).has('late')).toBe(false);
  });
});
