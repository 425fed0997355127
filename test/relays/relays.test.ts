import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCli } from '../support/cli.ts';
import { type LocalService, startService } from '../support/service.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';

let target: TestServer;
let service: LocalService;
beforeAll(async () => {
  target = await startTestServer();
  const common = { mode: 'on-arrival', cutoff: 1, sources: [{ name: 'overwatcher', within: 2 }] };
  const relays = [
    {
      ...{ ...common, name: 'dome' },
      target: { type: 'http', url: `${target.url}/beat/secret`, headers: { 'x-key': 'k' } },
    },
    {
      ...{ ...common, name: 'command', mode: 'steady', interval: 1 },
      target: { type: 'command', command: ['sh', '-c', 'echo "no $HEARTBEAT_RELAY" >&2; exit 3'] },
    },
    {
      ...{ name: 'network', interval: 1 },
      conditions: [
        { name: 'up', type: 'tcp', host: '127.0.0.1', port: Number(new URL(target.url).port) },
        { name: 'down', type: 'tcp', host: '127.0.0.1', port: 9, interval: 1 },
        { name: 'names', type: 'dns', host: 'x.example', server: '127.0.0.1', serverPort: 9 },
      ],
      target: { type: 'http', url: target.url, method: 'GET' },
    },
  ];
  service = await startService({ HEARTBEAT_RELAYS: JSON.stringify(relays) });
});
afterAll(async () => {
  await service.stop();
  await target.stop();
});

const get = async (path: string) => JSON.parse(await (await fetch(service.url + path)).text());
const relay = async (name: string) => {
  const { relays } = await get('/api/v1/relays');
  return relays.find((one: { name: string }) => one.name === name);
};
const beat = () =>
  fetch(`${service.url}/api/v1/heartbeats`, {
    method: 'POST',
    body: JSON.stringify({ name: 'overwatcher', version: '1', instance: 'a' }),
  });
const events = async () =>
  (await get('/api/v1/events?kind=relay.opened,relay.closed,admin.acted')).events.map(
    ({ data }: { data: { kind: string; details: { relay?: string } } }) =>
      `${data.kind} ${data.details.relay}`,
  );

describe('relays of the service', () => {
  it('open with a heartbeat, emit, and close a second after its time at the latest', async () => {
    expect(await relay('dome')).toMatchObject({
      state: 'closed',
      reasons: ['No instance that matches overwatcher/*/* has sent a heartbeat.'],
      lastEmitted: null,
      cutoffSeconds: 1,
    });
    const sentMs = performance.now();
    await beat();
    await until(() => target.received.some(({ path }) => path === '/beat/secret'));
    expect(performance.now() - sentMs).toBeLessThan(1_000);
    expect(target.received.find(({ path }) => path === '/beat/secret')).toMatchObject({
      method: 'POST',
      headers: { 'x-key': 'k', 'content-type': 'application/json' },
      body: expect.stringContaining('"name":"dome","version":"relay"'),
    });
    await until(async () => (await relay('dome')).lastEmitted !== null);
    await until(async () => (await relay('dome')).state === 'closed', { withinMs: 4_000 });
    expect(performance.now() - sentMs).toBeLessThan(3_500);
    const emissions = target.received.filter(({ path }) => path === '/beat/secret').length;
    expect(emissions).toBe(1);
    await until(async () => (await events()).includes('relay.closed dome'));
    expect(await events()).toContain('relay.opened dome');
  });

  it('run a command without a shell, and show why it fails', async () => {
    await beat();
    await until(async () => (await relay('command')).lastError !== null, { withinMs: 3_000 });
    expect(await relay('command')).toMatchObject({ lastError: 'exit code 3: no command' });
    const { dependencies } = await get('/health');
    expect(dependencies['relay.command']).toMatchObject({ status: 'down' });
  });

  it('stay closed while a condition is not met', async () => {
    await until(async () => (await relay('network')).conditions[0].state === 'reachable');
    expect(await relay('network')).toMatchObject({
      state: 'closed',
      reasons: [
        expect.stringContaining('The condition down has not been met since the start'),
        expect.stringContaining('The condition names has not been met since the start'),
      ],
    });
  });

  it('are bypassed by an admin for a bounded time, with a record', async () => {
    const url = `${service.url}/api/v1/relays/network/bypass`;
    const request = (body: unknown) => fetch(url, { method: 'POST', body: JSON.stringify(body) });
    expect((await request({ durationSeconds: 3_601, reason: 'x' })).status).toBe(400);
    const env = { HEARTBEAT_URL: service.url };
    const { code, out } = await runCli(
      ['relays', 'bypass', 'network', '--for', '2s', '--reason', 'engineering'],
      env,
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([{ state: 'open', bypass: { reason: 'engineering' } }]);
    expect(await (await fetch(`${service.url}/metrics`)).text()).toContain(
      'heartbeat_relay_bypassed{relay="network"} 1',
    );
    await until(() => target.received.some(({ method }) => method === 'GET'));
    await delay(2_000);
    await until(async () => (await relay('network')).state === 'closed');
    const names = async () =>
      (await events()).filter((one: string) => one.endsWith('network')).toSorted();
    await until(async () => (await names()).length === 3);
    expect(await names()).toEqual([
      'admin.acted network',
      'relay.closed network',
      'relay.opened network',
    ]);
    const list = await runCli(['relays', '--format', 'table'], env);
    expect(list.out).toMatch(/^NAME .*REASONS\ndome +closed/);
    expect((await runCli(['relays', 'end-bypass', 'network'], env)).code).toBe(0);
    expect((await runCli(['relays', 'end-bypass', 'nothing'], env)).code).toBe(1);
  });
});
