import { describe, expect, it } from '@jest/globals';
import {
  type Destination,
  delivered,
  type Outcome,
  rejected,
  retry,
  skipped,
} from '../../service/contract/outcome.ts';
import { createAttempt } from '../../service/delivery/attempt.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { samplesOf } from '../support/samples.ts';

function setUp(deliver: Destination<string>) {
  const metrics = createMetrics();
  const { log, lines } = createRecordedLog();
  const clock = createFakeClock();
  const attempt = createAttempt({ destination: 'monasca', deliver, clock, log, metrics });
  return { attempt, lines, metrics, clock };
}

const { signal } = new AbortController();

describe('createAttempt', () => {
  it.each([delivered, rejected('bad'), retry('throttled', '429', 1_000)])(
    'passes %j on',
    async (outcome) => {
      const { attempt, lines } = setUp(async () => outcome);
      expect(await attempt(['a'], signal)).toEqual(outcome);
      expect(lines).toEqual([]);
    },
  );

  it.each<[Outcome, Record<string, number>]>([
    [delivered, { delivered_batches: 1, delivered_records: 3 }],
    [
      { kind: 'delivered', records: 2 },
      { delivered_batches: 1, delivered_records: 2 },
    ],
    [rejected('bad'), { delivery_rejected_batches: 1 }],
    [retry('throttled', '429'), { delivery_failures: 1 }],
    [skipped, {}],
  ])('counts an attempt that ends with %j', async (outcome, expected) => {
    const { attempt, metrics, clock } = setUp(async () => {
      await clock.advance(250);
      return outcome;
    });
    await attempt(['a', 'b', 'c'], signal);
    const counted = [...(await samplesOf(metrics))].filter(([, value]) => value > 0);
    const counters = counted.flatMap(([name, value]) => {
      const [, counter] = /^heartbeat_(.*)_total\{destination="monasca"/.exec(name) ?? [];
      return counter === undefined ? [] : [[counter, value]];
    });
    expect(Object.fromEntries(counters)).toEqual(expected);
    expect(counters.length).toBe(Object.keys(expected).length);
    const seconds = new Map(counted).get(
      'heartbeat_delivery_attempt_seconds_sum{destination="monasca"}',
    );
    expect(seconds).toBe(outcome === skipped ? undefined : 0.25);
  });

  it('counts a failure with its reason', async () => {
    const { attempt, metrics } = setUp(async () => retry('throttled', '429'));
    await attempt(['a'], signal);
    const name = 'heartbeat_delivery_failures_total{destination="monasca",reason="throttled"}';
    expect((await samplesOf(metrics)).get(name)).toBe(1);
  });

  it.each<[string, Destination<string>]>([
    ['rejects', () => Promise.reject(new Error('x is undefined'))],
    [
      'throws',
      () => {
        throw new Error('x is undefined');
      },
    ],
  ])('logs a destination that %s, and makes it an unexpected answer', async (_, deliver) => {
    const { attempt, lines } = setUp(deliver);
    expect(await attempt(['a'], signal)).toEqual(retry('unexpected-answer', 'x is undefined'));
    expect(lines).toMatchObject([{ level: 'error', records: 1 }]);
  });
});
