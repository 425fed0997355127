import { describe, expect, it } from '@jest/globals';
import { delivered, type Outcome, rejected, retry } from '../../service/contract/outcome.ts';
import { createOutageGate } from '../../service/delivery/outage.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const away = retry('unreachable', 'ECONNREFUSED');

function setUp() {
  const clock = createFakeClock();
  const life = new AbortController();
  const told: string[] = [];
  const gate = createOutageGate({
    backoff: { firstMs: 100, maxMs: 1_000 },
    clock,
    random: () => 1,
    signal: life.signal,
    onBegin: ({ reason, detail }) => told.push(`${reason}: ${detail}`),
    onEnd: ({ attempts }) => told.push(`over after ${attempts} attempts`),
  });
  /** A flight whose attempts end as listed, and the times at which they were made. */
  const fly = (...outcomes: Outcome[]) => {
    const times: number[] = [];
    const verdict = gate.openFlight()(async () => {
      times.push(clock.monotonic());
      return outcomes.shift() ?? delivered;
    });
    return { times, verdict };
  };
  return { clock, life, told, gate, fly };
}

describe('createOutageGate', () => {
  it.each([delivered, rejected('bad')])('passes the verdict %j on', async (verdict) => {
    const { gate, fly, told } = setUp();
    expect(await fly(verdict).verdict).toEqual(verdict);
    expect([gate.outage, told]).toEqual([undefined, []]);
  });

  it('lets the first that fails ask alone, and the others when it has a verdict', async () => {
    const { clock, fly, told } = setUp();
    const [probe, other] = [fly(away, away, away), fly(away)];
    await clock.advance(10_000);
    expect([probe.times, other.times]).toEqual([
      [0, 100, 300, 700],
      [0, 700],
    ]);
    expect(told).toEqual(['unreachable: ECONNREFUSED', 'over after 4 attempts']);
  });

  it('begins a new outage with the first back-off', async () => {
    const { clock, fly, told } = setUp();
    const first = fly(away, away);
    await clock.advance(1_000);
    const second = fly(away);
    await clock.advance(1_000);
    expect([first.times, second.times]).toEqual([
      [0, 100, 300],
      [1_000, 1_100],
    ]);
    expect(told).toHaveLength(4);
  });

  it('lets all go without a verdict when its signal aborts', async () => {
    const { clock, life, fly } = setUp();
    const flights = [fly(away), fly(away), fly(away)];
    await clock.advance(50);
    life.abort();
    expect(await Promise.all(flights.map(({ verdict }) => verdict))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(clock.sleepers()).toBe(0);
  });
});
