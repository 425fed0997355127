import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import { openStackSettings } from '../support/openstack-settings.ts';
import { drained } from '../support/pipeline-state.ts';
import { exchange, requestText } from '../support/raw-http.ts';
import { type LocalService, startService } from '../support/service.ts';

const minute = 60_000;
/** A whole hour in the past: every queried period is over. */
const beganMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 4 * 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();
const at = (minutes: number) => iso(beganMs + minutes * minute);

type Row = Readonly<Record<string, string | number>>;

let mock: Mock;
let control: string;
/** A service that reads each heartbeat, and one whose limit is too low for that. */
let service: LocalService;
let frugal: LocalService;

beforeAll(async () => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  control = mock.keystoneUrl.replace('/v3', '/mock');
  const openStack = openStackSettings(mock.keystoneUrl);
  service = await startService({ ...openStack, HEARTBEAT_MONASCA_PASS_THROUGH: 'true' });
  frugal = await startService({ ...openStack, HEARTBEAT_MONASCA_QUERY_MAX_MEASUREMENTS: '1000' });
  await patchControl('defects', { statisticsPagingSkips: true, groupedPagingLosesRows: true });
  // Both send the same heartbeats; Monasca stores each once.
  for (const one of [service, frugal]) {
    const beats = history();
    for (let from = 0; from < beats.length; from += 5_000) {
      const body = JSON.stringify(beats.slice(from, from + 5_000));
      const answer = await fetch(`${one.url}/api/v1/heartbeats`, { method: 'POST', body });
      expect(await answer.json()).toMatchObject({ rejected: [] });
    }
    await drained(one.url);
  }
}, 60_000);

afterAll(async () => {
  await service.stop();
  await frugal.stop();
  await mock.close();
});

/**
 * Two hours of a steady fleet with several heartbeats a minute, an instance with an interval longer
 * than the shortest step, one that stops and returns, one that is replaced, and names that Monasca
 * does not allow.
 */
function history(): object[] {
  const beats: object[] = [];
  const add = (identity: object, minutes: number) =>
    beats.push({ ...identity, timestamp: at(minutes), interval: 120 });
  for (let n = 0; n < 30; n++) {
    const steady = { name: 'Orion', version: '1.0', instance: `steady-${n}` };
    for (let minutes = n % 7; minutes < 120; minutes += 1 / 3) add(steady, minutes);
  }
  for (let minutes = 0; minutes < 120; minutes += 3.5) {
    add({ name: 'Cygnus', version: '2.0', instance: 'rare' }, minutes);
  }
  for (const start of [5, 40, 77]) {
    for (let minutes = start; minutes < start + 10; minutes += 1) {
      add({ name: 'Cygnus', version: '2.0', instance: 'flighty' }, minutes);
    }
  }
  for (let minutes = 0; minutes < 120; minutes += 1) {
    const version = minutes < 60 ? '8.3' : '8.4';
    add({ name: 'Key,rock "A|B" %', version, instance: `${version}/x=1` }, minutes);
  }
  return beats;
}

async function patchControl(path: string, body: object): Promise<void> {
  const answer = await fetch(`${control}/${path}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

async function get(query: string, from = service) {
  const answer = await fetch(`${from.url}/api/v1/active?${query}`);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

async function rows(query: string, from = service): Promise<Row[]> {
  const { status, text } = await get(query, from);
  expect({ status, text: status === 200 ? '' : text }).toEqual({ status: 200, text: '' });
  return JSON.parse(text);
}

const period = `from=${at(0)}&to=${at(150)}`;
const queries = [
  `${period}&step=1m&by=name`,
  `${period}&step=7m&by=name,version`,
  `${period}&step=1h&by=instance`,
  `${period}&by=name,version`,
  `${period}`,
  `from=${at(33.3)}&to=${at(71.7)}&step=10m&by=name`,
  `${period}&step=5m&by=version&name=Cyg*`,
  `${period}&step=5m&by=instance&name=Orion&version=1.0&instance=steady-3`,
  `${period}&step=15m&by=name&name=${encodeURIComponent('Key,rock "A|B" %')}`,
];

describe('GET /api/v1/active?source=monasca', () => {
  it.each(queries)('returns the result of the ledger: %s', async (query) => {
    const ours = await rows(query);
    expect(ours.length).toBeGreaterThan(0);
    expect(await rows(`${query}&source=monasca`)).toEqual(ours);
    expect(await rows(`${query}&compare=true`)).toEqual([]);
  });

  it('counts instances, and not heartbeats', async () => {
    const [row] = await rows(`from=${at(30)}&to=${at(31)}&name=Orion&source=monasca`);
    expect(row).toEqual({ active: 30, max: 30, started: 0, ended: 0 });
  });

  it.each([
    `from=${at(71)}&to=${at(72)}&by=name&name=Cygnus&instance=rare`,
    `from=${at(70.4)}&to=${at(70.6)}&by=name`,
    `from=${at(70.4)}&to=${at(70.6)}&step=1s&by=instance`,
  ])('counts the instances between two heartbeats: %s', async (query) => {
    const ours = await rows(query);
    expect(ours.length).toBeGreaterThan(0);
    expect(await rows(`${query}&source=monasca`)).toEqual(ours);
  });

  it.each([
    `${period}&step=15m&by=name`,
    `${period}&step=1h&by=instance`,
    `${period}&step=1d&by=name,version`,
    `${period}&by=name`,
  ])('counts the same instances when it cannot read each heartbeat: %s', async (query) => {
    expect(await rows(`${query}&compare=true`, frugal)).toEqual([]);
    const { headers } = await get(`${query}&source=monasca`, frugal);
    expect(Number(headers.get('heartbeat-resolution'))).toBeGreaterThanOrEqual(60);
  });

  it('returns 400 when the steps are too short for that', async () => {
    const { status, text } = await get(`${period}&step=1s&source=monasca`, frugal);
    expect({ status, text }).toMatchObject({ status: 400, text: expect.stringMatching(/shorter/) });
  });

  it('compares both sources, and returns where they differ', async () => {
    const identity = { name: 'Lost', version: '1', instance: 'never-delivered' };
    const stopped = await startService({
      ...openStackSettings(mock.keystoneUrl),
      HEARTBEAT_DELIVERY_BATCH_WAIT_MS: '60000',
    });
    const body = JSON.stringify({ ...identity, timestamp: at(10) });
    await fetch(`${stopped.url}/api/v1/heartbeats`, { method: 'POST', body });
    expect(await rows(`${period}&by=name&name=Lost&compare=true`, stopped)).toEqual([
      { name: 'Lost', ledger: 1, monasca: 0, difference: -1 },
    ]);
    expect(await rows(`${period}&by=instance&name=Cygnus&compare=true`, stopped)).toEqual([
      { instance: 'flighty', ledger: 0, monasca: 1, difference: 1 },
      { instance: 'rare', ledger: 0, monasca: 1, difference: 1 },
    ]);
    await stopped.stop();
  });

  it('never groups by a name, which fails on InfluxDB', async () => {
    const answer = await fetch(`${control}/requests?service=monasca&method=GET&limit=1000`);
    const text = await answer.text();
    expect(text).toContain('group_by=*');
    expect(text).not.toMatch(/group_by=(?!\*)/);
  });

  it('sends a repeated and a concurrent query to Monasca once', async () => {
    const query = `${period}&step=20m&by=name&source=monasca`;
    await fetch(`${control}/requests`, { method: 'DELETE' });
    const [first, second] = await Promise.all([rows(query), rows(query)]);
    expect([second, await rows(query)]).toEqual([first, first]);
    const answer = await fetch(`${control}/requests?service=monasca&method=GET&limit=1000`);
    const { requests }: { requests: { path: string; query: string }[] } = JSON.parse(
      await answer.text(),
    );
    const sent = requests.map((request) => `${request.path}?${request.query}`);
    expect(sent).not.toEqual([]);
    expect(sent).toEqual([...new Set(sent)]);
  });

  it('returns 503 while Monasca is unavailable, and the result of the ledger', async () => {
    const fault = { service: 'monasca', kind: 'status', status: 503, seconds: 3_600 };
    const made = await fetch(`${control}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    expect(made.ok).toBe(true);
    const { status, text } = await get(`${period}&step=30m&source=monasca`);
    expect(JSON.parse(text)).toMatchObject({
      status: 503,
      code: 'monasca-unavailable',
      detail: expect.stringMatching(/503/),
    });
    expect(status).toBe(503);
    expect((await get(`${period}&step=30m&compare=true`)).status).toBe(503);
    expect((await get(`${period}&step=30m`)).status).toBe(200);
    await fetch(`${control}/faults`, { method: 'DELETE' });
    expect((await get(`${period}&step=30m&source=monasca`)).status).toBe(200);
  });
});

describe('GET /v2.0/…', () => {
  it('is 404 unless it is enabled', async () => {
    expect((await fetch(`${frugal.url}/v2.0/metrics/names`)).status).toBe(404);
  });

  it("returns Monasca's response, with links to the service", async () => {
    const answer = await fetch(`${service.url}/v2.0/metrics?name=GE_Heartbeat&limit=2`);
    const { links, elements }: { links: { rel: string; href: string }[]; elements: object[] } =
      JSON.parse(await answer.text());
    expect(answer.status).toBe(200);
    expect(elements).toHaveLength(2);
    for (const { href } of links) expect(href).toContain(`${service.url}/v2.0/metrics`);
    const next = links.find(({ rel }) => rel === 'next')?.href ?? '';
    expect((await fetch(next)).status).toBe(200);
  });

  it("returns Monasca's errors", async () => {
    const answer = await fetch(`${service.url}/v2.0/metrics/measurements?name=GE_Heartbeat`);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ title: expect.any(String) });
  });

  it('accepts only reads of metrics', async () => {
    expect(
      (await fetch(`${service.url}/v2.0/metrics`, { method: 'POST', body: '[]' })).status,
    ).toBe(405);
    expect((await fetch(`${service.url}/v2.0/metrics?tenant_id=other`)).status).toBe(400);
    const outside = ['%2e%2e/v3/users', '..%2f..%2fv3/users', '..%5cv3', '%252e%252e/v3', '..;/v3'];
    for (const path of outside) {
      // Unchanged, because `fetch` would resolve the path.
      const { status, body } = await exchange(service.port, requestText('GET', `/v2.0/${path}`));
      expect([path, status, body]).toEqual([
        path,
        404,
        expect.stringContaining('Monasca has no such path'),
      ]);
    }
    expect((await fetch(`${service.url}/v2.0/metrics/names?dimensions=a:..%2fb`)).status).toBe(200);
  });
});

describe('the links of GET /v2.0/…', () => {
  const withHost = (host: string) =>
    exchange(
      service.port,
      requestText('GET', '/v2.0/metrics?limit=1', { headers: { host, connection: 'close' } }),
    );

  it.each(["a$'b", 'a$&b', 'a$`b', 'a/b', 'a b', 'a"b', 'a:b', '', '[::1'])(
    'are not made of the host %p',
    async (host) => {
      const answer = await withHost(host);
      expect(answer.status).toBe(400);
      expect(answer.body.length).toBeLessThan(1_000);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'malformed-request' });
    },
  );

  it.each(['heartbeat.example:8080', '127.0.0.1', '[::1]:80', 'a_b'])(
    'have the host %s of the request',
    async (host) => {
      const answer = await withHost(host);
      expect(answer.status).toBe(200);
      expect(answer.body).toContain(`http://${host}/v2.0/metrics`);
    },
  );
});

describe('GET /api/v1/active?source=monasca without a Monasca', () => {
  it('returns 503, because none is configured', async () => {
    const alone = await startService();
    const { status, text } = await get('source=monasca', alone);
    expect({ status, ...JSON.parse(text) }).toMatchObject({
      status: 503,
      detail: expect.stringMatching(/none is configured/),
    });
    await alone.stop();
  });
});
