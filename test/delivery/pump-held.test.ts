import { describe, expect, it } from '@jest/globals';
import { delivered, retry } from '../../service/contract/outcome.ts';
import { createPumpFixture, numbered } from '../support/pump-fixture.ts';

describe('createPump: held', () => {
  it('delivers nothing while it is held, and everything soon after', async () => {
    let isHeld = true;
    const fixture = createPumpFixture({ batchRecords: 2, isHeld: () => isHeld });
    fixture.pump.start();
    fixture.outbox.append(...numbered(4));
    await fixture.clock.advance(60_000);
    expect(fixture.calls).toEqual([]);
    expect(fixture.pump.status()).toMatchObject({ state: 'delivering', behind: 4 });
    isHeld = false;
    await fixture.clock.advance(250);
    expect(fixture.calls.map(({ records }) => records)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await fixture.pump.stop(0);
  });

  it('keeps a batch that fails when the hold begins, and is no outage meanwhile', async () => {
    let isHeld = false;
    const fixture = createPumpFixture({ isHeld: () => isHeld });
    fixture.answer = () => retry('unreachable', 'refused');
    fixture.outbox.append(1);
    fixture.pump.start();
    await fixture.settle();
    isHeld = true;
    await fixture.clock.advance(60_000);
    const attempts = fixture.calls.length;
    await fixture.clock.advance(60_000);
    expect(fixture.calls).toHaveLength(attempts);
    expect(fixture.pump.status().state).toBe('delivering');
    fixture.answer = () => delivered;
    isHeld = false;
    await fixture.clock.advance(250);
    expect(fixture.outbox.durable.cursor).toBe(1);
    await fixture.pump.stop(0);
  });

  it('stops at once, and loses nothing', async () => {
    const fixture = createPumpFixture({ isHeld: () => true });
    fixture.outbox.append(...numbered(3));
    fixture.pump.start();
    await fixture.settle();
    const stopped = fixture.pump.stop(60_000);
    await fixture.clock.advance(250);
    expect(await stopped).toEqual({ drained: false, left: 3 });
    expect(fixture.calls).toEqual([]);
  });

  it('does not pass a batch that was under way when the hold began and the pump stops', async () => {
    let isHeld = false;
    const fixture = createPumpFixture({ isHeld: () => isHeld });
    fixture.answer = () => retry('unreachable', 'refused');
    fixture.outbox.append(1);
    fixture.pump.start();
    await fixture.settle();
    isHeld = true;
    fixture.answer = () => delivered;
    await fixture.clock.advance(60_000);
    const stopped = fixture.pump.stop(1_000);
    await fixture.clock.advance(2_000);
    expect(await stopped).toEqual({ drained: false, left: 1 });
    expect(fixture.outbox.durable.cursor).toBe(0);
  });
});
