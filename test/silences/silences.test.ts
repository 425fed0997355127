import { describe, expect, it } from '@jest/globals';
import { createFixture, type Fixture, orion } from '../liveness/fixture.ts';
import { fixtureOf, hour, liveness, silence, story } from './fixture.ts';

describe('Evaluator: silences', () => {
  it('marks the events within one, and states go on', async () => {
    const fixture = fixtureOf([orion('a')]);
    const id = await silence(fixture);
    await fixture.run(20_000);
    fixture.send(orion('a'));
    await fixture.run(6_000);
    expect(story(fixture, 'a')).toBe('started (late) (down) (recovered) (late)');
    expect(fixture.disk.events.at(-1)?.silencedBy).toBe(id);
    expect(fixture.evaluator.silences.find(id)).toMatchObject({ state: 'active', author: 'Ann' });
  });

  it('has an event with its caller in the commit that saves it', async () => {
    const fixture = createFixture({ liveness });
    const id = await silence(fixture);
    expect(fixture.disk.events).toMatchObject([
      {
        kind: 'silence.created',
        subject: undefined,
        reason: expect.stringContaining('the database is moved'),
        data: {
          id,
          author: 'Ann',
          by: 'ops (10.0.0.1)',
          matchers: { name: 'Orion', instance: '*' },
        },
      },
    ]);
    expect(fixture.disk.settings.get(`liveness.silence/${id}`)).toContain('"phase":"active"');
  });

  it.each([
    [{ name: 'Ori?n' }, true],
    [{ name: 'Perseo' }, false],
    [{ version: '1.*' }, true],
    [{ version: '2' }, false],
    [{ instance: 'a' }, true],
    [{ name: 'Orion', instance: 'b' }, false],
  ])('covers by %j: %j', async (matchers, isCovered) => {
    const fixture = fixtureOf([orion('a')]);
    await silence(fixture, { matchers });
    await fixture.run(20_000);
    expect(story(fixture, 'a')).toBe(isCovered ? 'started (late) (down)' : 'started late down');
  });

  it('is not active before its time', async () => {
    const fixture = fixtureOf([orion('a')]);
    const from = fixture.time.clock.now() + 8_000;
    await silence(fixture, { from });
    await fixture.run(20_000);
    expect(story(fixture, 'a')).toBe('started late (down)');
  });

  it('notifies the end of an alarm that was notified', async () => {
    const [a, b, c] = [orion('a'), orion('b'), orion('c')];
    const fixture = fixtureOf([a, b, c]);
    await fixture.run(6_000);
    fixture.send(c);
    await fixture.run(7_000);
    await silence(fixture);
    await fixture.run(2_000);
    fixture.send(a);
    await fixture.evaluator.retire(b);
    fixture.send(c);
    await fixture.run(1_000);
    expect(story(fixture, 'a')).toBe('started late down recovered');
    expect(story(fixture, 'b')).toBe('started late down retired');
    expect(story(fixture, 'c')).toBe('started late recovered late recovered');
  });

  it('notifies the recovery of an instance that was late before it and down within it', async () => {
    const fixture = fixtureOf([orion('a')]);
    await fixture.run(6_000);
    await silence(fixture);
    await fixture.run(10_000);
    fixture.send(orion('a'));
    await fixture.run(20_000);
    expect(story(fixture, 'a')).toBe('started late (down) recovered (late) (down)');
  });

  it('reports each instance that is still down when it ends, once, with its name', async () => {
    const fixture = fixtureOf([orion('a'), orion('b')]);
    fixture.send(orion('b', '2.0'));
    const id = await silence(fixture, { durationSeconds: 30, matchers: { version: '1.*' } });
    await fixture.run(25_000);
    fixture.send(orion('b'));
    await fixture.run(60_000);
    expect(story(fixture, 'a')).toBe('started (late) (down) still_down');
    const told = fixture.disk.events.find(({ kind }) => kind === 'still_down');
    expect(told).toMatchObject({
      state: 'down',
      previous: 'down',
      reason: expect.stringMatching(/still down, and the silence .* by Ann .* has ended/),
      data: { silence: id },
    });
    expect(fixture.kinds().filter((kind) => kind === 'silence.ended')).toHaveLength(1);
    expect(fixture.kinds({ version: '2.0' })).toEqual(['started', 'late', 'down']);
  });

  it('reports again the instances that were down before it began', async () => {
    const fixture = fixtureOf([orion('a')]);
    await fixture.run(15_000);
    await silence(fixture, { durationSeconds: 10 });
    await fixture.run(60_000);
    expect(story(fixture, 'a')).toBe('started late down still_down');
    fixture.send(orion('a'));
    await fixture.flush();
    expect(story(fixture, 'a')).toBe('started late down still_down recovered');
  });

  it('does not report what another silence covers', async () => {
    const fixture = fixtureOf([orion('a')]);
    await silence(fixture, { durationSeconds: 20 });
    await silence(fixture, { durationSeconds: 60, matchers: { instance: 'a' } });
    await fixture.run(50_000);
    expect(story(fixture, 'a')).toBe('started (late) (down)');
    await fixture.run(20_000);
    expect(story(fixture, 'a')).toBe('started (late) (down) still_down');
  });

  it('ends when it is deleted, and names the caller', async () => {
    const fixture = fixtureOf([orion('a')]);
    const id = await silence(fixture);
    await fixture.run(15_000);
    expect(await fixture.evaluator.silences.end(id, 'ops')).toBe('ended');
    expect(fixture.evaluator.silences.find(id)).toMatchObject({ state: 'expired', endedBy: 'ops' });
    await fixture.run(1_000);
    expect(story(fixture, 'a')).toBe('started (late) (down) still_down');
    expect(fixture.disk.events.find(({ kind }) => kind === 'silence.ended')).toMatchObject({
      data: { id, endedBy: 'ops', ending: 'deleted' },
    });
    expect(await fixture.evaluator.silences.end(id, 'again')).toBe('ended');
    expect(fixture.evaluator.silences.find(id)).toMatchObject({ endedBy: 'ops' });
    expect(await fixture.evaluator.silences.end('nobody')).toBe('unknown');
  });

  it('is active though the disk is full, says that it is not durable, and is durable later', async () => {
    const fixture = fixtureOf([orion('a')]);
    await fixture.run(1_000);
    fixture.fill(true);
    await expect(silence(fixture)).rejects.toThrow('the disk is full');
    expect(fixture.disk.settings.size).toBeLessThan(5);
    fixture.fill(false);
    await fixture.run(1_000);
    fixture.kill();
    fixture.start();
    await fixture.run(20_000);
    expect(fixture.evaluator.silences.list()).toMatchObject([{ state: 'active' }]);
    expect(story(fixture, 'a')).toBe('started (late) (down)');
  });

  it('accepts no more silences than it can match', async () => {
    const fixture = createFixture({ liveness });
    for (let n = 0; n < 1_000; n++) await silence(fixture, { durationSeconds: 100 });
    const more = { matchers: { name: 'x' }, durationSeconds: 1, reason: 'r', author: 'a' };
    expect(await fixture.evaluator.silences.create(more)).toEqual({ kind: 'too-many' });
    await fixture.run(102_000);
    expect(await fixture.evaluator.silences.create(more)).toMatchObject({ kind: 'made' });
  });

  it('forgets silences that are over after the retention', async () => {
    const fixture = createFixture({ liveness });
    await silence(fixture, { durationSeconds: 10 });
    await fixture.run(20_000);
    expect(fixture.evaluator.silences.list()).toHaveLength(1);
    fixture.time.stepWall(91 * 86_400_000);
    await fixture.run(2_000);
    expect(fixture.evaluator.silences.list()).toEqual([]);
    expect([...fixture.disk.settings.keys()].filter((key) => key.includes('silence/'))).toEqual([]);
  });
});

describe('Evaluator: silences and flapping', () => {
  const flapping = { changes: 2, seconds: 30 };

  async function flap(fixture: Fixture, times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      await fixture.run(7_000);
      fixture.send(orion('a'));
    }
  }

  it.each([
    [
      'is silenced within the silence in which it began',
      hour,
      'started (late) (recovered) (flapping) (calm)',
    ],
    ['is notified after it', 25, 'started (late) (recovered) (flapping) flapping calm'],
  ])('that an instance is calm %s', async (_, durationSeconds, expected) => {
    const fixture = fixtureOf([orion('a')], { liveness: { ...liveness, flapping } });
    await silence(fixture, { durationSeconds });
    await flap(fixture, 2);
    const sender = fixture.sender(orion('a'), { intervalMs: 3_000, declares: false });
    await fixture.run(60_000);
    sender.isAlive = false;
    expect(story(fixture, 'a')).toBe(expected);
  });

  it.each([
    ['once when the silence ends', false],
    ['once when the silence ends, though the service was restarted within it', true],
  ])('repeats %s that an instance is still flapping', async (_, isRestarted) => {
    const fixture = fixtureOf([orion('a')], { liveness: { ...liveness, flapping } });
    await silence(fixture, { durationSeconds: 40 });
    await flap(fixture, 3);
    if (isRestarted) {
      fixture.kill();
      fixture.start();
    }
    await flap(fixture, 6);
    expect(story(fixture, 'a')).toBe('started (late) (recovered) (flapping) flapping');
    await fixture.run(60_000);
    expect(story(fixture, 'a')).toMatch(/ \(flapping\) flapping calm$/);
  });

  it('does not repeat flapping that was notified before it began', async () => {
    const fixture = fixtureOf([orion('a')], { liveness: { ...liveness, flapping } });
    await flap(fixture, 2);
    await silence(fixture, { durationSeconds: 20 });
    await flap(fixture, 6);
    expect(story(fixture, 'a')).toBe('started late recovered flapping');
  });
});
