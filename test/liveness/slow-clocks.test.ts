import { describe, expect, it } from '@jest/globals';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import { createFixture, type Fixture, orion } from './fixture.ts';

const minute = 60_000;
const hour = 60 * minute;
const since1970 = Date.UTC(2026, 0, 1);

const offsets: [string, number][] = [
  ['6 minutes', 6 * minute],
  ['20 minutes', 20 * minute],
  ['an hour', hour],
  ['56 years', since1970 - 1],
];

/** Sends as a sender does whose clock is behind. */
function sendLive(
  fixture: Fixture,
  instance: string,
  behindMs: number,
  more: Partial<Heartbeat> = {},
) {
  const timestampMs = fixture.time.clock.now() - behindMs;
  fixture.send(orion(instance), { timestampMs, intervalSeconds: 10, ...more });
}

async function live(fixture: Fixture, instance: string, behindMs: number, beats: number) {
  for (let n = 0; n < beats; n++) {
    sendLive(fixture, instance, behindMs);
    await fixture.run(10_000);
  }
}

/** Replays a spool: heartbeats of every 10 s that ended some time ago, as fast as they can be sent. */
async function replay(
  fixture: Fixture,
  instance: string,
  options: { endedMs: number; beats: number; everyMs: number; isNewestFirst?: boolean },
) {
  const { endedMs, beats, everyMs, isNewestFirst = false } = options;
  const lastMs = fixture.time.clock.now() - endedMs;
  for (let n = 0; n < beats; n++) {
    const back = isNewestFirst ? n : beats - 1 - n;
    const timestampMs = lastMs - 10_000 * back;
    fixture.send(orion(instance), { timestampMs, intervalSeconds: 10 });
    await fixture.run(everyMs);
  }
}

const stateKinds = (fixture: Fixture) => fixture.kinds().filter((kind) => kind !== 'clock.skewed');

describe('Evaluator: senders whose clock is behind', () => {
  it.each(offsets)(
    'knows an instance whose clock is %s behind from the second heartbeat',
    async (_, ms) => {
      const fixture = createFixture();
      sendLive(fixture, 'a', ms);
      await fixture.run(10_000);
      expect(fixture.registry.size).toBe(0);
      await live(fixture, 'a', ms, 500);
      expect(stateKinds(fixture)).toEqual(['started']);
    },
  );

  it.each(offsets)(
    'reports nothing when a clock is set back by %s, or right again',
    async (_, ms) => {
      const fixture = createFixture();
      await live(fixture, 'a', 0, 20);
      await live(fixture, 'a', ms, 20);
      await live(fixture, 'a', 0, 20);
      await live(fixture, 'a', ms, 20);
      await live(fixture, 'a', ms / 2, 20);
      expect(stateKinds(fixture)).toEqual(['started']);
    },
  );

  it('reports nothing of a clock that drifts to hours, in both directions', async () => {
    const fixture = createFixture();
    for (let n = 0; n < 2_000; n++) await live(fixture, 'a', n * 50, 1);
    for (let n = 0; n < 2_000; n++) await live(fixture, 'a', 100_000 - n * 50, 1);
    for (let n = 0; n < 5_000; n++) {
      sendLive(fixture, 'b', 6 * minute + n * 50);
      await live(fixture, 'a', 0, 1);
    }
    expect(stateKinds(fixture)).toEqual(['started', 'started']);
  });

  it('reports nothing when the service restarts, whatever the clock of the sender', async () => {
    const fixture = createFixture();
    await live(fixture, 'a', 20 * minute, 5);
    for (let n = 0; n < 10; n++) {
      fixture.kill();
      await fixture.run(7_000 * n);
      fixture.start();
      await live(fixture, 'a', 20 * minute, 4);
    }
    expect(stateKinds(fixture)).toEqual(['started']);
  });

  it('reports the death of an instance with a slow clock by its threshold', async () => {
    const fixture = createFixture();
    await live(fixture, 'a', hour, 5);
    const lastMs = fixture.nowMs() - 10_000;
    await fixture.run(60_000);
    expect(stateKinds(fixture)).toEqual(['started', 'late', 'down']);
    const down = fixture.disk.events.find(({ kind }) => kind === 'down');
    expect(fixture.madeAtMs(down?.id ?? '') - lastMs).toBeLessThanOrEqual(41_000);
  });

  it('reports one event of a clock that is behind or ahead, and remembers it', async () => {
    const fixture = createFixture();
    await live(fixture, 'behind', 20 * minute, 5);
    for (let n = 0; n < 5; n++) {
      sendLive(fixture, 'ahead', 0, { clockOffsetMs: -hour });
      await fixture.run(2_000);
    }
    fixture.kill();
    fixture.start();
    await live(fixture, 'behind', 20 * minute, 5);
    const events = fixture.disk.events.filter(({ kind }) => kind === 'clock.skewed');
    expect(events).toMatchObject([
      { subject: orion('behind'), data: { skewSeconds: -1_200 }, state: 'up' },
      { subject: orion('ahead'), data: { skewSeconds: 3_600 } },
    ]);
    expect(events.map(({ reason }) => reason)).toEqual([
      "The sender's clock is 20 min behind the service's.",
      "The sender's clock is 1 h ahead of the service's.",
    ]);
    expect(fixture.registry.skewed).toEqual({ ahead: 1, behind: 1 });
  });

  it('reports one event for very many clocks', async () => {
    const fixture = createFixture();
    for (let beat = 0; beat < 3; beat++) {
      for (let n = 0; n < 1_000; n++) sendLive(fixture, `i-${n}`, 20 * minute);
      await fixture.run(10_000);
    }
    const events = fixture.disk.events.filter(({ kind }) => kind === 'clock.skewed');
    expect(events).toHaveLength(11);
    expect(events.at(-1)).toMatchObject({ subject: undefined, data: { instances: 990 } });
    expect(fixture.registry.skewed).toEqual({ ahead: 0, behind: 1_000 });
  });

  it('decides at once when a heartbeat shows when it was sent', async () => {
    const fixture = createFixture();
    sendLive(fixture, 'a', 20 * minute, { clockOffsetMs: 20 * minute });
    expect(fixture.registry.size).toBe(1);
    await fixture.run(20_000);
    // A replay of an instance whose clock is right or wrong.
    for (const clockOffsetMs of [0, 20 * minute]) {
      for (let n = 0; n < 10; n++) {
        sendLive(fixture, 'a', hour, { clockOffsetMs });
        await fixture.run(10_000);
      }
    }
    expect(stateKinds(fixture)).toEqual(['started', 'late', 'down']);
  });

  it('takes the stopping of an instance with a slow clock, and its return, for what they are', async () => {
    const fixture = createFixture();
    await live(fixture, 'a', 20 * minute, 5);
    sendLive(fixture, 'a', 20 * minute, { status: 'stopping' });
    await fixture.run(100_000);
    // Sent before the instance stopped.
    sendLive(fixture, 'a', 22 * minute);
    expect(stateKinds(fixture)).toEqual(['started', 'retired']);
    await live(fixture, 'a', 20 * minute, 2);
    await fixture.evaluator.retire(orion('a'));
    await live(fixture, 'a', 20 * minute, 2);
    expect(stateKinds(fixture)).toEqual(['started', 'retired', 'started', 'retired', 'started']);
  });
});

describe('Evaluator: replays', () => {
  it.each([0, 1, 100, 900, 3_000, 6_000])(
    'does not revive an instance by a replay with %d ms between heartbeats',
    async (everyMs) => {
      const fixture = createFixture();
      await live(fixture, 'a', 0, 3);
      await fixture.run(20 * minute);
      for (const isNewestFirst of [false, true]) {
        await replay(fixture, 'a', { endedMs: 20 * minute, beats: 200, everyMs, isNewestFirst });
        await replay(fixture, 'unknown', {
          endedMs: 20 * minute,
          beats: 200,
          everyMs,
          isNewestFirst,
        });
      }
      expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
    },
  );

  it('does not revive an instance by a spool that is sent in parts, with pauses', async () => {
    for (const pauseMs of [1_000, 5_000, 10_000, 20_000, 37_000, 100_000]) {
      const fixture = createFixture();
      await live(fixture, 'a', 0, 3);
      await fixture.run(90 * minute);
      for (let part = 0; part < 12; part++) {
        const endedMs = 80 * minute - part * 240_000 + part * pauseMs;
        await replay(fixture, 'a', { endedMs, beats: 24, everyMs: 5 });
        await fixture.run(pauseMs);
      }
      expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
    }
  });

  it('does not take duplicates, or a spool that is sent again and again, for a slow clock', async () => {
    const fixture = createFixture();
    await live(fixture, 'a', 0, 3);
    await fixture.run(20 * minute);
    const firstMs = fixture.nowMs();
    for (let n = 0; n < 20; n++) {
      const endedMs = 10 * minute + fixture.nowMs() - firstMs;
      await replay(fixture, 'a', { endedMs, beats: 50, everyMs: n % 3 });
      await replay(fixture, 'a', { endedMs, beats: 1, everyMs: 7_000 });
    }
    expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
  });

  it.each(offsets)(
    'counts the live heartbeats among those of a spool, with a clock that is %s behind',
    async (_, ms) => {
      for (const olderFirst of [true, false]) {
        const fixture = createFixture();
        await live(fixture, 'a', ms, 3);
        const startMs = fixture.time.clock.now() - ms - 2 * hour;
        for (let n = 0; n < 200; n++) {
          const old = { timestampMs: startMs + n * 10_000, intervalSeconds: 10 };
          if (olderFirst) fixture.send(orion('a'), old);
          sendLive(fixture, 'a', ms);
          if (!olderFirst) fixture.send(orion('a'), old);
          await fixture.run(10_000);
        }
        await fixture.run(100_000);
        expect(stateKinds(fixture)).toEqual(['started', 'late', 'down']);
        expect(fixture.madeAtMs(fixture.disk.events.at(-1)?.id ?? '')).toBe(
          fixture.nowMs() - 70_000,
        );
      }
    },
  );

  it('delays no death when one old heartbeat arrives', async () => {
    const fixture = createFixture();
    await live(fixture, 'a', 0, 3);
    const lastMs = fixture.nowMs() - 10_000;
    sendLive(fixture, 'a', 50 * minute);
    await fixture.run(60_000);
    expect(fixture.kinds()).toEqual(['started', 'late', 'down']);
    const down = fixture.disk.events.find(({ kind }) => kind === 'down');
    expect(fixture.madeAtMs(down?.id ?? '') - lastMs).toBeLessThanOrEqual(41_000);
  });
});
