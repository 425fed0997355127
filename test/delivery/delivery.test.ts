import { describe, expect, it } from '@jest/globals';
import { delivered, type Outcome } from '../../service/contract/outcome.ts';
import { createDelivery } from '../../service/delivery/delivery.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createMemoryOutbox } from '../support/memory-outbox.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { samplesOf } from '../support/samples.ts';

describe('createDelivery', () => {
  it('has gauges of what is not delivered and of its dead letters, apart from what is under way', async () => {
    const outbox = createMemoryOutbox<number>();
    const metrics = createMetrics();
    const clock = createFakeClock();
    const answers: ((outcome: Outcome) => void)[] = [];
    const none = async () => undefined;
    const delivery = createDelivery<number>(
      {
        destination: 'monasca',
        outbox: {
          reader: () => outbox.open(),
          letters: { count: () => 3, page: () => [], remove: none },
        },
        deliver: () => new Promise((resolve) => void answers.push(resolve)),
        ...{ batchRecords: 4, batchWaitMs: 100, parallelBatches: 2 },
        backoff: { firstMs: 1_000, maxMs: 16_000 },
        timeoutMs: 1_000,
        toContent: () => ({ heartbeat: {} }),
      },
      { clock, metrics, log: createRecordedLog().log },
    );
    const shown = async () => {
      const samples = await samplesOf(metrics);
      const { inFlight, behind } = delivery.health();
      const gauge = (name: string) => samples.get(`heartbeat_${name}{destination="monasca"}`);
      return {
        inFlight,
        behind,
        gauge: gauge('destination_behind_records'),
        letters: gauge('dead_letters'),
      };
    };
    outbox.append(...Array.from({ length: 11 }, (_, n) => n));
    delivery.start();
    await clock.advance(0);
    expect(await shown()).toEqual({ inFlight: 2, behind: 11, gauge: 11, letters: 3 });
    answers[0]?.(delivered);
    await clock.advance(100);
    expect(await shown()).toEqual({ inFlight: 2, behind: 7, gauge: 7, letters: 3 });
    for (const answer of answers) answer(delivered);
    await clock.advance(100);
    expect(await shown()).toEqual({ inFlight: 0, behind: 0, gauge: 0, letters: 3 });
    await delivery.stop(0);
  });
});
