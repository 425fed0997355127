import { describe, expect, it } from '@jest/globals';
import { createWorld, orion } from '../liveness/fixture.ts';
import { liveness, minute, story } from './fixture.ts';

describe('Evaluator: maintenance windows', () => {
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

  it('that were open before a restart are open after it, and reported once', async () => {
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

  it('that are removed from the configuration while they are open end with the next start', async () => {
    const world = createWorld({ liveness, maintenance: [window] });
    await world.run(70_000);
    world.send(orion('a'));
    await world.run(15_000);
    await world.stop();
    world.configure({ maintenance: [] });
    world.start();
    await world.run(3_000);
    expect(story(world, 'a')).toBe('(started) (late) (down) still_down');
    expect(world.disk.events.find(({ kind }) => kind === 'silence.ended')).toMatchObject({
      data: { id: 'maintenance.nightly', ending: 'removed' },
    });
    expect(world.evaluator.silences.list()).toEqual([]);
  });

  it.each([
    { name: 'Orion', instance: 'b' },
    { name: 'Orion', version: '2.0' },
  ])('that match only %j after a restart begin anew', async (match) => {
    const world = createWorld({ liveness, maintenance: [window] });
    await world.run(70_000);
    world.send(orion('a'));
    await world.run(15_000);
    await world.stop();
    world.configure({ maintenance: [{ ...window, match }] });
    world.start();
    await world.run(3_000);
    expect(story(world, 'a')).toBe('(started) (late) (down) still_down');
    expect(world.evaluator.silences.list()).toMatchObject([{ state: 'active', matchers: match }]);
  });

  it('that match others after a restart begin anew', async () => {
    const world = createWorld({ liveness, maintenance: [window] });
    await world.run(70_000);
    world.send(orion('a'));
    await world.run(15_000);
    await world.stop();
    world.configure({ maintenance: [{ ...window, match: { name: 'IDAS' } }] });
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
