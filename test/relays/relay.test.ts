import { describe, expect, it } from '@jest/globals';
import { RelayFixture, sources } from './relay-fixture.ts';

describe('Relay', () => {
  it('emits on arrival of a critical source, at most every cutoff', async () => {
    const fixture = new RelayFixture({ mode: 'on-arrival', cutoff: 2, sources });
    await fixture.beat('a');
    expect(fixture.emissions).toBe(0);
    await fixture.beat('c');
    await fixture.beat('b');
    expect(fixture.emissions).toBe(1);
    await fixture.pass(1_900);
    await fixture.beat('a');
    await fixture.beat('b');
    expect(fixture.emissions).toBe(1);
    await fixture.pass(100);
    await fixture.beat('c');
    expect(fixture.emissions).toBe(1);
    await fixture.beat('b');
    expect(fixture.emissions).toBe(2);
    await fixture.pass(4_000);
    expect(fixture.emissions).toBe(2);
  });

  it('emits every interval while all sources are fresh, if steady', async () => {
    const fixture = new RelayFixture({ interval: 2, sources: [{ name: 'a', within: 3 }] });
    await fixture.pass(3_000);
    expect(fixture.emissions).toBe(0);
    for (let n = 0; n < 10; n++) {
      await fixture.beat('a');
      await fixture.pass(1_000);
    }
    expect(fixture.emissions).toBe(5);
    await fixture.pass(20_000);
    expect(fixture.emissions).toBe(6);
    expect(fixture.kinds()).toEqual(['relay.opened', 'relay.closed']);
  });

  it('reports a close with the missing sources, no later than a second after their time', async () => {
    const fixture = new RelayFixture({ sources });
    await fixture.beat('a');
    await fixture.beat('b');
    await fixture.pass(250);
    await fixture.pass(4_750);
    expect(fixture.isOpen).toBe(true);
    await fixture.pass(1_000);
    expect(fixture.events.at(-1)).toMatchObject({
      kind: 'relay.closed',
      reason: 'The relay dome is closed. The last heartbeat of a/1/a is 5 s old; the limit is 5 s.',
      data: { relay: 'dome', missing: ['a/1/a'] },
    });
  });

  it('is not opened by late heartbeats from the past', async () => {
    const fixture = new RelayFixture({ sources });
    await fixture.beat('b');
    await fixture.beat('a', 60_000);
    await fixture.pass(500);
    expect(fixture.isOpen).toBe(false);
    await fixture.beat('a', 4_000);
    await fixture.pass(500);
    expect(fixture.isOpen).toBe(true);
    await fixture.pass(1_000);
    expect(fixture.isOpen).toBe(false);
  });

  it('stays closed after a restart until every source has sent, and reports that', async () => {
    const fixture = new RelayFixture({ sources });
    await fixture.beat('a');
    await fixture.beat('b');
    await fixture.pass(250);
    fixture.restart();
    expect(fixture.isOpen).toBe(false);
    expect(fixture.events.at(-1)?.reason).toContain(
      'a/1/a has sent no heartbeat since the start of the service.',
    );
    await fixture.beat('a');
    await fixture.pass(250);
    expect(fixture.isOpen).toBe(false);
    await fixture.beat('b');
    await fixture.pass(250);
    expect(fixture.kinds()).toEqual(['relay.opened', 'relay.closed', 'relay.opened']);
  });

  it('does not wait for an instance that has stopped on purpose, if another one is fresh', async () => {
    const fixture = new RelayFixture({ sources: [{ name: '?', within: 5 }] });
    await fixture.beat('a');
    await fixture.beat('b');
    await fixture.pass(250);
    await fixture.beat('b', 0, 'stopping');
    await fixture.pass(4_000);
    await fixture.beat('a');
    await fixture.pass(4_000);
    expect(fixture.isOpen).toBe(true);
    await fixture.beat('a', 0, 'stopping');
    await fixture.pass(250);
    expect(fixture.relay.view().reasons).toEqual([
      'No instance that matches ?/*/* has sent a heartbeat.',
    ]);
  });

  it('is held open by a bypass, also after a restart, which ends by itself', async () => {
    const fixture = new RelayFixture({ interval: 2, sources });
    await fixture.relay.bypass({ by: 'ann', reason: 'mirror cleaning' }, 10_000);
    expect(fixture.events.map(({ kind, reason }) => [kind, reason])).toEqual([
      [
        'admin.acted',
        'The relay dome is bypassed until 2026-01-01T00:00:10.000Z, by ann: mirror cleaning',
      ],
      [
        'relay.opened',
        'The relay dome is held open until 2026-01-01T00:00:10.000Z, by ann: mirror cleaning',
      ],
    ]);
    await fixture.pass(4_000);
    fixture.restart();
    expect(fixture.isOpen).toBe(true);
    await fixture.pass(5_500);
    expect(fixture.emissions).toBe(6);
    expect(fixture.relay.view().bypass).toMatchObject({ by: 'ann', reason: 'mirror cleaning' });
    await fixture.pass(1_000);
    expect(fixture.isOpen).toBe(false);
    expect(fixture.kinds()).toEqual(['admin.acted', 'relay.opened', 'relay.closed']);
  });

  it('ends a bypass no later if the wall clock is set back, and after a restart then ends it', async () => {
    const fixture = new RelayFixture({ sources });
    await fixture.relay.bypass({ by: 'ann', reason: 'x' }, 10_000);
    fixture.wallMs -= 3_600_000;
    await fixture.pass(9_000);
    expect(fixture.isOpen).toBe(true);
    await fixture.pass(1_500);
    expect(fixture.isOpen).toBe(false);
    await fixture.relay.bypass({ by: 'ann', reason: 'x' }, 10_000);
    fixture.wallMs -= 3_600_000;
    fixture.restart();
    expect(fixture.isOpen).toBe(false);
  });

  it('aborts nothing and repeats a failed emission with the next arrival, after a second', async () => {
    const fixture = new RelayFixture({ mode: 'on-arrival', cutoff: 10, sources });
    fixture.failure = 'the response status was 503';
    await fixture.beat('a');
    await fixture.beat('b');
    await fixture.beat('b');
    expect(fixture.emissions).toBe(1);
    expect(fixture.relay.view()).toMatchObject({ lastEmitted: null, lastError: fixture.failure });
    await fixture.pass(1_000);
    fixture.failure = undefined;
    await fixture.beat('b');
    await fixture.pass(1_000);
    await fixture.beat('b');
    expect(fixture.emissions).toBe(2);
    expect(fixture.relay.view()).toMatchObject({ lastError: null });
  });
});
