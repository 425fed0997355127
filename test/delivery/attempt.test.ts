import { describe, expect, it } from '@jest/globals';
import { type Destination, delivered, rejected, retry } from '../../service/contract/outcome.ts';
import { createAttempt } from '../../service/delivery/attempt.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

function setUp(deliver: Destination<string>) {
  const metrics = createMetrics();
  const { log, lines } = createRecordedLog();
  const clock = createFakeClock();
  const attempt = createAttempt({ destination: 'monasca', deliver, clock, log, metrics });
  return { attempt, lines, metrics };
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
