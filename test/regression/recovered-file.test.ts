import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import { delivered } from '../../service/contract/outcome.ts';
import { createPump } from '../../service/delivery/pump.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { openTestStore } from '../support/open-store.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A data file with five rows of ten records, of which some rows were lost when it was recovered. */
async function recovered(lost: string, settledSeq = 0): Promise<string> {
  const folder = temporaryFolder();
  const store = await openTestStore(folder);
  const reader = store.heartbeats.reader('monasca');
  for (let n = 0; n < 5; n++) await store.heartbeats.append(someHeartbeats(10, n * 10 + 1));
  if (settledSeq > 0) await reader.settle(settledSeq, []);
  await store.close();
  const file = new DatabaseSync(join(folder, 'heartbeat.sqlite'));
  file.exec(`DELETE FROM outbox_heartbeats WHERE ${lost}`);
  file.close();
  return folder;
}

describe('createOutbox', () => {
  it('continues after records that a damaged file has lost', async () => {
    const { heartbeats } = await openTestStore(await recovered('seq IN (1, 21, 31)'));
    const reader = heartbeats.reader('monasca');
    const first = reader.read(0, 1_000);
    expect(first).toEqual({ firstSeq: 11, records: someHeartbeats(10, 11) });
    expect(reader.read(20, 1_000)).toEqual({ firstSeq: 41, records: someHeartbeats(10, 41) });
    await reader.settle(50, []);
    expect(heartbeats.depth()).toBe(0);
  });

  it('never reuses a number that a reader has passed', async () => {
    const { heartbeats } = await openTestStore(await recovered('seq > 11', 45));
    const reader = heartbeats.reader('monasca');
    expect(reader.head).toBe(45);
    await heartbeats.append(someHeartbeats(3));
    expect(reader.read(45, 10)).toEqual({ firstSeq: 46, records: someHeartbeats(3) });
  });
});

describe('createPump', () => {
  it('delivers the records that a damaged file still has, and logs the lost ones', async () => {
    const { heartbeats } = await openTestStore(await recovered('seq IN (1, 21, 31)'));
    const { log, lines } = createRecordedLog();
    const seen: string[] = [];
    const pump = createPump({
      destination: 'monasca',
      reader: heartbeats.reader('monasca'),
      deliver: (batch) => {
        seen.push(...batch.map(({ instance }) => instance));
        return Promise.resolve(delivered);
      },
      batchRecords: 7,
      batchWaitMs: 0,
      parallelBatches: 1,
      backoff: { firstMs: 10, maxMs: 100 },
      clock: systemClock,
      random: Math.random,
      log,
      metrics: createMetrics(),
    });
    pump.start();
    expect(await pump.stop(20_000)).toEqual({ drained: true, left: 0 });
    const left = [...someHeartbeats(10, 11), ...someHeartbeats(10, 41)];
    expect(seen).toEqual(left.map(({ instance }) => instance));
    expect(lines).toMatchObject([
      {
        level: 'error',
        afterSeq: 0,
        missing: 10,
        msg: 'records are missing: expired, or lost with a damaged file',
      },
      { level: 'error', afterSeq: 20, missing: 20 },
    ]);
  });
});
