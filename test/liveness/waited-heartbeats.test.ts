import { describe, expect, it } from '@jest/globals';
import { createFixture, type Fixture, orion } from './fixture.ts';

const a = orion('a');

/** Sends a heartbeat that is so old, as a broker delivers it. */
function deliver(fixture: Fixture, ageSeconds: number): void {
  const timestampMs = fixture.time.clock.now() - ageSeconds * 1_000;
  const waited = ageSeconds > 60 ? { mayHaveWaited: true as const } : {};
  fixture.send(a, { timestampMs, intervalSeconds: 20, ...waited });
}

describe('Heartbeats that waited in a queue', () => {
  it('revive no instance when they are older than its down threshold', async () => {
    const fixture = createFixture();
    deliver(fixture, 0);
    await fixture.run(200_000);
    expect(fixture.kinds(a)).toEqual(['started', 'late', 'down']);
    // It died 90 s ago: its last heartbeats arrive together.
    for (const age of [170, 150, 130, 110, 90]) deliver(fixture, age);
    await fixture.run(2_000);
    expect(fixture.kinds(a)).toEqual(['started', 'late', 'down']);
    deliver(fixture, 0);
    await fixture.run(2_000);
    expect(fixture.kinds(a).at(-1)).toBe('recovered');
  });

  it('count as life when they waited for less', async () => {
    const fixture = createFixture();
    deliver(fixture, 70);
    await fixture.run(2_000);
    expect(fixture.kinds(a)).toEqual(['started']);
  });

  it('over HTTP are live up to liveness.maxAgeSeconds: the clock may be wrong', async () => {
    const fixture = createFixture();
    fixture.send(a, { timestampMs: fixture.time.clock.now() - 250_000, intervalSeconds: 20 });
    await fixture.run(2_000);
    expect(fixture.kinds(a)).toEqual(['started']);
  });

  it('of a sender with a slow clock are live from the second one on', async () => {
    const fixture = createFixture();
    for (let n = 0; n < 10; n++) {
      deliver(fixture, 200);
      await fixture.run(20_000);
    }
    expect(fixture.kinds(a)).toEqual(['clock.skewed', 'started'].toSorted());
    expect(fixture.registry.skewed).toEqual({ ahead: 0, behind: 1 });
    await fixture.run(80_000);
    expect(fixture.kinds(a).at(-1)).toBe('down');
  });
});
