import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import { createLog } from '../../service/runtime/log.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { openStore } from '../../service/store/store.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until, untilResult } from '../support/until.ts';

describe('openStore', () => {
  it('rejects heartbeats at once while a commit hangs, and lets no request wait for it', async () => {
    const dataDir = temporaryFolder();
    const clock = createFakeClock();
    const runtime = { clock, log: createLog('silent'), metrics: createMetrics() };
    const options = { dataDir, maxRecords: 1_000_000, minFreeBytes: 0 };
    const store = await openStore(options, runtime);
    const { append } = store.heartbeats;
    store.heartbeats.reader('monasca');
    expect(await append(someHeartbeats(1))).toEqual({ kind: 'stored' });

    // The holder of the lock delays a commit, as a disk does, for at most five seconds.
    const other = new DatabaseSync(join(dataDir, 'heartbeat.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const hanging = append(someHeartbeats(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const result = await untilResult(
      async () => {
        await clock.advance(11_000);
        return Promise.race([append(someHeartbeats(1)), delay(20)]);
      },
      (appended) => appended !== undefined,
      { withinMs: 4_000 },
    );
    expect(result).toMatchObject({ kind: 'unavailable', failure: { reason: 'io' } });
    expect(store.failure()).toMatchObject({ reason: 'io' });

    other.exec('ROLLBACK');
    other.close();
    expect(await hanging).toEqual({ kind: 'stored' });
    await until(async () => {
      await clock.advance(1_000);
      return store.failure() === undefined;
    });
    expect(await append(someHeartbeats(1))).toEqual({ kind: 'stored' });
    await store.close();
  });
});

const delay = (ms: number) =>
  new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms));
