import { describe, expect, it } from '@jest/globals';
import { healthOf } from '../../service/liveness/components/component-watch.ts';
import { createWorld, orion, type Sender } from './fixture.ts';

describe('healthOf', () => {
  it.each([
    [3, 3, 2, 'well'],
    [2, 3, 2, 'well'],
    [1, 3, 2, 'degraded'],
    [1, 1, 2, 'degraded'],
    [0, 3, 2, 'down'],
    [0, 0, 2, 'gone'],
  ] as const)('calls %d alive of %d, when %d are wanted, %s', (alive, known, least, expected) => {
    expect(healthOf({ alive, known }, least)).toBe(expected);
  });
});

const intervalMs = 10_000;

/** A component of which two instances are wanted, and three have been up for a while. */
async function begin(liveness: Record<string, unknown> = {}) {
  const world = createWorld({
    liveness: { rules: [{ name: 'Orion', minInstances: 2 }], ...liveness },
  });
  const senders = ['a', 'b', 'c'].map((name) => world.sender(orion(name), { intervalMs }));
  await world.run(25_000);
  const stop = (sender: Sender | undefined, saysGoodbye = false) => {
    if (!sender) return;
    sender.isAlive = false;
    if (saysGoodbye) world.send(sender, { status: 'stopping' });
  };
  const told = () => world.kinds().filter((kind) => kind.startsWith('component.'));
  return { world, senders, stop, told };
}

describe('Evaluator: the health of components', () => {
  it('follows how many are alive', async () => {
    const { world, senders, stop, told } = await begin();
    stop(senders[0]);
    await world.run(100_000);
    expect(told()).toEqual([]);
    stop(senders[1]);
    await world.run(25_000);
    expect(told()).toEqual([]);
    await world.run(20_000);
    expect(told()).toEqual(['component.degraded']);
    expect(world.disk.events.at(-1)).toMatchObject({
      subject: { name: 'Orion', version: '1.0' },
      reason: '1 of 3 instances alive, 2 required.',
      data: { health: 'degraded', previous: 'well', alive: 1, known: 3, minInstances: 2 },
    });
    stop(senders[2]);
    await world.run(60_000);
    expect(told()).toEqual(['component.degraded', 'component.down']);
    world.send(orion('a'));
    world.send(orion('b'));
    await world.run(1_000);
    expect(told().slice(2)).toEqual(['component.recovered']);
  });

  it('counts late instances as alive', async () => {
    const rule = { name: 'Orion', minInstances: 2, lateSeconds: 15, downSeconds: 600 };
    const { world, senders, stop, told } = await begin({ rules: [rule], graceSeconds: 0 });
    for (const sender of senders) stop(sender);
    await world.run(500_000);
    expect(world.registry.counts()).toMatchObject({ up: 0, late: 3, down: 0 });
    expect(told()).toEqual([]);
    stop(senders[0]);
    await world.run(200_000);
    expect(told()).toEqual(['component.down']);
  });

  it('reports nothing while the first instances start, and a shortage when they stay too few', async () => {
    const world = createWorld({ liveness: { rules: [{ name: '*', minInstances: 3 }] } });
    world.sender(orion('a'), { intervalMs });
    await world.run(100_000);
    world.sender(orion('b'), { intervalMs });
    await world.run(100_000);
    world.sender(orion('c'), { intervalMs });
    await world.run(1_000_000);
    expect(world.kinds()).toEqual(['started', 'started', 'started']);
    world.sender(orion('d', '2.0'), { intervalMs });
    await world.run(299_000);
    expect(world.kinds()).toHaveLength(4);
    await world.run(3_000);
    expect(world.kinds().slice(4)).toEqual(['component.degraded']);
  });

  it('gives the successor of a stopped instance some time', async () => {
    const { world, senders, stop, told } = await begin();
    stop(senders[0], true);
    stop(senders[1], true);
    await world.run(250_000);
    const next = world.sender(orion('d'), { intervalMs });
    await world.run(600_000);
    expect(told()).toEqual([]);
    stop(next, true);
    await world.run(302_000);
    expect(told()).toEqual(['component.degraded']);
  });

  it('is reported at once when one dies while another is being replaced', async () => {
    const { world, senders, stop, told } = await begin();
    stop(senders[0], true);
    stop(senders[1]);
    await world.run(42_000);
    expect(told()).toEqual(['component.degraded']);
  });

  it('calls a version that all have left gone, not down', async () => {
    const { world, senders, stop, told } = await begin({ retireAfterSeconds: 3_600 });
    for (const sender of senders) stop(sender, true);
    for (const name of ['d', 'e']) world.sender(orion(name, '2.0'), { intervalMs });
    await world.run(8_000_000);
    expect(told()).toEqual([]);
  });

  it('is reported once across crashes, at any time', async () => {
    for (const killMs of [25_000, 38_500, 39_500, 40_500, 45_000]) {
      const { world, senders, stop, told } = await begin();
      stop(senders[0]);
      stop(senders[1]);
      await world.run(killMs);
      world.kill();
      await world.run(2_000);
      world.start();
      await world.run(200_000);
      world.kill();
      world.start();
      await world.run(20_000);
      expect(told()).toEqual(['component.degraded']);
      world.send(orion('a'));
      await world.run(2_000);
      world.kill();
      world.start();
      await world.run(10_000);
      expect(told()).toEqual(['component.degraded', 'component.recovered']);
    }
  });

  it('is reported once also when more instances are down than one commit takes, and the service dies then', async () => {
    const world = createWorld({
      liveness: { rules: [{ name: '*', minInstances: 1 }], massOutage: { share: 1 } },
      checkpointEveryMs: 3_600_000,
    });
    const told = () => world.kinds().filter((kind) => kind.startsWith('component.'));
    for (let n = 0; n < 23_000; n++) world.send(orion(`i${n}`), { intervalSeconds: 10 });
    for (let second = 0; told().length === 0 && second < 100; second++) await world.run(1_000);
    world.kill();
    world.start();
    await world.run(10_000);
    expect(told()).toEqual(['component.down']);
    expect([...world.disk.rows.values()].every(({ state }) => state === 'down')).toBe(true);
  });
});
