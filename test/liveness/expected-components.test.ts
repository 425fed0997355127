import { describe, expect, it } from '@jest/globals';
import { createWorld, orion } from './fixture.ts';

const liveness = {
  rules: [
    { name: 'Orion', version: '1.*', expected: true },
    { name: 'IDAS', expected: true },
    { name: 'Cygnus' },
  ],
  retireAfterSeconds: 600,
};

const neverSeen = (world: ReturnType<typeof createWorld>) =>
  world.disk.events
    .filter(({ kind }) => kind === 'component.never_seen')
    .map(({ subject }) => subject?.name);

describe('Evaluator: expected components', () => {
  it('reports a missing component once, after a grace period', async () => {
    const world = createWorld({ liveness });
    world.sender(orion('a'), { intervalMs: 10_000 });
    await world.run(299_000);
    expect(neverSeen(world)).toEqual([]);
    await world.run(3_000);
    expect(neverSeen(world)).toEqual(['IDAS']);
    expect(world.disk.events.at(-1)).toMatchObject({ subject: { name: 'IDAS', version: '*' } });
    await world.run(1_000_000);
    world.kill();
    world.start();
    await world.run(1_000_000);
    expect(neverSeen(world)).toEqual(['IDAS']);
  });

  it('waits for a version that matches', async () => {
    const world = createWorld({ liveness });
    world.send(orion('a', '2.0'));
    world.send({ name: 'IDAS', version: 'x', instance: 'i' });
    await world.run(302_000);
    expect(neverSeen(world)).toEqual(['Orion']);
  });

  it('reports it also when restarted again and again, and counts no blind time', async () => {
    const world = createWorld({ liveness });
    for (let restart = 0; restart < 14; restart++) {
      await world.run(20_000);
      world.kill();
      await world.run(100_000);
      world.start();
    }
    expect(neverSeen(world)).toEqual([]);
    await world.run(50_000);
    expect(neverSeen(world)).toEqual(['Orion', 'IDAS']);
  });

  it('does not report a component that was seen and forgotten', async () => {
    const world = createWorld({ liveness });
    world.send(orion('a'));
    world.send({ name: 'IDAS', version: 'x', instance: 'i' });
    await world.run(2_000_000);
    expect(world.registry.size).toBe(0);
    world.kill();
    world.start();
    await world.run(1_000_000);
    expect(neverSeen(world)).toEqual([]);
  });

  it('accepts history as a sign of a component', async () => {
    const world = createWorld({ liveness });
    const timestampMs = world.time.clock.now() - 86_400_000;
    world.send(orion('a'), { timestampMs });
    await world.run(302_000);
    expect(neverSeen(world)).toEqual(['IDAS']);
  });
});
