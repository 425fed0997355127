import { describe, expect, it } from '@jest/globals';
import { createFixture, orion } from '../liveness/fixture.ts';
import { liveness, minute, story } from './fixture.ts';

describe('Evaluator: maintenance windows', () => {
  // The fixture begins at midnight.
  const window = {
    name: 'nightly',
    cron: '1 0 * * *',
    durationSeconds: 60,
    match: { name: 'Orion' },
    reason: 'backups',
  };

  it('are silences for as long as they are open', async () => {
    const fixture = createFixture({ liveness, maintenance: [window] });
    await fixture.run(55_000);
    fixture.send(orion('a'));
    await fixture.run(30_000);
    expect(story(fixture, 'a')).toBe('started (late) (down)');
    expect(fixture.disk.events.at(-1)?.silencedBy).toBe('maintenance.nightly');
    expect(fixture.evaluator.silences.list()).toEqual([
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
    await fixture.run(60_000);
    expect(story(fixture, 'a')).toBe('started (late) (down) still_down');
    expect(fixture.kinds().filter((kind) => kind.startsWith('silence'))).toEqual([
      'silence.created',
      'silence.ended',
    ]);
    expect(fixture.evaluator.silences.find('maintenance.nightly')).toMatchObject({
      state: 'pending',
      fromMs: Date.UTC(2026, 0, 2, 0, 1),
    });
    expect(await fixture.evaluator.silences.end('maintenance.nightly')).toBe('configured');
  });

  it('that were open before a restart are open after it, and reported once', async () => {
    const fixture = createFixture({ liveness, maintenance: [window] });
    await fixture.run(70_000);
    fixture.send(orion('a'));
    fixture.kill();
    fixture.start();
    await fixture.run(20_000);
    expect(story(fixture, 'a')).toBe('(started) (late) (down)');
    await fixture.run(120_000);
    expect(fixture.kinds().filter((kind) => kind.startsWith('silence'))).toEqual([
      'silence.created',
      'silence.ended',
    ]);
  });

  it('that are removed from the configuration while they are open end with the next start', async () => {
    const fixture = createFixture({ liveness, maintenance: [window] });
    await fixture.run(70_000);
    fixture.send(orion('a'));
    await fixture.run(15_000);
    await fixture.stop();
    fixture.configure({ maintenance: [] });
    fixture.start();
    await fixture.run(3_000);
    expect(story(fixture, 'a')).toBe('(started) (late) (down) still_down');
    expect(fixture.disk.events.find(({ kind }) => kind === 'silence.ended')).toMatchObject({
      data: { id: 'maintenance.nightly', ending: 'removed' },
    });
    expect(fixture.evaluator.silences.list()).toEqual([]);
  });

  it.each([
    { name: 'Orion', instance: 'b' },
    { name: 'Orion', version: '2.0' },
  ])('that match only %j after a restart begin anew', async (match) => {
    const fixture = createFixture({ liveness, maintenance: [window] });
    await fixture.run(70_000);
    fixture.send(orion('a'));
    await fixture.run(15_000);
    await fixture.stop();
    fixture.configure({ maintenance: [{ ...window, match }] });
    fixture.start();
    await fixture.run(3_000);
    expect(story(fixture, 'a')).toBe('(started) (late) (down) still_down');
    expect(fixture.evaluator.silences.list()).toMatchObject([{ state: 'active', matchers: match }]);
  });

  it('that match others after a restart begin anew', async () => {
    const fixture = createFixture({ liveness, maintenance: [window] });
    await fixture.run(70_000);
    fixture.send(orion('a'));
    await fixture.run(15_000);
    await fixture.stop();
    fixture.configure({ maintenance: [{ ...window, match: { name: 'IDAS' } }] });
    fixture.start();
    await fixture.run(3_000);
    expect(story(fixture, 'a')).toBe('(started) (late) (down) still_down');
    expect(fixture.evaluator.silences.list()).toMatchObject([
      { state: 'active', matchers: { name: 'IDAS' } },
    ]);
  });

  it('close and open with the clock', async () => {
    const fixture = createFixture({ liveness, maintenance: [window] });
    await fixture.run(70_000);
    fixture.send(orion('a'));
    fixture.time.stepWall(-60 * minute);
    await fixture.run(20_000);
    expect(story(fixture, 'a')).toBe('(started) late down');
    fixture.time.stepWall(60 * minute);
    await fixture.run(2_000);
    expect(fixture.evaluator.silences.list()).toMatchObject([{ state: 'active' }]);
  });
});
