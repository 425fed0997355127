import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import { createLog } from '../../service/runtime/log.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { openStore } from '../../service/store/store.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { someHeartbeats } from '../support/heartbeats.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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

    // Who holds the lock makes a commit wait, as a disk does; for five seconds at the most.
    const other = new DatabaseSync(join(dataDir, 'heartbeat.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const hanging = append(someHeartbeats(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const refused = { kind: 'unavailable', failure: { reason: 'io' } };
    let answer: unknown;
    for (let tries = 0; tries < 100 && answer === undefined; tries++) {
      await clock.advance(11_000);
      answer = await Promise.race([append(someHeartbeats(1)), delay(20)]);
    }
    expect(answer).toMatchObject(refused);
    expect(store.failure()).toMatchObject({ reason: 'io' });

    other.exec('ROLLBACK');
    other.close();
    expect(await hanging).toEqual({ kind: 'stored' });
    await clock.advance(1_000);
    await delay(50);
    expect(store.failure()).toBeUndefined();
    expect(await append(someHeartbeats(1))).toEqual({ kind: 'stored' });
    await store.close();
  });
});

const delay = (ms: number) =>
  new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms));
