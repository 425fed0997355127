import { describe, expect, it } from '@jest/globals';
import { createWorld, orion } from './world.ts';

const rules = (lateSeconds: number, downSeconds: number) => ({
  rules: [{ name: '*', lateSeconds, downSeconds }],
});

describe('createEvaluator', () => {
  it('tells of a life from the first heartbeat to the end', async () => {
    const world = createWorld({ liveness: { retireAfterSeconds: 3_600 } });
    const sender = world.sender(orion('a'), { intervalMs: 10_000 });
    await world.run(35_000);
    sender.isAlive = false;
    await world.run(16_000);
    expect(world.kinds()).toEqual(['started', 'late']);
    await world.run(20_000);
    expect(world.kinds()).toEqual(['started', 'late', 'down']);
    world.send(orion('a'), { intervalSeconds: 10 });
    await world.run(1_000);
    expect(world.kinds()).toEqual(['started', 'late', 'down', 'recovered']);
    expect(world.disk.events.map(({ ageSeconds }) => ageSeconds)).toEqual([0, 20, 40, 41]);
    expect(world.disk.events[2]).toMatchObject({
      subject: orion('a'),
      state: 'down',
      previous: 'late',
      thresholds: { lateSeconds: 20, downSeconds: 40 },
      reason: 'No heartbeat for 40 s: down after 40 s.',
    });
    await world.run(41_000);
    expect(world.kinds().slice(4)).toEqual(['late', 'down']);
    await world.run(3_600_000);
    expect(world.kinds().slice(6)).toEqual(['retired']);
    expect(world.disk.events.at(-1)).toMatchObject({
      previous: 'down',
      data: { cause: 'forgotten' },
    });
    expect(world.registry.size).toBe(0);
    expect(world.disk.rows.size).toBe(0);
  });
});
