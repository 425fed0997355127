import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { allEvents } from '../support/event-reader.ts';
import { readSamples } from '../support/samples.ts';
import { type LocalService, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort, startTestServer, type TestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';

const running = new Set<{ stop(): Promise<void> }>();
afterEach(async () => {
  for (const one of [...running].reverse()) await one.stop();
  running.clear();
});

async function aServer(): Promise<TestServer> {
  const server = await startTestServer();
  running.add(server);
  return server;
}

async function aService(
  notifiers: readonly object[],
  settings: Readonly<Record<string, string>> = {},
): Promise<LocalService> {
  const service = await startService({
    HEARTBEAT_NOTIFIERS: JSON.stringify(notifiers),
    HEARTBEAT_STOP_DRAIN_SECONDS: '1',
    HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '500',
    ...settings,
  });
  running.add(service);
  return service;
}

const hook = (name: string, { url }: { url: string }, more: object = {}) => ({
  name,
  type: 'webhook',
  url,
  allowPrivate: true,
  ...more,
});

async function beat({ url }: LocalService, name: string, instance: string): Promise<void> {
  const body = JSON.stringify({ name, version: '1', instance });
  const answer = await fetch(`${url}/api/v1/heartbeats`, { method: 'POST', body });
  expect(answer.status).toBe(202);
}

const told = (server: TestServer): string[] =>
  server.received
    .map(({ body }) => JSON.parse(body))
    .map(({ data }) => `${data.kind} ${data.name}`);

const metricsOf = async ({ url }: LocalService) => (await fetch(`${url}/metrics`)).text();
const jsonOf = async (url: string, method = 'GET') =>
  JSON.parse(await (await fetch(url, { method })).text());
const healthOf = ({ url }: LocalService) => jsonOf(`${url}/health`);

describe('connectNotifiers', () => {
  it('delivers to each notifier the events of its rules', async () => {
    const [all, some] = [await aServer(), await aServer()];
    const service = await aService([
      hook('all', all),
      hook('some', some, { match: [{ name: 'B*' }] }),
    ]);
    for (const name of ['A', 'B', 'C', 'B2']) await beat(service, name, 'i');
    await until(() => all.received.length === 4 && some.received.length === 2);
    expect(told(all)).toEqual(['started A', 'started B', 'started C', 'started B2']);
    expect(told(some)).toEqual(['started B', 'started B2']);
    const sent = 'heartbeat_delivered_records_total';
    const samples = readSamples(await metricsOf(service));
    expect(samples.get(`${sent}{destination="notifier.all"}`)).toBe(4);
    expect(samples.get(`${sent}{destination="notifier.some"}`)).toBe(2);
    expect(samples.get('heartbeat_dead_letters{destination="notifier.some"}')).toBe(0);
  });

  it('groups what concerns a notifier in one message, whatever else happens meanwhile', async () => {
    const server = await aServer();
    const slack = { type: 'slack', url: server.url, groupSeconds: 5, maxEvents: 3 };
    const service = await aService([{ ...slack, name: 'channel', match: [{ name: 'B' }] }]);
    const others = ['a', 'b', 'c', 'd', 'e'];
    await beat(service, 'B', '1');
    for (const instance of others) await beat(service, 'A', instance);
    await beat(service, 'B', '2');
    for (const instance of others) await beat(service, 'C', instance);
    await until(() => server.received.length > 0);
    await until(
      async () => (await healthOf(service)).dependencies['notifier.channel'].behind === 0,
    );
    expect(server.received.map(({ body }) => JSON.parse(body).text)).toEqual([
      'STARTED: B 1 (2 instances)',
    ]);
  }, 30_000);

  it('continues with the others while one is unavailable, and delivers to that one later', async () => {
    const well = await aServer();
    const port = await freePort();
    const service = await aService([
      hook('away', { url: `http://127.0.0.1:${port}` }),
      hook('well', well),
    ]);
    await beat(service, 'A', 'i');
    await until(() => well.received.length === 1);
    await until(async () => {
      const { status, dependencies } = await healthOf(service);
      return status === 'degraded' && dependencies['notifier.well'].behind === 0;
    });
    expect(await healthOf(service)).toMatchObject({
      dependencies: {
        'notifier.away': { status: 'down', behind: 1, lastFailure: { reason: 'unreachable' } },
        'notifier.well': { status: 'up', behind: 0 },
      },
    });
    const samples = readSamples(await metricsOf(service));
    expect(samples.get('heartbeat_destination_behind_records{destination="notifier.away"}')).toBe(
      1,
    );
    expect(samples.get('heartbeat_destination_behind_records{destination="notifier.well"}')).toBe(
      0,
    );
    let arrived = 0;
    const back = createServer((request, response) => {
      arrived += 1;
      request.resume();
      response.writeHead(204).end();
    }).listen(port, '127.0.0.1');
    await until(() => arrived > 0);
    // The cursor moves a commit later than the answer.
    await until(async () => (await healthOf(service)).dependencies['notifier.away'].behind === 0);
    expect(await healthOf(service)).toMatchObject({
      status: 'up',
      dependencies: { 'notifier.away': { status: 'up', behind: 0 } },
    });
    expect([arrived, well.received.length]).toEqual([1, 1]);
    back.closeAllConnections();
    back.close();
  });

  it('waits minutes for one that hangs, and delays neither the others nor a heartbeat nor the stop', async () => {
    const [hanging, well] = [await aServer(), await aServer()];
    hanging.react('hang');
    const service = await aService([
      hook('hanging', hanging, { timeoutSeconds: 600 }),
      hook('well', well),
    ]);
    const names = Array.from({ length: 20 }, (_, index) => `C${index}`);
    for (const name of names) await beat(service, name, 'i');
    await until(() => well.received.length === names.length);
    expect(told(well)).toEqual(names.map((name) => `started ${name}`));
    // One call, and it is still under way: nothing gave up, nothing came after it.
    expect(told(hanging)).toEqual(['started C0']);
    expect(await healthOf(service)).toMatchObject({
      dependencies: { 'notifier.hanging': { inFlight: 1, behind: names.length } },
    });
    const stopping = performance.now();
    await service.stop();
    // A second to drain, one for the call to end, and a slow machine: no ten minutes.
    expect(performance.now() - stopping).toBeLessThan(20_000);
    expect(service.lines).toContainEqual(expect.objectContaining({ unreported: names.length }));
  }, 60_000);

  it('brings the events of an instance in their order, though calls fail', async () => {
    const server = await aServer();
    const service = await aService([hook('a', server)], {
      HEARTBEAT_DELIVERY_BACKOFF_FIRST_MS: '20',
    });
    let calls = 0;
    server.react(() => (calls++ % 3 === 2 ? { status: 204 } : { status: calls % 2 ? 500 : 429 }));
    const goodbye = { name: 'A', version: '1', instance: 'i', status: 'stopping' };
    await beat(service, 'A', 'i');
    await until(() => calls >= 3);
    await fetch(`${service.url}/api/v1/heartbeats`, {
      method: 'POST',
      body: JSON.stringify(goodbye),
    });
    await until(() => calls >= 6);
    await beat(service, 'A', 'i');
    await until(() => calls >= 9);
    const times = (kind: string) => [kind, kind, kind].map((one) => `${one} A`);
    const kinds = told(server).filter((_, index) => index % 3 === 2);
    expect(told(server).slice(0, 6)).toEqual([...times('started'), ...times('retired')]);
    expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
    expect(kinds).toHaveLength(3);
  });

  it('keeps rejected events as dead letters, and sends them again on request', async () => {
    const server = await aServer();
    server.react({ status: 400 });
    const service = await aService([hook('picky', server)]);
    await beat(service, 'A', 'i');
    const at = `${service.url}/api/v1/dead-letters`;
    const ask = () => jsonOf(`${at}?destination=notifier.picky`);
    await until(async () => (await ask()).total === 1);
    const [event] = await allEvents(service.url);
    expect(await ask()).toEqual({
      destination: 'notifier.picky',
      total: 1,
      deadLetters: [
        { id: 1, at: expect.any(String), reason: expect.stringContaining('400'), event },
      ],
    });
    server.react({ status: 200 });
    const retried = await jsonOf(`${at}/retry?destination=notifier.picky`, 'POST');
    expect(retried).toEqual({ delivered: 1, rejected: 0, left: 0 });
    expect(server.received.at(-1)?.body).toBe(server.received[0]?.body);
  });

  it('sends a test through one of them, that is in no log', async () => {
    const [server, other] = [await aServer(), await aServer()];
    const service = await aService([
      hook('on-call', server, { match: [{ kinds: ['down'] }] }),
      hook('other', other),
    ]);
    const test = async (notifier: unknown) => {
      const answer = await fetch(`${service.url}/api/v1/notifications/test`, {
        method: 'POST',
        body: JSON.stringify({ notifier }),
      });
      return { status: answer.status, answer: JSON.parse(await answer.text()) };
    };
    const good = await test('on-call');
    expect(good).toMatchObject({
      status: 200,
      answer: { notifier: 'on-call', outcome: 'delivered', detail: 'The destination accepted it.' },
    });
    const sent = JSON.parse(server.received[0]?.body ?? '');
    expect(sent).toMatchObject({
      id: good.answer.eventId,
      type: 'org.fiware.ge-heartbeat.test',
      data: { kind: 'test', reason: expect.stringContaining('on-call') },
    });
    server.react({ status: 503, headers: { 'retry-after': '9' }, body: 'on holiday' });
    expect(await test('on-call')).toMatchObject({
      status: 200,
      answer: {
        outcome: 'retry',
        reason: 'throttled',
        detail: expect.stringMatching(/answered 503: on holiday/),
      },
    });
    for (const wrong of ['nobody', 'constructor', 7, undefined]) {
      expect(await test(wrong)).toMatchObject({
        status: 400,
        answer: { errors: [{ path: '$.notifier', expected: expect.stringContaining('on-call') }] },
      });
    }
    // No events except the test.
    const kinds = (await allEvents(service.url)).map(({ data }) => data.kind);
    expect(new Set(kinds)).toEqual(new Set(['admin.acted']));
    expect(server.received).toHaveLength(2);
    expect(other.received.filter(({ body }) => body.includes('heartbeat.test'))).toEqual([]);
  });

  it('begins with new events, and drops the cursors of removed notifiers', async () => {
    const dataDir = temporaryFolder();
    const settings = { HEARTBEAT_DATA_DIR: dataDir };
    const old = await aService([], settings);
    await beat(old, 'A', 'i');
    await until(async () => (await allEvents(old.url)).length === 1);
    await old.stop();

    const server = await aServer();
    const second = await aService([hook('new', server)], settings);
    await beat(second, 'B', 'i');
    await until(() => server.received.length > 0);
    expect(told(server)).toEqual(['started B']);
    await second.stop();

    const third = await aService([], settings);
    expect(third.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', reader: 'notifier.new' }),
    );
    await beat(third, 'C', 'i');
    await until(async () => (await allEvents(third.url)).length === 3);
    await third.stop();

    const fourth = await aService([hook('new', server)], settings);
    await beat(fourth, 'D', 'i');
    await until(() => server.received.length > 1);
    expect(told(server)).toEqual(['started B', 'started D']);
  });

  it('goes on after a restart where it was', async () => {
    const settings = { HEARTBEAT_DATA_DIR: temporaryFolder() };
    const port = await freePort();
    const away = await aService([hook('late', { url: `http://127.0.0.1:${port}` })], settings);
    await beat(away, 'A', 'i');
    await until(async () => (await healthOf(away)).status === 'degraded');
    await away.stop();
    const server = await aServer();
    const service = await aService([hook('late', server)], settings);
    await until(() => server.received.length === 1);
    await beat(service, 'B', 'i');
    await until(() => server.received.length === 2);
    expect(told(server)).toEqual(['started A', 'started B']);
  });
});
