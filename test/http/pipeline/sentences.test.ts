import { describe, expect, it } from '@jest/globals';
import type { PipelineDestination, PipelineToken } from '../../../service/contract/api/pipeline.ts';
import { retryReasons } from '../../../service/contract/outcome.ts';
import { pipelineSentences } from '../../../service/http/pipeline/sentences.ts';

const time = '2026-03-04T12:30:00.000Z';
const since = '2026-03-04T12:03:59.000Z';
const outbox = { records: 0, limit: 1_000, oldestAgeSeconds: 0 };
const token: PipelineToken = { state: 'valid' };
const monasca: PipelineDestination = {
  name: 'monasca',
  receives: 'heartbeats',
  state: 'idle',
  since,
  position: 5,
  waiting: 0,
  inFlight: 0,
  deadLetters: 0,
};
const failing = (detail: string, given: Partial<PipelineDestination> = {}) => ({
  ...monasca,
  state: 'outage' as const,
  waiting: 1_240,
  lastFailure: { at: since, reason: 'unauthenticated' as const, detail },
  ...given,
});

const textsOf = (given: Partial<Parameters<typeof pipelineSentences>[0]>): string[] =>
  pipelineSentences({
    time,
    notReady: undefined,
    outbox,
    token,
    destinations: [monasca],
    ...given,
  }).map(({ level, text }) => `${level}: ${text}`);

describe('pipelineSentences', () => {
  it('are none where nothing is wrong', () => {
    expect(textsOf({})).toEqual([]);
    expect(textsOf({ destinations: [{ ...monasca, state: 'delivering', waiting: 7 }] })).toEqual(
      [],
    );
    expect(textsOf({ token: { state: 'unused' }, destinations: [] })).toEqual([]);
  });

  it('name the destination, the begin, the status and what waits', () => {
    const detail = 'a new token is refused as well: Monasca answered 401: Unauthorized';
    expect(textsOf({ destinations: [failing(detail)] })).toEqual([
      'bad: Monasca has refused us since 12:03 UTC with 401; 1,240 heartbeats wait.',
    ]);
  });

  it('name a notifier, the date of an older outage, and a single event', () => {
    const hook = failing('the webhook answered 503', {
      name: 'notifier.hook',
      receives: 'events',
      waiting: 1,
      since: '2026-03-03T23:59:00.000Z',
      lastFailure: { at: since, reason: 'server-error', detail: 'hook answered 503' },
    });
    expect(textsOf({ destinations: [hook] })).toEqual([
      'bad: The notifier hook has failed since 2026-03-03 23:59 UTC with 503; 1 event waits.',
    ]);
  });

  it('name Keystone where it is the cause, with its last error', () => {
    const detail = 'Keystone answered 401: The request you have made requires authentication.';
    const destinations = [failing(detail)];
    const failed: PipelineToken = { state: 'failing', lastFailure: { at: since, detail } };
    expect(textsOf({ destinations, token: failed })).toEqual([
      'bad: Keystone has refused us since 12:03 UTC with 401; 1,240 heartbeats wait.',
      `bad: The last login to Keystone failed at 12:03 UTC: ${detail}`,
    ]);
    expect(textsOf({ token: failed })).toEqual([
      `warning: The last login to Keystone failed at 12:03 UTC: ${detail}`,
    ]);
  });

  it('name a store that accepts nothing, an outbox that fills, and dead letters, the worst first', () => {
    const destinations = [{ ...monasca, deadLetters: 1 }, failing('x', { deadLetters: 2_000 })];
    expect(textsOf({ outbox: { ...outbox, records: 800 }, destinations })).toEqual([
      'bad: Monasca has refused us since 12:03 UTC; 1,240 heartbeats wait.',
      'warning: The outbox is 80 % full; beyond 1,000 heartbeats new ones are rejected.',
      'warning: Monasca has rejected 1 heartbeat, kept as a dead letter.',
      'warning: Monasca has rejected 2,000 heartbeats, kept as dead letters.',
    ]);
    expect(textsOf({ notReady: 'the outbox is full' })).toEqual([
      'bad: No heartbeat can be accepted: the outbox is full.',
    ]);
  });

  it.each(retryReasons)('are sentences for each reason: %s', (reason) => {
    const one = failing('x', { lastFailure: { at: since, reason, detail: 'x' } });
    expect(textsOf({ destinations: [one] })).toEqual([
      expect.stringMatching(/^bad: Monasca has .*since 12:03 UTC; 1,240 heartbeats wait\.$/),
    ]);
  });
});
