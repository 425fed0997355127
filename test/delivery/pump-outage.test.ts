import { describe, expect, it } from '@jest/globals';
import { delivered, type Outcome, rejected, retry } from '../../service/contract/outcome.ts';
import { createPumpFixture, metric, numbered } from '../support/pump-fixture.ts';

const away = retry('server-error', '503');

describe('createPump: outage', () => {
  it('backs off longer with each failure in a row, and from the start after a success', async () => {
    const fixture = createPumpFixture({ batchRecords: 1 });
    fixture.answer = (_, index) => ([0, 1, 2, 3, 4, 5, 7].includes(index) ? away : delivered);
    fixture.outbox.append(1, 2);
    fixture.pump.start();
    await fixture.clock.advance(3_600_000);
    const waits = fixture.calls.map(
      ({ atMs }, index) => atMs - (fixture.calls[index - 1]?.atMs ?? 0),
    );
    // The seventh call succeeds; the second record fails once.
    expect(waits).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 0, 500]);
  });

  it.each([
    ['seconds that are longer than the back-off', 30_000, 30_000 * 1.05],
    ['less than the back-off', 10, 500],
    ['a day, which is cut to an hour', 86_400_000, 3_600_000 * 1.05],
  ])('honours a Retry-After of %s', async (_, afterMs, expected) => {
    const fixture = createPumpFixture({ batchRecords: 1 });
    fixture.answer = (_records, index) =>
      index === 0 ? retry('throttled', '429', afterMs) : delivered;
    fixture.outbox.append(1);
    fixture.pump.start();
    await fixture.clock.advance(expected - 1);
    expect(fixture.calls).toHaveLength(1);
    await fixture.clock.advance(1);
    expect(fixture.calls).toHaveLength(2);
  });

  it('starts no new batch and retries with one call at a time, then continues with all', async () => {
    const fixture = createPumpFixture({ batchRecords: 1, parallelBatches: 4 });
    let isAway = true;
    fixture.answer = () => fixture.clock.sleep(10).then(() => (isAway ? away : delivered));
    fixture.outbox.append(...numbered(40));
    fixture.pump.start();
    await fixture.clock.advance(10);
    expect(fixture.calls).toHaveLength(4);
    await fixture.clock.advance(8_000);
    // 4 at first; then the probe alone, at 510, 1520, 3530 and 7540 ms.
    expect(fixture.calls.slice(4).map(({ records, atMs }) => [records, atMs])).toEqual([
      [[1], 510],
      [[1], 1_520],
      [[1], 3_530],
      [[1], 7_540],
    ]);
    isAway = false;
    await fixture.clock.advance(15_550 + 10 - fixture.clock.monotonic());
    expect(fixture.pump.status()).toMatchObject({ state: 'delivering', inFlight: 4 });
    await fixture.clock.advance(1_000);
    expect(fixture.outbox.durable.cursor).toBe(40);
  });

  it('takes what another batch in flight achieved for no sign that it is over', async () => {
    const fixture = createPumpFixture({ batchRecords: 1, parallelBatches: 2 });
    fixture.answer = (records) =>
      records[0] === 1 ? away : fixture.clock.sleep(100).then(() => delivered);
    fixture.outbox.append(...numbered(10));
    fixture.pump.start();
    await fixture.clock.advance(5_000);
    expect(fixture.pump.status()).toMatchObject({ state: 'outage', inFlight: 1, cursor: 0 });
    expect(fixture.calls.map(({ records }) => records[0])).toEqual([1, 2, 1, 1, 1]);
  });

  it('waits for the longest Retry-After that any batch in flight received', async () => {
    const fixture = createPumpFixture({ batchRecords: 1, parallelBatches: 2 });
    const answers = [away, retry('throttled', '429', 60_000)];
    fixture.answer = (_, index) => answers[index] ?? delivered;
    fixture.outbox.append(1, 2);
    fixture.pump.start();
    await fixture.clock.advance(62_999);
    expect(fixture.calls).toHaveLength(2);
    await fixture.clock.advance(1);
    expect(fixture.calls.map(({ atMs }) => atMs)).toEqual([0, 0, 63_000, 63_000]);
  });

  it('takes a failure that was under way when the outage ended for old news', async () => {
    const fixture = createPumpFixture({ batchRecords: 1, parallelBatches: 2 });
    const late = Promise.withResolvers<Outcome>();
    fixture.answer = (_, index) => [away, late.promise][index] ?? delivered;
    fixture.outbox.append(1, 2, 3);
    fixture.pump.start();
    await fixture.clock.advance(500);
    expect(fixture.lines).toHaveLength(2);
    late.resolve(retry('timeout', 'no answer'));
    await fixture.clock.advance(500);
    expect(fixture.lines).toHaveLength(2);
    expect(fixture.outbox.durable.cursor).toBe(3);
  });

  it('ends with a rejection too, which is a response', async () => {
    const fixture = createPumpFixture({ batchRecords: 1 });
    fixture.answer = (_, index) => [away, rejected('bad')][index] ?? delivered;
    fixture.outbox.append(1);
    fixture.pump.start();
    await fixture.clock.advance(10_000);
    expect(fixture.pump.status().state).toBe('idle');
    expect(await metric(fixture, 'deliveryUp')).toBe(1);
  });

  it('logs one line when it begins and one when it ends, and counts in between', async () => {
    const fixture = createPumpFixture({ batchRecords: 2, parallelBatches: 3 });
    fixture.answer = () => (fixture.clock.monotonic() < 60_000 ? away : delivered);
    fixture.outbox.append(...numbered(20));
    fixture.pump.start();
    await fixture.clock.advance(59_000);
    const failures = await metric(fixture, 'deliveryFailures', { reason: 'server-error' });
    expect(failures).toBe(fixture.calls.length);
    expect(await metric(fixture, 'deliveryUp')).toBe(0);
    await fixture.clock.advance(60_000);
    expect(fixture.lines).toEqual([
      {
        level: 'warn',
        destination: 'monasca',
        reason: 'server-error',
        detail: '503',
        behind: 20,
        msg: 'delivery fails: records wait',
      },
      {
        level: 'info',
        destination: 'monasca',
        durationMs: 63_500,
        attempts: failures,
        behind: 20,
        msg: 'delivery works again',
      },
    ]);
  });

  it('never spins, whatever chance says', async () => {
    const fixture = createPumpFixture({ random: () => 0 });
    fixture.answer = (_, index) => (index < 50 ? away : delivered);
    fixture.outbox.append(...numbered(4));
    fixture.pump.start();
    await fixture.settle();
    expect(fixture.sleeps()).toBe(50);
    expect(fixture.calls).toHaveLength(51);
  });

  it('is part of the status', async () => {
    const fixture = createPumpFixture({ batchRecords: 1 });
    const start = fixture.clock.now();
    fixture.answer = () => away;
    fixture.outbox.append(1, 2);
    fixture.pump.start();
    await fixture.clock.advance(600);
    expect(fixture.pump.status()).toEqual({
      state: 'outage',
      since: start,
      lastFailure: { at: start + 500, reason: 'server-error', detail: '503' },
      inFlight: 1,
      cursor: 0,
      behind: 2,
    });
  });

  it('takes a destination that throws for one that gave an unexpected answer', async () => {
    const fixture = createPumpFixture({ batchRecords: 1 });
    fixture.answer = (_, index) => {
      if (index === 0) throw new TypeError('x is undefined');
      return delivered;
    };
    fixture.outbox.append(1);
    fixture.pump.start();
    await fixture.clock.advance(1_000);
    expect(fixture.outbox.durable.cursor).toBe(1);
    expect(await metric(fixture, 'deliveryFailures', { reason: 'unexpected-answer' })).toBe(1);
    expect(fixture.lines.map(({ level }) => level)).toEqual(['error', 'warn', 'info']);
    expect(fixture.lines[0]).toMatchObject({ error: { message: 'x is undefined' } });
  });
});
