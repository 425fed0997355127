import { describe, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../../service/contract/event.ts';
import type { Identity } from '../../../service/contract/instance.ts';
import { createWorld, orion, type World, type WorldOptions } from '../world.ts';

const liveness = { rules: [{ name: '*', lateSeconds: 5, downSeconds: 12 }], graceSeconds: 0 };
const hour = 3_600;
const minute = 60_000;

/** A world in which some instances have beaten once. */
function worldOf(instances: readonly Identity[], options: WorldOptions = {}): World {
  const world = createWorld({ liveness, ...options });
  for (const identity of instances) world.send(identity);
  return world;
}

async function silence(world: World, request: Record<string, unknown> = {}): Promise<string> {
  const outcome = await world.evaluator.silences.create(
    {
      matchers: { name: 'Orion' },
      durationSeconds: hour,
      reason: 'the database is moved',
      author: 'Ann',
      ...request,
    },
    'ops (10.0.0.1)',
  );
  if (outcome.kind !== 'made') throw new Error(JSON.stringify(outcome));
  return outcome.silence.id;
}

const isOf = (instance: string) => (event: LivenessEvent) =>
  event.subject !== undefined && 'instance' in event.subject && event.subject.instance === instance;

/** What was told of an instance; in brackets what was silenced. */
const story = (world: World, instance: string): string =>
  world.disk.events
    .filter(isOf(instance))
    .map(({ kind, silencedBy }) => (silencedBy === undefined ? kind : `(${kind})`))
    .join(' ');

describe('createEvaluator: silences', () => {
  it('marks what happens within one, and states go on', async () => {
    const world = worldOf([orion('a')]);
    const id = await silence(world);
    await world.run(20_000);
    world.send(orion('a'));
    await world.run(6_000);
    expect(story(world, 'a')).toBe('started (late) (down) (recovered) (late)');
    expect(world.disk.events.at(-1)?.silencedBy).toBe(id);
    expect(world.evaluator.silences.find(id)).toMatchObject({ state: 'active', author: 'Ann' });
  });

  it('tells of itself, with who made it, in the commit that keeps it', async () => {
    const world = createWorld({ liveness });
    const id = await silence(world);
    expect(world.disk.events).toMatchObject([
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
    expect(world.disk.settings.get(`liveness.silence/${id}`)).toContain('"phase":"holding"');
  });

  it.each([
    [{ name: 'Ori?n' }, true],
    [{ name: 'Perseo' }, false],
    [{ version: '1.*' }, true],
    [{ version: '2' }, false],
    [{ instance: 'a' }, true],
    [{ name: 'Orion', instance: 'b' }, false],
  ])('covers by %j: %j', async (matchers, isCovered) => {
    const world = worldOf([orion('a')]);
    await silence(world, { matchers });
    await world.run(20_000);
    expect(story(world, 'a')).toBe(isCovered ? 'started (late) (down)' : 'started late down');
  });

  it('does not hold before its time', async () => {
    const world = worldOf([orion('a')]);
    const from = world.time.clock.now() + 8_000;
    await silence(world, { from });
    await world.run(20_000);
    expect(story(world, 'a')).toBe('started late (down)');
  });

  it('tells aloud what ends an alarm that was raised aloud', async () => {
    const [a, b, c] = [orion('a'), orion('b'), orion('c')];
    const world = worldOf([a, b, c]);
    await world.run(6_000);
    world.send(c);
    await world.run(7_000);
    await silence(world);
    await world.run(2_000);
    world.send(a);
    await world.evaluator.retire(b);
    world.send(c);
    await world.run(1_000);
    expect(story(world, 'a')).toBe('started late down recovered');
    expect(story(world, 'b')).toBe('started late down retired');
    expect(story(world, 'c')).toBe('started late recovered late recovered');
  });

  it('tells aloud that who was late before it and down within it has recovered', async () => {
    const world = worldOf([orion('a')]);
    await world.run(6_000);
    await silence(world);
    await world.run(10_000);
    world.send(orion('a'));
    await world.run(20_000);
    expect(story(world, 'a')).toBe('started late (down) recovered (late) (down)');
  });

  it('tells of each that is still down when it ends, once, with its name', async () => {
    const world = worldOf([orion('a'), orion('b')]);
    world.send(orion('b', '2.0'));
    const id = await silence(world, { durationSeconds: 30, matchers: { version: '1.*' } });
    await world.run(25_000);
    world.send(orion('b'));
    await world.run(60_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    const told = world.disk.events.find(({ kind }) => kind === 'still_down');
    expect(told).toMatchObject({
      state: 'down',
      previous: 'down',
      reason: expect.stringMatching(/still down, and the silence .* by Ann .* has ended/),
      data: { silence: id },
    });
    expect(world.kinds().filter((kind) => kind === 'silence.ended')).toHaveLength(1);
    expect(world.kinds({ version: '2.0' })).toEqual(['started', 'late', 'down']);
  });

  it('tells again of those that were down before it began', async () => {
    const world = worldOf([orion('a')]);
    await world.run(15_000);
    await silence(world, { durationSeconds: 10 });
    await world.run(60_000);
    expect(story(world, 'a')).toBe('started late down still_down');
    world.send(orion('a'));
    await world.flush();
    expect(story(world, 'a')).toBe('started late down still_down recovered');
  });

  it('lets nobody be told of whom another silence covers', async () => {
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 20 });
    await silence(world, { durationSeconds: 60, matchers: { instance: 'a' } });
    await world.run(50_000);
    expect(story(world, 'a')).toBe('started (late) (down)');
    await world.run(20_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
  });

  it('ends when it is deleted, and says by whom', async () => {
    const world = worldOf([orion('a')]);
    const id = await silence(world);
    await world.run(15_000);
    expect(await world.evaluator.silences.end(id, 'ops')).toBe('ended');
    expect(world.evaluator.silences.find(id)).toMatchObject({ state: 'expired', endedBy: 'ops' });
    await world.run(1_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    expect(world.disk.events.find(({ kind }) => kind === 'silence.ended')).toMatchObject({
      data: { id, endedBy: 'ops', ending: 'deleted' },
    });
    expect(await world.evaluator.silences.end(id, 'again')).toBe('ended');
    expect(world.evaluator.silences.find(id)).toMatchObject({ endedBy: 'ops' });
    expect(await world.evaluator.silences.end('nobody')).toBe('unknown');
  });

  it('holds no more silences than it can match', async () => {
    const world = createWorld({ liveness });
    for (let n = 0; n < 1_000; n++) await silence(world, { durationSeconds: 100 });
    const more = { matchers: { name: 'x' }, durationSeconds: 1, reason: 'r', author: 'a' };
    expect(await world.evaluator.silences.create(more)).toEqual({ kind: 'too-many' });
    await world.run(102_000);
    expect(await world.evaluator.silences.create(more)).toMatchObject({ kind: 'made' });
  });

  it('forgets those that are over after the retention', async () => {
    const world = createWorld({ liveness });
    await silence(world, { durationSeconds: 10 });
    await world.run(20_000);
    expect(world.evaluator.silences.list()).toHaveLength(1);
    world.time.stepWall(91 * 86_400_000);
    await world.run(2_000);
    expect(world.evaluator.silences.list()).toEqual([]);
    expect([...world.disk.settings.keys()].filter((key) => key.includes('silence/'))).toEqual([]);
  });
});

describe('createEvaluator: silences and flapping', () => {
  const flapping = { changes: 2, seconds: 30 };

  it.each([
    ['is told within what it began in', hour, 'started (late) (recovered) (flapping) (calm)'],
    ['is told aloud after it', 25, 'started (late) (recovered) (flapping) calm'],
  ])('that somebody is calm %s', async (_, durationSeconds, expected) => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, flapping } });
    await silence(world, { durationSeconds });
    for (let n = 0; n < 2; n++) {
      await world.run(7_000);
      world.send(orion('a'));
    }
    const sender = world.sender(orion('a'), { intervalMs: 3_000, declares: false });
    await world.run(60_000);
    sender.isAlive = false;
    expect(story(world, 'a')).toBe(expected);
  });
});

describe('createEvaluator: silences and many', () => {
  it('makes no mass silence of those that nobody wants to hear of', async () => {
    const world = worldOf(Array.from({ length: 60 }, (_, n) => orion(`i${n}`)));
    await silence(world, { durationSeconds: 40 });
    await world.run(30_000);
    expect(world.kinds().filter((kind) => kind.startsWith('mass'))).toEqual([]);
    expect(world.kinds().filter((kind) => kind === 'down')).toHaveLength(60);
    await world.run(30_000);
    expect(world.kinds().filter((kind) => kind === 'still_down')).toHaveLength(60);
  });

  it('waits with who is still down for the end of a mass silence', async () => {
    const others = Array.from({ length: 60 }, (_, n) => ({ ...orion(`i${n}`), name: 'IDAS' }));
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 30 });
    await world.run(20_000);
    for (const other of others) world.send(other);
    await world.run(14_000);
    expect(world.kinds()).toContain('mass_silence');
    expect(story(world, 'a')).toBe('started (late) (down)');
    await world.run(90_000);
    const kinds = world.kinds();
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    expect(kinds.indexOf('still_down')).toBeGreaterThan(kinds.indexOf('mass_silence.ended'));
  });

  it('goes through a large fleet in slices when one ends', async () => {
    const world = worldOf(Array.from({ length: 30_000 }, (_, n) => orion(`i${n}`)));
    await silence(world, { durationSeconds: 40 });
    await world.run(39_500);
    let most = 0;
    let before = performance.now();
    const turns = setInterval(() => {
      most = Math.max(most, performance.now() - before);
      before = performance.now();
    }, 1);
    await world.run(45_000);
    clearInterval(turns);
    expect(world.kinds().filter((kind) => kind === 'still_down')).toHaveLength(30_000);
    expect(most).toBeLessThan(1_000);
  });
});

describe('createEvaluator: silences and components', () => {
  const rules = [{ name: '*', lateSeconds: 5, downSeconds: 12, minInstances: 1 }];
  const component = (world: World): string[] =>
    world.disk.events
      .filter(({ kind }) => kind.startsWith('component.'))
      .map(({ kind, silencedBy }) => (silencedBy === undefined ? kind : `(${kind})`));

  it('keeps what happens to a component, and tells it again at its end', async () => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, rules } });
    await silence(world, { durationSeconds: 20 });
    await world.run(15_000);
    expect(component(world)).toEqual(['(component.down)']);
    await world.run(15_000);
    expect(component(world)).toEqual(['(component.down)', 'component.down']);
    world.send(orion('a'));
    await world.run(2_000);
    expect(component(world)).toEqual(['(component.down)', 'component.down', 'component.recovered']);
  });

  it('tells aloud that one is well again that was told of aloud', async () => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, rules } });
    await world.run(15_000);
    await silence(world);
    world.send(orion('a'));
    await world.run(15_000);
    expect(component(world)).toEqual(['component.down', 'component.recovered', '(component.down)']);
  });

  it('does not cover a component where single instances are meant', async () => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, rules } });
    await silence(world, { matchers: { instance: 'a' } });
    await world.run(15_000);
    expect(component(world)).toEqual(['component.down']);
  });

  it('keeps what was told to whom over a restart', async () => {
    const world = worldOf([orion('a')], { liveness: { ...liveness, rules } });
    await silence(world, { durationSeconds: 40 });
    await world.run(15_000);
    world.kill();
    world.start();
    await world.run(15_000);
    expect(component(world)).toEqual(['(component.down)']);
    await world.run(15_000);
    expect(component(world)).toEqual(['(component.down)', 'component.down']);
  });

  it('waits with an expected component that never came', async () => {
    const expected = [{ name: 'Never', expected: true }];
    const world = createWorld({ liveness: { ...liveness, graceSeconds: 10, rules: expected } });
    await silence(world, { matchers: { name: 'Never' }, durationSeconds: 60 });
    await world.run(30_000);
    expect(world.kinds()).toEqual(['silence.created']);
    await world.run(40_000);
    expect(world.kinds()).toEqual(['silence.created', 'silence.ended', 'component.never_seen']);
  });
});

describe('createEvaluator: silences over restarts', () => {
  it.each([0, 5_000, 14_000, 25_000])('holds after a crash at %d ms', async (crashMs) => {
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 100 });
    await world.run(crashMs);
    world.kill();
    world.start();
    await world.run(40_000);
    expect(story(world, 'a')).toBe('started (late) (down)');
    await world.run(100_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    world.kill();
    world.start();
    await world.run(20_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
  });

  it('ends while the service is down, and tells of that after the start', async () => {
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 60 });
    await world.run(20_000);
    world.kill();
    await world.run(100_000);
    world.start();
    await world.run(3_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    expect(world.kinds().filter((kind) => kind === 'silence.ended')).toHaveLength(1);
  });

  it('tells of each once when it dies while it tells of many', async () => {
    const world = worldOf(Array.from({ length: 3_000 }, (_, n) => orion(`i${n}`)));
    await silence(world, { durationSeconds: 30, matchers: { instance: 'i?*' } });
    await world.run(30_500);
    const told = () =>
      world.disk.events.filter(({ kind }) => kind === 'still_down').map(({ subject }) => subject);
    expect(told().length).toBeGreaterThan(0);
    expect(told().length).toBeLessThan(3_000);
    world.kill();
    world.start();
    await world.run(10_000);
    expect(told()).toHaveLength(3_000);
    expect(new Set(told().map((subject) => JSON.stringify(subject))).size).toBe(3_000);
  });
});

describe('createEvaluator: silences and the wall clock', () => {
  const states = (world: World) => world.evaluator.silences.list().map(({ state }) => state);

  it('ends with the clock that is set forward, and holds again when it is set back', async () => {
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 1_800 });
    await world.run(20_000);
    world.time.stepWall(60 * minute);
    await world.run(3_000);
    expect([states(world), story(world, 'a')]).toEqual([
      ['expired'],
      'started (late) (down) still_down',
    ]);
    world.time.stepWall(-60 * minute);
    await world.run(3_000);
    world.send(orion('a'));
    await world.run(20_000);
    expect([states(world), story(world, 'a')]).toEqual([
      ['active'],
      'started (late) (down) still_down recovered (late) (down)',
    ]);
  });

  it('goes on when the clock is set back, if it held from the beginning', async () => {
    const world = worldOf([orion('a')]);
    await silence(world, { durationSeconds: 1_800 });
    world.time.stepWall(-60 * minute);
    await world.run(20_000);
    expect([states(world), story(world, 'a')]).toEqual([['active'], 'started (late) (down)']);
    world.kill();
    world.start();
    await world.run(2_000);
    expect(states(world)).toEqual(['active']);
  });

  it('waits again when the clock is set back to before the time that it was given', async () => {
    const world = worldOf([orion('a')]);
    await silence(world, { from: world.time.clock.now() + 30 * minute });
    await world.run(1_000);
    world.time.stepWall(60 * minute);
    await world.run(20_000);
    expect([states(world), story(world, 'a')]).toEqual([['active'], 'started (late) (down)']);
    world.time.stepWall(-60 * minute);
    await world.run(3_000);
    expect([states(world), story(world, 'a')]).toEqual([
      ['pending'],
      'started (late) (down) still_down',
    ]);
    expect(world.kinds()).not.toContain('silence.ended');
  });

  it('does not come back when it was deleted', async () => {
    const world = worldOf([orion('a')]);
    const id = await silence(world);
    await world.evaluator.silences.end(id);
    await world.run(2_000);
    world.time.stepWall(-60 * minute);
    await world.run(20_000);
    expect([states(world), story(world, 'a')]).toEqual([['expired'], 'started late down']);
  });

  it('passes over a silence whose time never came', async () => {
    const world = createWorld({ liveness });
    await silence(world, { from: world.time.clock.now() + minute, durationSeconds: 60 });
    world.time.stepWall(60 * minute);
    await world.run(2_000);
    expect(world.kinds()).toEqual(['silence.created', 'silence.ended']);
  });
});

describe('createEvaluator: maintenance windows', () => {
  // The world begins at midnight.
  const window = {
    name: 'nightly',
    cron: '1 0 * * *',
    durationSeconds: 60,
    match: { name: 'Orion' },
    reason: 'backups',
  };

  it('are silences for as long as they are open', async () => {
    const world = createWorld({ liveness, maintenance: [window] });
    await world.run(55_000);
    world.send(orion('a'));
    await world.run(30_000);
    expect(story(world, 'a')).toBe('started (late) (down)');
    expect(world.disk.events.at(-1)?.silencedBy).toBe('maintenance.nightly');
    expect(world.evaluator.silences.list()).toEqual([
      {
        id: 'maintenance.nightly',
        matchers: { name: 'Orion', version: '*', instance: '*' },
        fromMs: Date.UTC(2026, 0, 1, 0, 1),
        untilMs: Date.UTC(2026, 0, 1, 0, 2),
        reason: 'backups',
        author: 'configuration',
        source: 'configuration',
        state: 'active',
      },
    ]);
    await world.run(60_000);
    expect(story(world, 'a')).toBe('started (late) (down) still_down');
    expect(world.kinds().filter((kind) => kind.startsWith('silence'))).toEqual([
      'silence.created',
      'silence.ended',
    ]);
    expect(world.evaluator.silences.find('maintenance.nightly')).toMatchObject({
      state: 'pending',
      fromMs: Date.UTC(2026, 0, 2, 0, 1),
    });
    expect(await world.evaluator.silences.end('maintenance.nightly')).toBe('configured');
  });

  it('that were open before a restart are open after it, and told of once', async () => {
    const world = createWorld({ liveness, maintenance: [window] });
    await world.run(70_000);
    world.send(orion('a'));
    world.kill();
    world.start();
    await world.run(20_000);
    expect(story(world, 'a')).toBe('(started) (late) (down)');
    await world.run(120_000);
    expect(world.kinds().filter((kind) => kind.startsWith('silence'))).toEqual([
      'silence.created',
      'silence.ended',
    ]);
  });

  it('that are taken out of the configuration while they are open end with the next start', async () => {
    const world = createWorld({ liveness, maintenance: [window] });
    await world.run(70_000);
    world.send(orion('a'));
    await world.run(15_000);
    await world.stop();
    world.configure([]);
    world.start();
    await world.run(3_000);
    expect(story(world, 'a')).toBe('(started) (late) (down) still_down');
    expect(world.disk.events.find(({ kind }) => kind === 'silence.ended')).toMatchObject({
      data: { id: 'maintenance.nightly', ending: 'removed' },
    });
    expect(world.evaluator.silences.list()).toEqual([]);
  });

  it('that match others after a restart begin anew', async () => {
    const world = createWorld({ liveness, maintenance: [window] });
    await world.run(70_000);
    world.send(orion('a'));
    await world.run(15_000);
    await world.stop();
    world.configure([{ ...window, match: { name: 'IDAS' } }]);
    world.start();
    await world.run(3_000);
    expect(story(world, 'a')).toBe('(started) (late) (down) still_down');
    expect(world.evaluator.silences.list()).toMatchObject([
      { state: 'active', matchers: { name: 'IDAS' } },
    ]);
  });

  it('close and open with the clock', async () => {
    const world = createWorld({ liveness, maintenance: [window] });
    await world.run(70_000);
    world.send(orion('a'));
    world.time.stepWall(-60 * minute);
    await world.run(20_000);
    expect(story(world, 'a')).toBe('(started) late down');
    world.time.stepWall(60 * minute);
    await world.run(2_000);
    expect(world.evaluator.silences.list()).toMatchObject([{ state: 'active' }]);
  });
});
