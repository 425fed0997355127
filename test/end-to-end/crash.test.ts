import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import { type FailPoint, failPointSettings } from '../support/fail-point.ts';
import { startLoad } from '../support/load.ts';
import { readMonasca } from '../support/monasca-reader.ts';
import { openStackSettings } from '../support/openstack-settings.ts';
import { deadLetters, drained } from '../support/pipeline-state.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Component that the mock always rejects, so that its heartbeats become dead letters. */
const refusedName = 'Refused';
const rounds = Number(process.env['CRASH_ROUNDS'] ?? 50);

let running: Mock | undefined;
let service: SpawnedService | undefined;

afterEach(async () => {
  await service?.kill();
  await running?.close();
  service = undefined;
  running = undefined;
});

async function startFixture(): Promise<{ mock: Mock; settings: Record<string, string> }> {
  const mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  running = mock;
  await fetch(`${new URL(mock.monascaUrl).origin}/mock/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'reject-metrics', metric: { dimensions: { name: refusedName } } }),
  });
  const settings = {
    ...openStackSettings(mock.keystoneUrl),
    HEARTBEAT_DATA_DIR: temporaryFolder(),
    HEARTBEAT_DELIVERY_BATCH_WAIT_MS: '20',
    HEARTBEAT_DELIVERY_BATCH_RECORDS: '200',
    HEARTBEAT_DELIVERY_BACKOFF_FIRST_MS: '20',
  };
  return { mock, settings };
}

/** Compares the heartbeats of all rounds with those in Monasca and in the service. */
async function expectNothingLost(
  mock: Mock,
  url: string,
  sent: ReadonlySet<string>,
  acknowledged: ReadonlySet<string>,
): Promise<{ delivered: number; dead: number }> {
  await drained(url);
  const monasca = readMonasca(mock);
  const delivered = await monasca.instances();
  const dead = await deadLetters(url);
  expect([...acknowledged].filter((one) => !delivered.has(one) && !dead.has(one))).toEqual([]);
  expect([...delivered].filter((one) => !sent.has(one))).toEqual([]);
  expect([...dead].filter((one) => delivered.has(one))).toEqual([]);
  // One heartbeat each: more measurements than instances would be duplicates.
  expect(await monasca.measurements()).toBe(delivered.size);
  return { delivered: delivered.size, dead: dead.size };
}

describe('A service that is killed under load', () => {
  it(`loses nothing that it acknowledged, in ${rounds} rounds`, async () => {
    const { mock, settings } = await startFixture();
    const sent = new Set<string>();
    const acknowledged = new Set<string>();
    const unexpected: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const current = await spawnService(settings);
      service = current;
      const nameOf = (n: number) => (n % 301 === 300 ? refusedName : 'Orion');
      const load = startLoad(() => current.url, { prefix: `r${round}`, nameOf });
      await delay(50 + Math.random() * 400);
      await current.kill();
      await load.stop();
      for (const instance of load.sent) sent.add(instance);
      for (const instance of load.acknowledged) acknowledged.add(instance);
      unexpected.push(...load.unexpected);
    }
    expect(unexpected).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(rounds * 10);

    service = await spawnService(settings);
    const { delivered, dead } = await expectNothingLost(mock, service.url, sent, acknowledged);
    process.stderr.write(
      `${rounds} kills: ${sent.size} sent, ${acknowledged.size} acknowledged, ` +
        `${delivered} in Monasca, ${dead} dead letters, 0 lost\n`,
    );
  }, 600_000);
});

/** Lines at which the process dies. */
const boundaries: (FailPoint & { readonly name: string })[] = [
  {
    name: 'before the commit',
    file: 'store/writer/writer-thread.ts',
    line: "current.database.exec('COMMIT')",
    hit: 30,
  },
  {
    name: 'after the commit and before the answer',
    file: 'store/group-commit.ts',
    line: 'this.#lastSuccessAtMs = this.#clock.now();',
    hit: 30,
  },
  {
    name: 'after delivery and before the cursor moves',
    file: 'store/readers.ts',
    line: 'const { statements, committed } = this.#settlement(',
    hit: 5,
  },
  {
    name: 'after the cursor moved on disk and before it moved in memory',
    file: 'store/readers.ts',
    line: 'committed();',
    hit: 5,
  },
];

describe('A service that is killed at a durable boundary', () => {
  for (const { name, ...point } of boundaries) {
    it(`loses nothing: ${name}`, async () => {
      const { mock, settings } = await startFixture();
      const dying = await spawnService({ ...settings, ...failPointSettings(point) });
      const load = startLoad(() => dying.url, { prefix: 'x', pauseMs: 5 });
      expect(await dying.exited).toMatchObject({ signal: 'SIGKILL' });
      await load.stop();
      expect(load.acknowledged.size).toBeGreaterThan(0);

      service = await spawnService(settings);
      await expectNothingLost(mock, service.url, load.sent, load.acknowledged);
    }, 60_000);
  }
});
