import { describe, expect, it } from '@jest/globals';
import { createFixture, orion } from './fixture.ts';

describe('Evaluator', () => {
  it('reports an instance from its first heartbeat to its end', async () => {
    const fixture = createFixture({ liveness: { retireAfterSeconds: 3_600 } });
    const sender = fixture.sender(orion('a'), { intervalMs: 10_000 });
    await fixture.run(35_000);
    sender.isAlive = false;
    await fixture.run(16_000);
    expect(fixture.kinds()).toEqual(['started', 'late']);
    await fixture.run(20_000);
    expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
    fixture.send(orion('a'), { intervalSeconds: 10 });
    await fixture.flush();
    expect(fixture.kinds()).toEqual(['started', 'late', 'down', 'recovered']);
    expect(fixture.disk.events.map(({ ageSeconds }) => ageSeconds)).toEqual([0, 20, 40, 41]);
    expect(fixture.disk.events[2]).toMatchObject({
      subject: orion('a'),
      state: 'down',
      previous: 'late',
      thresholds: { lateSeconds: 20, downSeconds: 40 },
      reason: 'No heartbeat for 40 s: down after 40 s.',
    });
    await fixture.run(41_000);
    expect(fixture.kinds().slice(4)).toEqual(['late', 'down']);
    await fixture.run(3_600_000);
    expect(fixture.kinds().slice(6)).toEqual(['retired']);
    expect(fixture.disk.events.at(-1)).toMatchObject({
      previous: 'down',
      reason: 'No heartbeat for 1 h: forgotten.',
      data: { cause: 'forgotten' },
    });
    expect(fixture.registry.size).toBe(0);
    expect(fixture.disk.rows.size).toBe(0);
    fixture.send(orion('a'));
    await fixture.flush();
    expect(fixture.kinds().slice(7)).toEqual(['started']);
  });

  it('has the times at which events became true, not at which they were found', async () => {
    const fixture = createFixture();
    await fixture.run(300);
    const heardAtMs = fixture.time.clock.now();
    fixture.send(orion('a'), { intervalSeconds: 10 });
    await fixture.run(60_000);
    const times = fixture.disk.events.map(({ atMs }) => atMs - heardAtMs);
    expect(times).toEqual([0, 20_000, 40_000]);
  });

  it.each([
    [
      'a rule before the interval',
      { rules: [{ name: 'O*', lateSeconds: 5, downSeconds: 7 }] },
      10,
      [5, 7],
    ],
    ['the interval', { rules: [{ name: 'O*', minInstances: 1 }] }, 10, [20, 40]],
    ['other factors', { lateIntervals: 1.5, downIntervals: 2 }, 10, [15, 20]],
    ['the defaults', { lateSeconds: 8, downSeconds: 11 }, undefined, [8, 11]],
    ['the shortest interval', {}, 1, [2, 4]],
  ])('finds absences by %s', async (_, liveness, intervalSeconds, seconds) => {
    const fixture = createFixture({ liveness });
    fixture.send(orion('a'), intervalSeconds === undefined ? {} : { intervalSeconds });
    await fixture.run(100_000);
    const found = fixture.disk.events.filter(({ kind }) => kind === 'late' || kind === 'down');
    expect(found.map(({ id }) => fixture.madeAtMs(id) / 1_000)).toEqual(seconds);
  });

  it('follows an interval that a sender changes, also to a shorter one', async () => {
    const fixture = createFixture();
    fixture.send(orion('a'), { intervalSeconds: 3_600 });
    await fixture.run(5_000);
    fixture.send(orion('a'), { intervalSeconds: 2 });
    await fixture.run(5_000);
    expect(fixture.kinds()).toEqual(['started', 'late']);
  });

  it('retires a stopping instance without alarm, and reports its return', async () => {
    const fixture = createFixture({ liveness: { retireAfterSeconds: 600 } });
    fixture.send(orion('a'), { intervalSeconds: 10 });
    await fixture.run(5_000);
    fixture.send(orion('a'), { status: 'stopping' });
    await fixture.run(300_000);
    expect(fixture.kinds()).toEqual(['started', 'retired']);
    expect(fixture.disk.events[1]).toMatchObject({ previous: 'up', data: { cause: 'stopping' } });
    fixture.send(orion('a'), { intervalSeconds: 10 });
    fixture.send(orion('a'), { status: 'stopping' });
    await fixture.run(700_000);
    expect(fixture.kinds().slice(2)).toEqual(['started', 'retired']);
    expect(fixture.registry.size).toBe(0);
  });

  it('does not revive a stopped instance by a heartbeat that was sent before', async () => {
    const fixture = createFixture();
    const beforeMs = fixture.time.clock.now();
    fixture.send(orion('a'), { intervalSeconds: 10 });
    await fixture.run(1_000);
    fixture.send(orion('a'), { status: 'stopping' });
    fixture.send(orion('a'), { intervalSeconds: 10, timestampMs: beforeMs + 500 });
    await fixture.run(100_000);
    expect(fixture.kinds()).toEqual(['started', 'retired']);
  });

  it('reports nothing of an instance whose first heartbeat says that it is stopping', async () => {
    const fixture = createFixture({ liveness: { retireAfterSeconds: 120 } });
    const beforeMs = fixture.time.clock.now();
    await fixture.run(1_000);
    fixture.send(orion('a'), { status: 'stopping' });
    // Was sent first, and received later.
    fixture.send(orion('a'), { intervalSeconds: 10, timestampMs: beforeMs });
    await fixture.run(100_000);
    expect([fixture.kinds(), fixture.registry.counts().retired]).toEqual([[], 1]);
    await fixture.run(30_000);
    expect([fixture.kinds(), fixture.registry.size]).toEqual([[], 0]);
  });

  it('removes an instance on request, and names the caller', async () => {
    const fixture = createFixture();
    fixture.send(orion('a'), { intervalSeconds: 10 });
    await fixture.run(50_000);
    expect(await fixture.evaluator.retire(orion('a'), 'ops')).toBe(true);
    expect(await fixture.evaluator.retire(orion('a'), 'ops')).toBe(true);
    expect(await fixture.evaluator.retire(orion('b'), 'ops')).toBe(false);
    fixture.kill();
    fixture.start();
    await fixture.run(100_000);
    expect(fixture.kinds()).toEqual(['started', 'late', 'down', 'retired']);
    expect(fixture.disk.events[3]).toMatchObject({
      reason: 'Removed by ops.',
      data: { cause: 'deleted', by: 'ops' },
    });
  });

  it('does not revive an instance by history', async () => {
    const fixture = createFixture();
    let timestampMs = fixture.time.clock.now() - 3_600_000;
    const old = () => {
      timestampMs += 10_000;
      return { timestampMs, intervalSeconds: 10 };
    };
    fixture.send(orion('new'), old());
    expect(fixture.registry.size).toBe(0);
    fixture.send(orion('a'), { intervalSeconds: 10 });
    for (let n = 0; n < 10; n++) {
      await fixture.run(5_000);
      fixture.send(orion('a'), old());
    }
    expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
  });

  it('keeps an instance alive by heartbeats that are old, but younger than the down threshold', async () => {
    const fixture = createFixture();
    for (let n = 0; n < 3; n++) {
      const timestampMs = fixture.time.clock.now() - 3_000_000;
      fixture.send(orion('a'), { timestampMs, intervalSeconds: 1_000 });
      await fixture.run(1_500_000);
    }
    expect(fixture.kinds()).toEqual(['started']);
  });

  it('changes nothing when heartbeats are applied again', async () => {
    const fixture = createFixture({ checkpointEveryMs: 3_600_000 });
    fixture.send(orion('a'), { intervalSeconds: 2 });
    await fixture.run(4_500);
    fixture.send(orion('b'), { intervalSeconds: 2 });
    await fixture.run(500);
    for (let n = 0; n < 5; n++) {
      fixture.kill();
      fixture.start();
    }
    expect(fixture.disk.cursor).toBe(0);
    await fixture.run(20_000);
    expect(fixture.kinds(orion('a'))).toEqual(['started', 'late', 'down']);
    expect(fixture.kinds(orion('b'))).toEqual(['started', 'late', 'down']);
  });

  it('makes an event again that did not reach the disk', async () => {
    const fixture = createFixture();
    fixture.send(orion('a'), { intervalSeconds: 2 });
    fixture.kill();
    expect(fixture.kinds()).toEqual([]);
    fixture.start();
    await fixture.run(20_000);
    expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
  });

  it('counts an evaluation only when its results are on disk', async () => {
    const fixture = createFixture();
    await fixture.run(3_000);
    await fixture.flush();
    expect(fixture.evaluations).toBe(3);
    expect(fixture.evaluator.status().ageMs).toBeLessThan(1_000);
    fixture.fill(true);
    await fixture.run(10_000);
    expect(fixture.evaluations).toBe(3);
    expect(fixture.evaluator.status().ageMs).toBeGreaterThanOrEqual(10_000);
    fixture.fill(false);
    await fixture.run(1_000);
    await fixture.flush();
    expect(fixture.evaluations).toBe(4);
  });

  it('evaluates by itself once it is started, and saves everything when it is stopped', async () => {
    const fixture = createFixture();
    fixture.send(orion('a'));
    await fixture.run(3_300);
    await fixture.stop();
    expect(fixture.disk.cursor).toBe(1);
    expect(JSON.parse(fixture.disk.settings.get('liveness.clock') ?? '')).toMatchObject({
      logicalMs: 3_300,
      checkpointMs: 3_300,
    });
  });

  it('has the threshold for any heartbeat', () => {
    const fixture = createFixture({
      liveness: { rules: [{ name: 'I*', lateSeconds: 1, downSeconds: 2 }] },
    });
    const beat = { ...orion('a'), timestampMs: 0, receivedAtMs: 0 };
    const { evaluator } = fixture;
    expect(evaluator.downMs(beat)).toBe(300_000);
    expect(evaluator.downMs({ ...beat, intervalSeconds: 5 })).toBe(20_000);
    expect(evaluator.downMs({ ...beat, name: 'IDAS', intervalSeconds: 5 })).toBe(2_000);
    fixture.send(orion('a'));
    expect(evaluator.downMs({ ...beat, intervalSeconds: 5 })).toBe(20_000);
  });
});
