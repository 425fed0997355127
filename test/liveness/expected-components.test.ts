import { describe, expect, it } from '@jest/globals';
import { createFixture, orion } from './fixture.ts';

const liveness = {
  rules: [
    { name: 'Orion', version: '1.*', expected: true },
    { name: 'IDAS', expected: true },
    { name: 'Cygnus' },
  ],
  retireAfterSeconds: 600,
};

const neverSeen = (fixture: ReturnType<typeof createFixture>) =>
  fixture.disk.events
    .filter(({ kind }) => kind === 'component.never_seen')
    .map(({ subject }) => subject?.name);

describe('Evaluator: expected components', () => {
  it('reports a missing component once, after a grace period', async () => {
    const fixture = createFixture({ liveness });
    fixture.sender(orion('a'), { intervalMs: 10_000 });
    await fixture.run(299_000);
    expect(neverSeen(fixture)).toEqual([]);
    await fixture.run(3_000);
    expect(neverSeen(fixture)).toEqual(['IDAS']);
    expect(fixture.disk.events.at(-1)).toMatchObject({ subject: { name: 'IDAS', version: '*' } });
    await fixture.run(1_000_000);
    fixture.kill();
    fixture.start();
    await fixture.run(1_000_000);
    expect(neverSeen(fixture)).toEqual(['IDAS']);
  });

  it('waits for a version that matches', async () => {
    const fixture = createFixture({ liveness });
    fixture.send(orion('a', '2.0'));
    fixture.send({ name: 'IDAS', version: 'x', instance: 'i' });
    await fixture.run(302_000);
    expect(neverSeen(fixture)).toEqual(['Orion']);
  });

  it('reports it also when restarted again and again, and counts no blind time', async () => {
    const fixture = createFixture({ liveness });
    for (let restart = 0; restart < 14; restart++) {
      await fixture.run(20_000);
      fixture.kill();
      await fixture.run(100_000);
      fixture.start();
    }
    expect(neverSeen(fixture)).toEqual([]);
    await fixture.run(50_000);
    expect(neverSeen(fixture)).toEqual(['Orion', 'IDAS']);
  });

  it('does not report a component that was seen and forgotten', async () => {
    const fixture = createFixture({ liveness });
    fixture.send(orion('a'));
    fixture.send({ name: 'IDAS', version: 'x', instance: 'i' });
    await fixture.run(2_000_000);
    expect(fixture.registry.size).toBe(0);
    fixture.kill();
    fixture.start();
    await fixture.run(1_000_000);
    expect(neverSeen(fixture)).toEqual([]);
  });

  it('accepts history as a sign of a component', async () => {
    const fixture = createFixture({ liveness });
    const timestampMs = fixture.time.clock.now() - 86_400_000;
    fixture.send(orion('a'), { timestampMs });
    await fixture.run(302_000);
    expect(neverSeen(fixture)).toEqual(['IDAS']);
  });
});
