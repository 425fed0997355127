import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createWorld, orion, type World } from './fixture.ts';

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
function addSenders(world: World) {
  world.sender(orion('declares'), { intervalMs: 10_000, jitter: jittering(1, 0.02) });
  const config = { intervalMs: 60_000, declares: false, jitter: jittering(2, 0.02) };
  world.sender(orion('declares nothing'), config);
}

const onlyStarted = (world: World) =>
  expect(world.kinds().filter((kind) => kind !== 'started')).toEqual([]);

describe('Evaluator: live senders', () => {
  it('reports nothing in 10,000 periods with a jitter of 2 %', async () => {
    const world = createWorld();
    addSenders(world);
    await world.run(10_000 * 10_000);
    expect(world.kinds()).toEqual(['started', 'started']);
  });

  it('reports nothing in 10,000 periods of the shortest interval, with a lag in each', async () => {
    const world = createWorld();
    world.sender(orion('a'), { intervalMs: 1_000, jitter: jittering(3, 0.02) });
    const lag = jittering(4, 1);
    for (let n = 0; n < 10_000; n++) {
      await world.run(700);
      await world.stall(300 * lag());
    }
    expect(world.kinds()).toEqual(['started']);
  });

  it('reports nothing when the wall clock is set', async () => {
    const world = createWorld();
    addSenders(world);
    for (const step of [3_600_000, -3_600_000, -3_600_000, 3_600_000, 86_400_000]) {
      await world.run(33_000);
      world.time.stepWall(step);
      await world.run(301_000);
    }
    onlyStarted(world);
    expect(world.evaluator.status().blindMs).toMatchObject({ stall: 0, suspend: 0 });
  });

  it('reports nothing when the wall clock is set, of senders with timestamps of their own', async () => {
    const world = createWorld();
    let setMs = 0;
    for (const step of [0, 3_600_000, -3_600_000, -3_600_000, 3_600_000]) {
      world.time.stepWall(step);
      setMs += step;
      for (let n = 0; n < 60; n++) {
        world.send(orion('a'), {
          intervalSeconds: 10,
          timestampMs: world.time.clock.now() - setMs,
        });
        await world.run(10_000);
      }
    }
    expect(world.kinds()).toEqual(['started']);
    // What is older than the clock was set is history nevertheless.
    world.time.stepWall(3_600_000);
    const timestampMs = world.time.clock.now() - 3_600_000 - 400_000;
    for (let n = 0; n < 10; n++) {
      world.send(orion('a'), { intervalSeconds: 10, timestampMs });
      await world.run(10_000);
    }
    expect(world.kinds()).toEqual(['started', 'late', 'down']);
  });

  it('reports nothing when the service returns twice within one checkpoint, and is killed', async () => {
    for (const gapMs of [1_300, 2_300, 3_300, 4_300]) {
      const world = createWorld({ checkpointEveryMs: 20_000 });
      const sender = world.sender(orion('a'), { intervalMs: 2_000 });
      await world.run(10_900);
      await world.stall(5_000);
      await world.run(gapMs);
      sender.isAlive = false;
      await world.stall(5_000);
      world.kill();
      world.start();
      sender.isAlive = true;
      sender.nextMs = world.nowMs() + 1_900;
      await world.run(10_000);
      expect(world.kinds()).toEqual(['started']);
    }
  });

  it('reports nothing when the wall clock is set while the service is down', async () => {
    const world = createWorld();
    addSenders(world);
    for (const step of [3_600_000, -7_200_000]) {
      await world.run(64_500);
      world.kill();
      world.time.stepWall(step);
      world.start();
      await world.run(301_000);
    }
    onlyStarted(world);
  });

  it.each([100, 900, 2_500, 15_000, 50_000, 600_000])(
    'reports nothing after stalls of %d ms, though what was sent meanwhile still waits',
    async (ms) => {
      const world = createWorld();
      addSenders(world);
      for (let n = 0; n < 40; n++) {
        await world.run(61_300);
        await world.stall(ms);
      }
      onlyStarted(world);
    },
  );

  it('reports nothing when the machine was suspended, and senders with it or not', async () => {
    const world = createWorld();
    addSenders(world);
    for (let n = 0; n < 20; n++) {
      await world.run(47_300);
      world.time.suspend(3_600_000);
    }
    onlyStarted(world);
    await world.run(1_000);
    expect(world.evaluator.status().blindMs.suspend).toBe(20 * 3_600_000);
  });

  it('reports nothing after a disk that was full for long, and finds an instance that died meanwhile', async () => {
    const world = createWorld();
    addSenders(world);
    const dying = world.sender(orion('dying'), { intervalMs: 10_000 });
    await world.run(100_000);
    world.fill(true);
    await world.run(300_000);
    dying.isAlive = false;
    await world.run(300_000);
    onlyStarted(world);
    world.fill(false);
    await world.run(12_000);
    onlyStarted(world);
    await world.run(60_000);
    expect(world.kinds(orion('dying'))).toEqual(['started', 'late', 'down']);
    expect(world.kinds()).toHaveLength(5);
    expect(world.evaluator.status().blindMs.store).toBeGreaterThan(599_000);
  });

  it('never ignores a heartbeat that comes during an evaluation', async () => {
    const world = createWorld({
      liveness: {
        rules: [{ name: '*', lateSeconds: 5, downSeconds: 3_600 }],
        graceSeconds: 0,
        massOutage: { minInstances: 100_000 },
      },
    });
    const all = Array.from({ length: 10_000 }, (_, n) => orion(`i-${n}`));
    for (const identity of all) world.send(identity);
    await world.run(4_500);
    const look = world.run(1_000);
    while (world.registry.counts().late === 0) await nextTurn();
    // Some were evaluated already, and others not yet.
    expect(world.registry.counts().up).toBeGreaterThan(0);
    for (const identity of all) world.send(identity);
    await look;
    expect(world.registry.counts()).toMatchObject({ up: all.length, late: 0, down: 0 });
    await world.run(3_000);
    expect(world.registry.counts()).toMatchObject({ up: all.length, late: 0, down: 0 });
    const last = new Map(
      world.disk.events.map(({ subject, kind }) => [JSON.stringify(subject), kind]),
    );
    expect(new Set(last.values()).has('late')).toBe(false);
  });
});
