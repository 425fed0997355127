import { describe, expect, it } from '@jest/globals';
import { healthOf } from '../../service/liveness/components/component-watch.ts';
import { createFixture, orion, type Sender } from './fixture.ts';

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
  const fixture = createFixture({
    liveness: { rules: [{ name: 'Orion', minInstances: 2 }], ...liveness },
  });
  const senders = ['a', 'b', 'c'].map((name) => fixture.sender(orion(name), { intervalMs }));
  await fixture.run(25_000);
  const stop = (sender: Sender | undefined, saysGoodbye = false) => {
    if (!sender) return;
    sender.isAlive = false;
    if (saysGoodbye) fixture.send(sender, { status: 'stopping' });
  };
  const told = () => fixture.kinds().filter((kind) => kind.startsWith('component.'));
  return { fixture, senders, stop, told };
}

describe('Evaluator: the health of components', () => {
  it('follows how many are alive', async () => {
    const { fixture, senders, stop, told } = await begin();
    stop(senders[0]);
    await fixture.run(100_000);
    expect(told()).toEqual([]);
    stop(senders[1]);
    await fixture.run(25_000);
    expect(told()).toEqual([]);
    await fixture.run(20_000);
    expect(told()).toEqual(['component.degraded']);
    expect(fixture.disk.events.at(-1)).toMatchObject({
      subject: { name: 'Orion', version: '1.0' },
      reason: '1 of 3 instances alive, 2 required.',
      data: { health: 'degraded', previous: 'well', alive: 1, known: 3, minInstances: 2 },
    });
    stop(senders[2]);
    await fixture.run(60_000);
    expect(told()).toEqual(['component.degraded', 'component.down']);
    fixture.send(orion('a'));
    fixture.send(orion('b'));
    await fixture.run(1_000);
    expect(told().slice(2)).toEqual(['component.recovered']);
  });

  it('counts late instances as alive', async () => {
    const rule = { name: 'Orion', minInstances: 2, lateSeconds: 15, downSeconds: 600 };
    const { fixture, senders, stop, told } = await begin({ rules: [rule], graceSeconds: 0 });
    for (const sender of senders) stop(sender);
    await fixture.run(500_000);
    expect(fixture.registry.counts()).toMatchObject({ up: 0, late: 3, down: 0 });
    expect(told()).toEqual([]);
    stop(senders[0]);
    await fixture.run(200_000);
    expect(told()).toEqual(['component.down']);
  });

  it('reports nothing while the first instances start, and a shortage when they stay too few', async () => {
    const fixture = createFixture({ liveness: { rules: [{ name: '*', minInstances: 3 }] } });
    fixture.sender(orion('a'), { intervalMs });
    await fixture.run(100_000);
    fixture.sender(orion('b'), { intervalMs });
    await fixture.run(100_000);
    fixture.sender(orion('c'), { intervalMs });
    await fixture.run(1_000_000);
    expect(fixture.kinds()).toEqual(['started', 'started', 'started']);
    fixture.sender(orion('d', '2.0'), { intervalMs });
    await fixture.run(299_000);
    expect(fixture.kinds()).toHaveLength(4);
    await fixture.run(3_000);
    expect(fixture.kinds().slice(4)).toEqual(['component.degraded']);
  });

  it('gives the successor of a stopped instance some time', async () => {
    const { fixture, senders, stop, told } = await begin();
    stop(senders[0], true);
    stop(senders[1], true);
    await fixture.run(250_000);
    const next = fixture.sender(orion('d'), { intervalMs });
    await fixture.run(600_000);
    expect(told()).toEqual([]);
    stop(next, true);
    await fixture.run(302_000);
    expect(told()).toEqual(['component.degraded']);
  });

  it('is reported at once when one dies while another is being replaced', async () => {
    const { fixture, senders, stop, told } = await begin();
    stop(senders[0], true);
    stop(senders[1]);
    await fixture.run(42_000);
    expect(told()).toEqual(['component.degraded']);
  });

  it('calls a version that all have left gone, not down', async () => {
    const { fixture, senders, stop, told } = await begin({ retireAfterSeconds: 3_600 });
    for (const sender of senders) stop(sender, true);
    for (const name of ['d', 'e']) fixture.sender(orion(name, '2.0'), { intervalMs });
    await fixture.run(8_000_000);
    expect(told()).toEqual([]);
  });

  it('calls a version of which no instance is left gone, while another version is up', async () => {
    const { fixture, senders, stop, told } = await begin();
    for (const name of ['d', 'e']) fixture.sender(orion(name, '2.0'), { intervalMs });
    await fixture.run(25_000);
    for (const sender of senders) stop(sender);
    await fixture.run(600_000);
    expect(told()).toEqual([]);
    expect(fixture.kinds({ instance: 'a' }).filter((kind) => kind === 'down')).toHaveLength(1);
  });

  it('ends a reported shortage when another version is up', async () => {
    const { fixture, senders, stop, told } = await begin();
    for (const sender of senders) stop(sender);
    await fixture.run(60_000);
    expect(told().at(-1)).toBe('component.down');
    fixture.sender(orion('d', '2.0'), { intervalMs });
    await fixture.run(5_000);
    expect(told().at(-1)).toBe('component.recovered');
    const recovered = fixture.disk.events.findLast(({ kind }) => kind === 'component.recovered');
    expect(recovered).toMatchObject({
      subject: { name: 'Orion', version: '1.0' },
      reason: '0 of 3 instances alive, 2 required; another version is alive.',
    });
  });

  it('is reported once across crashes, at any time', async () => {
    for (const killMs of [25_000, 38_500, 39_500, 40_500, 45_000]) {
      const { fixture, senders, stop, told } = await begin();
      stop(senders[0]);
      stop(senders[1]);
      await fixture.run(killMs);
      fixture.kill();
      await fixture.run(2_000);
      fixture.start();
      await fixture.run(200_000);
      fixture.kill();
      fixture.start();
      await fixture.run(20_000);
      expect(told()).toEqual(['component.degraded']);
      fixture.send(orion('a'));
      await fixture.run(2_000);
      fixture.kill();
      fixture.start();
      await fixture.run(10_000);
      expect(told()).toEqual(['component.degraded', 'component.recovered']);
    }
  });

  it('is reported once also when more instances are down than one commit takes, and the service dies then', async () => {
    const fixture = createFixture({
      liveness: { rules: [{ name: '*', minInstances: 1 }], massOutage: { share: 1 } },
      checkpointEveryMs: 3_600_000,
    });
    const told = () => fixture.kinds().filter((kind) => kind.startsWith('component.'));
    for (let n = 0; n < 23_000; n++) fixture.send(orion(`i${n}`), { intervalSeconds: 10 });
    for (let second = 0; told().length === 0 && second < 100; second++) await fixture.run(1_000);
    fixture.kill();
    fixture.start();
    await fixture.run(10_000);
    expect(told()).toEqual(['component.down']);
    expect([...fixture.disk.rows.values()].every(({ state }) => state === 'down')).toBe(true);
  });
});
