import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../../monasca-mock/mock.ts';
import { pipelineSchema } from '../../../service/contract/api/pipeline.ts';
import { control } from '../../monasca-mock/client.ts';
import { openStackSettings } from '../../support/openstack-settings.ts';
import { type LocalService, startService } from '../../support/service.ts';
import { untilResult } from '../../support/until.ts';

let mock: Mock;
let service: LocalService;
beforeAll(async () => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  const hook = { name: 'hook', type: 'webhook', url: 'http://127.0.0.1:1', allowPrivate: true };
  service = await startService({
    ...openStackSettings(mock.keystoneUrl),
    HEARTBEAT_NOTIFIERS: JSON.stringify([hook]),
    HEARTBEAT_DELIVERY_BATCH_WAIT_MS: '10',
    HEARTBEAT_STOP_DRAIN_SECONDS: '0',
  });
});
afterAll(async () => {
  await service?.stop();
  await mock?.close();
});

const read = async () => {
  const response = await fetch(`${service.url}/api/v1/pipeline`);
  return pipelineSchema.parse(await response.json());
};
const send = async (count: number) => {
  const one = (n: number) => ({ name: 'Orion', version: '1', instance: `i${n}` });
  const body = JSON.stringify(Array.from({ length: count }, (_, n) => one(n)));
  await fetch(`${service.url}/api/v1/heartbeats`, { method: 'POST', body });
};
const setFault = (method: 'POST' | 'DELETE', body?: object) =>
  control(mock, method, '/mock/faults', body);

describe('GET /api/v1/pipeline', () => {
  it('describes reception, the token, each destination, and an outage in words', async () => {
    await send(3);
    const good = await untilResult(
      read,
      ({ destinations: [monasca] }) => monasca?.waiting === 0 && monasca.lastSuccess !== undefined,
    );
    expect(good).toMatchObject({
      stored: 3,
      outbox: { limit: 10_000_000 },
      token: { state: 'valid', expires: expect.any(String), lastSuccess: expect.any(String) },
      destinations: [
        { name: 'monasca', receives: 'heartbeats', state: 'idle', position: 3, deadLetters: 0 },
        { name: 'notifier.hook', receives: 'events' },
      ],
    });
    // The rate is sampled, so it may follow a moment later.
    await untilResult(read, ({ receivedPerSecond }) => receivedPerSecond > 0);

    await setFault('POST', { kind: 'token-401', service: 'monasca', method: 'POST' });
    await send(2);
    const failing = await untilResult(
      read,
      ({ destinations: [monasca] }) => monasca?.state === 'outage',
    );
    const [monasca] = failing.destinations;
    expect(monasca).toMatchObject({ waiting: 2, lastFailure: { reason: 'unauthenticated' } });
    const begin = monasca?.since.slice(11, 16);
    const texts = failing.sentences.map(({ text }) => text);
    expect(texts).toContain(
      `Monasca has refused us since ${begin} UTC with 401; 2 heartbeats wait.`,
    );
    expect(failing.outbox).toMatchObject({ records: 2 });
    const older = await untilResult(read, ({ outbox }) => outbox.oldestAgeSeconds > 0.2);
    expect(older.status).toBe('degraded');

    await setFault('DELETE');
    const after = await untilResult(read, ({ outbox }) => outbox.records === 0);
    expect(after.sentences.filter(({ about }) => about === 'monasca')).toEqual([]);
    expect(after.outbox.oldestAgeSeconds).toBe(0);
  });

  it('counts dead letters, which a retry delivers', async () => {
    await setFault('POST', {
      kind: 'reject-metrics',
      service: 'monasca',
      metric: { name: 'GE_Heartbeat' },
    });
    await send(1);
    const rejected = await untilResult(read, ({ deadLetters }) => deadLetters['monasca'] === 1);
    expect(rejected.sentences).toContainEqual({
      level: 'warning',
      about: 'monasca',
      text: 'Monasca has rejected 1 heartbeat, kept as a dead letter.',
    });
    await setFault('DELETE');
    const retry = await fetch(`${service.url}/api/v1/dead-letters/retry`, { method: 'POST' });
    expect(await retry.json()).toMatchObject({ delivered: 1, left: 0 });
    expect((await read()).deadLetters).toMatchObject({ monasca: 0 });
  });
});
