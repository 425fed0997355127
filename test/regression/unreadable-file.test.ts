import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openStackSettings } from '../support/openstack-settings.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, runService, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort } from '../support/test-server.ts';
import { untilResult } from '../support/until.ts';

const heartbeats = (count: number) =>
  JSON.stringify(
    Array.from({ length: count }, (_, n) => ({ name: 'a', version: '1', instance: `c${n}` })),
  );

let running: LocalService | undefined;
afterEach(() => running?.stop());

describe('A data file that cannot be read while the service runs', () => {
  it('is reported by /health, hides no other metric, and recovers', async () => {
    const service = await startService({
      ...openStackSettings(`http://127.0.0.1:${await freePort()}`),
      HEARTBEAT_STOP_DRAIN_SECONDS: '0',
    });
    running = service;
    const get = async (path: string) => exchange(service.port, requestText('GET', path));
    const store = async () => JSON.parse((await get('/health')).body).dependencies.store;
    const file = join(service.dataDir, 'heartbeat.sqlite');
    await exchange(
      service.port,
      requestText('POST', '/api/v1/heartbeats', { body: heartbeats(10_000) }),
    );
    expect(await store()).toMatchObject({ status: 'up', lastSuccess: expect.any(String) });
    // Moves the records from the WAL to the file that is then truncated.
    const other = new DatabaseSync(file);
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    other.close();
    const bytes = readFileSync(file);
    truncateSync(file, 8_192);

    const metrics = await get('/metrics');
    expect(metrics.status).toBe(200);
    expect(metrics.body).toMatch(/^heartbeat_outbox_oldest_age_seconds\{.*\} Nan$/im);
    expect(metrics.body).toMatch(/^heartbeat_accepted_total\{profile="native"\} 10000$/m);
    expect(await store()).toMatchObject({ status: 'down', detail: expect.any(String) });

    writeFileSync(file, bytes);
    await untilResult(
      async () => ({ metrics: (await get('/metrics')).body, state: await store() }),
      ({ metrics, state }) => !/Nan$/im.test(metrics) && state.status === 'up',
    );
    expect(await store()).toMatchObject({ status: 'up' });
    expect(service.lines.filter(({ level }) => level === 'fatal')).toEqual([]);
  });
});

describe('A start that fails after its writing thread has started', () => {
  it('ends the process', async () => {
    const folder = temporaryFolder();
    const settings = { HEARTBEAT_DATA_DIR: folder };
    const service = await startService(settings);
    await service.stop();
    const file = new DatabaseSync(join(folder, 'heartbeat.sqlite'));
    file.exec('DROP TABLE outbox_heartbeats');
    file.close();

    const { code, lines } = await runService(settings);
    expect(code).toBe(1);
    expect(lines).toMatchObject([
      { level: 'fatal', error: { message: expect.stringContaining('no such table') } },
    ]);
  });
});
