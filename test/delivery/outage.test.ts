import { describe, expect, it } from '@jest/globals';
import { delivered, type Outcome, rejected, retry } from '../../service/contract/outcome.ts';
import { createOutageGate } from '../../service/delivery/outage.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const away = retry('unreachable', 'ECONNREFUSED');

function setUp() {
  const clock = createFakeClock();
  const life = new AbortController();
  const reported: string[] = [];
  const gate = createOutageGate({
    backoff: { firstMs: 100, maxMs: 1_000 },
    clock,
    random: () => 1,
    signal: life.signal,
    onBegin: ({ reason, detail }) => reported.push(`${reason}: ${detail}`),
    onEnd: ({ attempts }) => reported.push(`over after ${attempts} attempts`),
  });
  /** A flight whose attempts end as listed, and the times at which they were made. */
  const fly = (...outcomes: Outcome[]) => {
    const times: number[] = [];
    const outcome = gate.openFlight()(async () => {
      times.push(clock.monotonic());
      return outcomes.shift() ?? delivered;
    });
    return { times, outcome };
  };
  return { clock, life, reported, gate, fly };
}

describe('createOutageGate', () => {
  it.each([delivered, rejected('bad')])('returns the final outcome %j', async (outcome) => {
    const { gate, fly, reported } = setUp();
    expect(await fly(outcome).outcome).toEqual(outcome);
    expect([gate.outage, reported]).toEqual([undefined, []]);
  });

  it('lets only the first failing flight retry, and the others after its final outcome', async () => {
    const { clock, fly, reported } = setUp();
    const [probe, other] = [fly(away, away, away), fly(away)];
    await clock.advance(10_000);
    expect([probe.times, other.times]).toEqual([
      [0, 100, 300, 700],
      [0, 700],
    ]);
    expect(reported).toEqual(['unreachable: ECONNREFUSED', 'over after 4 attempts']);
  });

  it('begins a new outage with the first back-off', async () => {
    const { clock, fly, reported } = setUp();
    const first = fly(away, away);
    await clock.advance(1_000);
    const second = fly(away);
    await clock.advance(1_000);
    expect([first.times, second.times]).toEqual([
      [0, 100, 300],
      [1_000, 1_100],
    ]);
    expect(reported).toHaveLength(4);
  });

  it('ends all flights without an outcome when its signal aborts', async () => {
    const { clock, life, fly } = setUp();
    const flights = [fly(away), fly(away), fly(away)];
    await clock.advance(50);
    life.abort();
    expect(await Promise.all(flights.map(({ outcome }) => outcome))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(clock.sleepers()).toBe(0);
  });
});
