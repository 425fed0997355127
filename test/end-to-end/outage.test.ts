import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import { type Load, startLoad } from '../support/load.ts';
import { type MonascaReader, readMonasca } from '../support/monasca-reader.ts';
import { openStackSettings } from '../support/openstack-settings.ts';
import { drained, metric } from '../support/pipeline-state.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';

/** Duration of each fault. A longer one only repeats the same. */
const seconds = Number(process.env['OUTAGE_SECONDS'] ?? 1.5);

type Fault = Readonly<Record<string, unknown>>;
type Outage = {
  readonly name: string;
  readonly faults: readonly Fault[];
  /** Logins that recovery may need. */
  readonly logins: number;
};

const monasca = (fault: Fault): Fault => ({ service: 'monasca', seconds, ...fault });
const keystone = (fault: Fault): Fault => ({ service: 'keystone', seconds, ...fault });

const outages: readonly Outage[] = [
  { name: 'Monasca answers 500', faults: [monasca({ kind: 'status', status: 500 })], logins: 0 },
  { name: 'Monasca answers 503', faults: [monasca({ kind: 'status', status: 503 })], logins: 0 },
  {
    name: 'Monasca answers 503 with Retry-After',
    faults: [monasca({ kind: 'status', status: 503, retryAfter: 1 })],
    logins: 0,
  },
  {
    name: 'a proxy before Monasca answers 429 with Retry-After',
    faults: [monasca({ kind: 'status', status: 429, retryAfter: 1 })],
    logins: 0,
  },
  {
    name: 'a proxy before Monasca answers 502 with a page of HTML',
    faults: [monasca({ kind: 'status', status: 502, body: '<html>Bad Gateway</html>' })],
    logins: 0,
  },
  { name: 'Monasca is slow', faults: [monasca({ kind: 'slow', delayMs: 700 })], logins: 0 },
  { name: 'Monasca hangs', faults: [monasca({ kind: 'hang' })], logins: 0 },
  {
    name: 'Monasca stops in the middle of an error',
    // With a status of success Monasca would have stored the metrics: the status is the verdict.
    faults: [monasca({ kind: 'half-open', status: 503 })],
    logins: 0,
  },
  { name: 'Monasca drops connections', faults: [monasca({ kind: 'cut' })], logins: 0 },
  {
    name: 'Monasca stores, and drops the connection before it answers',
    faults: [monasca({ kind: 'cut-after' })],
    logins: 0,
  },
  { name: 'Monasca refuses connections', faults: [monasca({ kind: 'refuse' })], logins: 0 },
  {
    name: 'Monasca refuses one token',
    faults: [monasca({ kind: 'token-401', count: 1 })],
    logins: 1,
  },
  {
    name: 'Keystone is down while tokens are revoked',
    faults: [keystone({ kind: 'refuse' })],
    logins: 1,
  },
  {
    name: 'Keystone answers 503 with Retry-After while tokens are revoked',
    faults: [keystone({ kind: 'status', status: 503, retryAfter: 1 })],
    logins: 1,
  },
  {
    name: 'Keystone hangs while tokens are revoked',
    faults: [keystone({ kind: 'hang' })],
    logins: 1,
  },
];

describe('A service whose Monasca or Keystone fails', () => {
  let mock: Mock;
  let service: SpawnedService;
  let reader: MonascaReader;
  const sent = new Set<string>();
  const acknowledged = new Set<string>();

  beforeAll(async () => {
    mock = await startMock({ keystonePort: 0, monascaPort: 0 });
    reader = readMonasca(mock);
    service = await spawnService({
      ...openStackSettings(mock.keystoneUrl),
      HEARTBEAT_DELIVERY_TIMEOUT_SECONDS: '1',
      HEARTBEAT_DELIVERY_BATCH_WAIT_MS: '20',
      HEARTBEAT_DELIVERY_BATCH_RECORDS: '100',
      HEARTBEAT_DELIVERY_BACKOFF_FIRST_MS: '50',
      HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '300',
    });
    // The first login, which no outage counts.
    await loadDuring('first', () => delay(200));
    await drained(service.url);
  });
  afterAll(async () => {
    await service?.kill();
    await mock?.close();
  });

  const control = async (path: string, body: unknown): Promise<{ id?: string }> => {
    const answer = await fetch(`${new URL(mock.monascaUrl).origin}/mock/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect([200, 201]).toContain(answer.status);
    return JSON.parse(await answer.text());
  };
  /** The faults that the mock has played so far, by their ids. */
  const playedFaults = async (): Promise<Set<string | null>> => {
    const answer = await fetch(`${new URL(mock.monascaUrl).origin}/mock/requests?limit=10000`);
    const { requests }: { requests: { fault: string | null }[] } = JSON.parse(await answer.text());
    return new Set(requests.map(({ fault }) => fault));
  };
  const logins = () =>
    metric(service.url, 'heartbeat_keystone_logins_total', '{result="success"}').catch(() => 0);

  async function loadDuring(prefix: string, work: () => Promise<void>): Promise<Load> {
    const load = startLoad(() => service.url, { prefix, senders: 4, pauseMs: 10 });
    await work().finally(load.stop);
    for (const instance of load.sent) sent.add(instance);
    for (const instance of load.acknowledged) acknowledged.add(instance);
    return load;
  }

  for (const [index, outage] of outages.entries()) {
    it(`accepts all heartbeats, and delivers all of them afterwards: ${outage.name}`, async () => {
      let before = 0;
      const faults: string[] = [];
      const load = await loadDuring(`o${index}`, async () => {
        await delay(200);
        before = await logins();
        for (const fault of outage.faults) faults.push((await control('faults', fault)).id ?? '');
        if (outage.name.includes('tokens are revoked')) await control('tokens/revoke', {});
        await delay(seconds * 1_000 + 200);
      });
      // The emitters notice no outage.
      expect(load.unexpected).toEqual([]);
      expect(load.acknowledged).toEqual(load.sent);

      await drained(service.url, 30_000);
      // A refused connection is no request that the mock could log.
      if (!outage.faults.some(({ kind }) => kind === 'refuse')) {
        expect([...(await playedFaults())]).toEqual(expect.arrayContaining(faults));
      }
      expect((await logins()) - before).toBeLessThanOrEqual(outage.logins);
      const delivered = await reader.instances();
      expect([...acknowledged].filter((instance) => !delivered.has(instance))).toEqual([]);
    }, 60_000);
  }

  it('delivered each heartbeat once, by the measurements in Monasca, and made no dead letters', async () => {
    expect(await reader.measurements()).toBe(sent.size);
    expect(await metric(service.url, 'heartbeat_dead_letters', '{destination="monasca"}')).toBe(0);
  });

  it('has logged the begin and the end of each outage once', () => {
    const ofDelivery = service.lines.filter(({ msg }) => msg.startsWith('delivery '));
    const begun = ofDelivery.filter(({ level }) => level === 'warn');
    expect(ofDelivery.map(({ msg }) => msg)).toEqual(
      begun.flatMap(() => ['delivery fails: records wait', 'delivery works again']),
    );
    // A slow Monasca and a single refused token are no outages.
    expect(begun.length).toBeGreaterThanOrEqual(outages.length - 2);
    expect(begun.length).toBeLessThanOrEqual(outages.length * 2);
    const warnings = service.lines.filter(({ level }) => level === 'warn');
    expect(warnings.length).toBeLessThanOrEqual(outages.length * 2);
    const errors = service.lines.filter(({ level }) => ['error', 'fatal'].includes(level));
    expect(errors).toEqual([]);
  });
});
