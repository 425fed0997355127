import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../../../monasca-mock/mock.ts';
import { everything, interfaceText } from '../../../scripts/interface-document.ts';
import { type Described, type Reply, readInterface } from '../../support/interface.ts';
import { openStackSettings } from '../../support/openstack-settings.ts';
import { type LocalService, startService } from '../../support/service.ts';

/** How an operation is called, and the status that this gives. */
type Call = {
  readonly target: string;
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
};

const orion = { name: 'Orion', version: '1.0', instance: 'o-1', interval: 30 };
const orionPath = '/api/v1/instances/Orion/1.0/o-1';
const orionQuery = '/api/v1/instance?name=Orion&version=1.0&instance=o-1';
const nobody = '/api/v1/instances/a/b/c';
const silence = { matchers: { name: 'x' }, durationSeconds: 1, reason: 'a test', author: 'me' };
const logRecord = { name: 'backup', version: '1', instance: 'i', message: 'disk full' };
const bypass = { durationSeconds: 1, reason: 'a test' };
const dome = {
  ...{ name: 'dome', sources: [{ name: 'x' }] },
  target: { type: 'http', url: 'http://127.0.0.1:9/' },
};
const nightly = {
  name: 'nightly',
  cron: '30 2 * * *',
  durationSeconds: 60,
  match: { name: 'y' },
  reason: 'a test',
};

/** All calls of all operations; a new operation needs its calls here. */
const calls: Readonly<Record<string, readonly Call[]>> = {
  'post /api/v1/heartbeats': [
    { target: '/api/v1/heartbeats', body: orion, status: 202 },
    { target: '/api/v1/heartbeats', body: [orion, {}], status: 202 },
    { target: '/api/v1/heartbeats', body: {}, status: 400 },
    {
      target: '/api/v1/heartbeats',
      body: orion,
      status: 415,
      headers: { 'content-encoding': 'x' },
    },
  ],
  'post /beat': [
    { target: '/beat', body: { ID: 'b', Enabler_ID: 'Cygnus', Enabler_Version: '2' }, status: 200 },
    { target: '/beat', body: [], status: 400 },
  ],
  'post /beat/{token}': [
    {
      target: '/beat/hb_abcd_x',
      body: { ID: 'b', Enabler_ID: 'a', Enabler_Version: '2' },
      status: 200,
    },
    { target: '/beat/hb_abcd_x', body: [], status: 400 },
  ],
  'get /status': [{ target: '/status', status: 200 }],
  'get /api/v1/instances': [
    { target: '/api/v1/instances?state=up', status: 200 },
    { target: '/api/v1/instances?limit=1', status: 200 },
    { target: '/api/v1/instances?limit=0', status: 400 },
  ],
  'get /api/v1/instances/{name}/{version}/{instance}': [
    { target: orionPath, status: 200 },
    { target: `${orionPath}?include=presences,events`, status: 200 },
    { target: `${orionPath}?include=x`, status: 400 },
    { target: nobody, status: 404 },
  ],
  'get /api/v1/instance': [
    { target: orionQuery, status: 200 },
    { target: '/api/v1/instance?name=Orion', status: 400 },
    { target: '/api/v1/instance?name=no&version=no&instance=no', status: 404 },
  ],
  'delete /api/v1/instance': [
    { target: '/api/v1/instance?name=Orion', status: 400 },
    { target: '/api/v1/instance?name=no&version=no&instance=no', status: 404 },
  ],
  'delete /api/v1/instances': [
    { target: '/api/v1/instances?name=nothing*&dryRun=true', status: 200 },
    { target: '/api/v1/instances?name=nothing*&expect=0', status: 200 },
    { target: '/api/v1/instances?name=nothing*&expect=1', status: 409 },
    { target: '/api/v1/instances', status: 400 },
  ],
  'delete /api/v1/instances/{name}/{version}/{instance}': [
    { target: orionPath, status: 204 },
    { target: nobody, status: 404 },
  ],
  'get /api/v1/active': [
    { target: '/api/v1/active', status: 200 },
    { target: '/api/v1/active?step=1h&by=name,version,instance&tz=Europe/Zurich', status: 200 },
    { target: '/api/v1/active?format=csv', status: 200 },
    { target: '/api/v1/active?format=ndjson', status: 200 },
    { target: '/api/v1/active?source=monasca&from=now-1h', status: 200 },
    { target: '/api/v1/active?compare=true&from=now-1h&by=name', status: 200 },
    { target: '/api/v1/active?step=0h', status: 400 },
  ],
  'get /api/v1/components': [
    { target: '/api/v1/components', status: 200 },
    { target: '/api/v1/components?format=csv&from=now-1h&tz=Europe/Zurich', status: 200 },
    { target: '/api/v1/components?minInstances=0', status: 400 },
  ],
  'get /api/v1/availability': [
    { target: '/api/v1/availability', status: 200 },
    { target: '/api/v1/availability?by=instance&name=Or*', status: 200 },
    { target: '/api/v1/availability?by=name', status: 400 },
  ],
  'get /api/v1/events': [
    { target: '/api/v1/events?from=now-1h', status: 200 },
    { target: '/api/v1/events?kind=x', status: 400 },
  ],
  'get /api/v1/events/stream': [
    { target: '/api/v1/events/stream', status: 200 },
    { target: '/api/v1/events/stream?states=true', status: 200 },
    { target: '/api/v1/events/stream?kind=x', status: 400 },
  ],
  'post /api/v1/records': [
    { target: '/api/v1/records', body: logRecord, status: 202 },
    { target: '/api/v1/records', body: { ...logRecord, level: 'loud' }, status: 400 },
  ],
  'get /api/v1/records': [
    { target: '/api/v1/records?text=disk&level=info', status: 200 },
    { target: '/api/v1/records?format=csv', status: 200 },
    { target: '/api/v1/records?text=***', status: 400 },
  ],
  'get /api/v1/records/stream': [
    { target: '/api/v1/records/stream', status: 200 },
    { target: '/api/v1/records/stream?level=loud', status: 400 },
  ],
  'get /api/v1/silences': [
    { target: '/api/v1/silences?state=active,pending', status: 200 },
    { target: '/api/v1/silences?format=csv', status: 200 },
    { target: '/api/v1/silences?limit=0', status: 400 },
  ],
  'get /api/v1/relays': [{ target: '/api/v1/relays', status: 200 }],
  'post /api/v1/relays/{name}/bypass': [
    { target: '/api/v1/relays/dome/bypass', body: bypass, status: 200 },
    { target: '/api/v1/relays/dome/bypass', body: { ...bypass, reason: '' }, status: 400 },
    { target: '/api/v1/relays/nothing/bypass', body: bypass, status: 404 },
  ],
  'delete /api/v1/relays/{name}/bypass': [
    { target: '/api/v1/relays/dome/bypass', status: 204 },
    { target: '/api/v1/relays/nothing/bypass', status: 404 },
  ],
  'get /api/v1/silences/{id}': [
    { target: '/api/v1/silences/maintenance.nightly', status: 200 },
    { target: '/api/v1/silences/nobody', status: 404 },
  ],
  'post /api/v1/silences': [
    { target: '/api/v1/silences', body: silence, status: 201 },
    { target: '/api/v1/silences', body: { ...silence, matchers: {} }, status: 400 },
  ],
  'delete /api/v1/silences/{id}': [
    { target: '/api/v1/silences/maintenance.nightly', status: 409 },
    { target: '/api/v1/silences/nobody', status: 404 },
  ],
  'get /api/v1/params': [{ target: '/api/v1/params', status: 200 }],
  'patch /api/v1/params': [
    { target: '/api/v1/params', body: { downSeconds: 400 }, status: 200 },
    { target: '/api/v1/params', body: { downSeconds: -1 }, status: 400 },
  ],
  'get /api/v1/dead-letters': [
    { target: '/api/v1/dead-letters?destination=notifier.hook', status: 200 },
    { target: '/api/v1/dead-letters?limit=0', status: 400 },
  ],
  'post /api/v1/dead-letters/retry': [
    { target: '/api/v1/dead-letters/retry', status: 200 },
    { target: '/api/v1/dead-letters/retry?destination=nobody', status: 400 },
  ],
  'get /api/v1/session': [{ target: '/api/v1/session', status: 200 }],
  'post /api/v1/session': [
    { target: '/api/v1/session', body: { token: 'hb_none_x' }, status: 200 },
    { target: '/api/v1/session', body: { tokens: [] }, status: 400 },
    {
      target: '/api/v1/session',
      body: { token: 'hb_none_x' },
      headers: { 'sec-fetch-site': 'same-site' },
      status: 403,
    },
  ],
  'delete /api/v1/session': [{ target: '/api/v1/session', status: 204 }],
  'get /api/v1/pipeline': [{ target: '/api/v1/pipeline', status: 200 }],
  'get /api/v1/overview': [
    { target: '/api/v1/overview', status: 200 },
    { target: '/api/v1/overview?by=instance&name=Or*&from=now-1h&steps=10', status: 200 },
    { target: '/api/v1/overview?steps=0', status: 400 },
  ],
  'get /api/v1/wall': [{ target: '/api/v1/wall', status: 200 }],
  'get /badge/{name}.svg': [
    { target: '/badge/Orion.svg?version=1.0', status: 200 },
    { target: '/badge/Orion.svg?versions=1.0', status: 400 },
  ],
  'get /badge/{name}.json': [{ target: '/badge/Orion.json', status: 200 }],
  'get /api/v1/badge.svg': [
    { target: '/api/v1/badge.svg?name=Orion', status: 200 },
    { target: '/api/v1/badge.svg', status: 400 },
  ],
  'get /api/v1/tokens': [{ target: '/api/v1/tokens', status: 200 }],
  'post /api/v1/notifications/test': [
    { target: '/api/v1/notifications/test', body: { notifier: 'hook' }, status: 200 },
    { target: '/api/v1/notifications/test', body: { notifier: 'nobody' }, status: 400 },
  ],
  'get /health/live': [{ target: '/health/live', status: 200 }],
  'get /health/ready': [{ target: '/health/ready', status: 200 }],
  'get /health': [{ target: '/health', status: 200 }],
  'get /metrics': [{ target: '/metrics', status: 200 }],
  'get /metrics/instances': [{ target: '/metrics/instances', status: 200 }],
  'get /v2.0/{rest}': [
    { target: '/v2.0/metrics/measurements?name=x&start_time=2026-01-01T00:00:00Z', status: 200 },
    { target: '/v2.0/metrics?tenant_id=1', status: 400 },
    { target: '/v2.0/..%2f..%2f', status: 404 },
  ],
  'get /openapi.json': [{ target: '/openapi.json', status: 200 }],
  'get /docs': [{ target: '/docs', status: 200 }],
  'get /docs/{file}': [
    { target: '/docs/page.js', status: 200 },
    { target: '/docs/swagger-ui.css', status: 200 },
    { target: '/docs/package.json', status: 404 },
  ],
};

const { operations, faults } = readInterface(JSON.parse(await interfaceText()));
const nameOf = ({ method, path }: Described): string => `${method} ${path}`;
const titled = operations.map((operation) => ({ title: nameOf(operation), operation }));

let mock: Mock;
let service: LocalService;
beforeAll(async () => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  const hook = { name: 'hook', type: 'webhook', url: 'http://127.0.0.1:1', allowPrivate: true };
  service = await startService({
    ...everything,
    ...openStackSettings(mock.keystoneUrl),
    HEARTBEAT_NOTIFIERS: JSON.stringify([hook]),
    HEARTBEAT_MAINTENANCE: JSON.stringify([nightly]),
    HEARTBEAT_RELAYS: JSON.stringify([dome]),
  });
});
afterAll(async () => {
  await service.stop();
  await mock.close();
});

async function send(method: string, { target, body, headers }: Omit<Call, 'status'>) {
  const ending = new AbortController();
  const response = await fetch(`${service.url}${target}`, {
    method: method.toUpperCase(),
    signal: ending.signal,
    ...(headers ? { headers } : {}),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const reply: Reply = {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: isStream ? '' : await response.text(),
  };
  ending.abort();
  return reply;
}

describe('the interface', () => {
  it('has no operation that is not called here, and none is called that it does not have', () => {
    expect(Object.keys(calls).sort()).toEqual(operations.map(nameOf).sort());
  });

  it.each(titled)('answers as documented to $title', async ({ title, operation }) => {
    for (const call of calls[title] ?? []) {
      const reply = await send(operation.method, call);
      expect({ call: call.target, status: reply.status, faults: faults(operation, reply) }).toEqual(
        {
          call: call.target,
          status: call.status,
          faults: [],
        },
      );
    }
  });

  it.each(titled)('answers with a documented problem to nonsense to $title', async (row) => {
    const { operation } = row;
    const path = operation.path.replace('{token}', 'hb_%2500');
    const target = path.replaceAll(/\{\w+\}/g, '%2500');
    const nonsense = [
      { target: `${target}?%00=%ff&limit=x` },
      ...(operation.requestBody
        ? [
            { target, body: 'nonsense' },
            { target, body: { name: 1 } },
            { target, body: [[]], headers: { 'content-encoding': 'br' } },
          ]
        : []),
    ];
    for (const call of nonsense) {
      const reply = await send(operation.method, call);
      expect([call.target, faults(operation, reply)]).toEqual([call.target, []]);
    }
  });

  const asking = titled.filter(
    ({ operation: { parameters, method } }) =>
      method === 'get' && parameters.some((parameter) => parameter.in === 'query'),
  );

  it.each(asking)('documents all parameters of $title', async ({ operation }) => {
    const target = `${operation.path.replaceAll(/\{\w+\}/g, 'x')}?no-such-parameter=1`;
    const { body, status } = await send('get', { target });
    const documented = operation.parameters.filter((parameter) => parameter.in === 'query');
    const names = documented.map(({ name }) => name).sort();
    const [, told = ''] = /no such parameter; there are ([\w, ]+)/.exec(body) ?? [];
    expect({ status, names: told.split(', ').sort() }).toEqual({ status: 400, names });
  });

  const parameters = asking.flatMap(({ operation }) =>
    operation.parameters.map((parameter) => ({ ...parameter, path: operation.path })),
  );
  const problemWith = async (path: string, name: string, value: unknown): Promise<boolean> => {
    const { body } = await send('get', { target: `${path}?${name}=${value}&no-such-parameter=1` });
    const { errors = [] } = JSON.parse(body);
    return errors.some((error: { path: string }) => error.path === name);
  };

  it.each(parameters.filter(({ schema }) => schema.type === 'integer'))(
    'takes $name of $path within its bounds',
    async ({ path, name, schema: { minimum = 0, maximum } }) => {
      expect(await problemWith(path, name, minimum)).toBe(false);
      expect(await problemWith(path, name, minimum - 1)).toBe(true);
      if (maximum === undefined) return;
      expect(await problemWith(path, name, maximum)).toBe(false);
      expect(await problemWith(path, name, maximum + 1)).toBe(true);
    },
  );

  it.each(parameters.filter(({ schema }) => schema.enum ?? schema.items?.enum))(
    'takes each documented value of $name of $path, and no other',
    async ({ path, name, schema }) => {
      for (const value of schema.enum ?? schema.items?.enum ?? []) {
        expect([value, await problemWith(path, name, value)]).toEqual([value, false]);
      }
      expect(await problemWith(path, name, 'nonsense')).toBe(true);
    },
  );
});
