import { afterEach, describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../support/fake-clock.ts';
import { exchange, type RawAnswer, requestText } from '../support/raw-http.ts';
import { type LocalService, type Settings, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { bearer, entryOf, makeToken, type TestToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const fleet = makeToken('fleet', { scopes: ['ingest', 'read'] });
const other = makeToken('other', { scopes: ['ingest', 'read'] });
const stranger = makeToken('stranger', { scopes: ['read'] });

let service: LocalService | undefined;
afterEach(() => service?.stop());

async function start(settings: Settings) {
  const clock = createFakeClock();
  service = await startService(
    { HEARTBEAT_AUTH_TOKENS: JSON.stringify([fleet, other].map(entryOf)), ...settings },
    clock,
  );
  const { port } = service;
  const ask = (token: TestToken, headers: Record<string, string> = {}) =>
    exchange(
      port,
      requestText('GET', '/api/v1/params', { headers: { ...bearer(token), ...headers } }),
    );
  const send = (token: TestToken, ...instances: string[]) => {
    const heartbeats = instances.map((instance) => ({ name: 'Orion', version: '1', instance }));
    const body = JSON.stringify(heartbeats.length === 1 ? heartbeats[0] : heartbeats);
    return exchange(
      port,
      requestText('POST', '/api/v1/heartbeats', { headers: bearer(token), body }),
    );
  };
  return { clock, port, ask, send };
}

const times = async (count: number, ask: () => Promise<RawAnswer>): Promise<number[]> => {
  const statuses: number[] = [];
  for (let n = 0; n < count; n++) statuses.push((await ask()).status);
  return statuses;
};

describe('the rate limit of a token', () => {
  it('ends in 429 with the time to wait, for that token alone', async () => {
    const { clock, ask, send } = await start({
      HEARTBEAT_HTTP_LIMITS_CALLER_REQUESTS_PER_SECOND: '0.5',
      HEARTBEAT_HTTP_LIMITS_BURST_SECONDS: '6',
    });
    expect(await times(4, () => ask(fleet))).toEqual([200, 200, 200, 429]);
    const answer = await ask(fleet);
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'rate-limited', status: 429 });
    expect(await send(fleet, 'a')).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
    expect(await ask(other)).toMatchObject({ status: 200 });
    await clock.advance(2_000);
    expect(await times(2, () => ask(fleet))).toEqual([200, 429]);
  });
});

describe('the rate limit of an address', () => {
  it('is one for all tokens, and does not hold for probes', async () => {
    const { clock, port, ask } = await start({
      HEARTBEAT_HTTP_LIMITS_ADDRESS_REQUESTS_PER_SECOND: '1',
      HEARTBEAT_HTTP_LIMITS_BURST_SECONDS: '2',
    });
    expect([await ask(fleet), await ask(other), await ask(other)]).toMatchObject([
      { status: 200 },
      { status: 200 },
      { status: 429, headers: { 'retry-after': '1' } },
    ]);
    const probe = () => exchange(port, requestText('GET', '/health/ready'));
    expect(await times(5, probe)).toEqual([200, 200, 200, 200, 200]);
    await clock.advance(1_000);
    expect(await ask(fleet)).toMatchObject({ status: 200 });
  });

  it('is that of the client behind a proxy that is trusted', async () => {
    const { ask } = await start({
      HEARTBEAT_HTTP_LIMITS_ADDRESS_REQUESTS_PER_SECOND: '1',
      HEARTBEAT_HTTP_LIMITS_BURST_SECONDS: '1',
      HEARTBEAT_HTTP_TRUSTED_PROXIES: '[127.0.0.0/8]',
    });
    const from = (address: string) => ask(fleet, { 'x-forwarded-for': address });
    expect(await times(2, () => from('203.0.113.1'))).toEqual([200, 429]);
    expect(await times(2, () => from('10.0.0.1, 203.0.113.2'))).toEqual([200, 429]);
    expect(await times(1, () => from('10.0.0.2, 203.0.113.2'))).toEqual([429]);
  });
});

describe('failed logins', () => {
  it('are delayed and then rejected, while valid ones are accepted at once', async () => {
    const { clock, ask } = await start({});
    expect(await times(10, () => ask(stranger))).toEqual(Array(10).fill(401));
    let isAnswered = false;
    const late = ask(stranger).then(({ status }) => {
      isAnswered = true;
      return status;
    });
    // The same address, and the same moment.
    expect(await times(20, () => ask(fleet))).toEqual(Array(20).fill(200));
    expect(isAnswered).toBe(false);
    await clock.advance(1_000);
    expect(await late).toBe(401);

    const many = Array.from({ length: 20 }, () => ask(stranger));
    await until(async () => {
      await clock.advance(0);
      return (await refusals('failures')) >= 15;
    });
    await clock.advance(10_000);
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
    expect(await times(1, () => ask(fleet))).toEqual([200]);
  });

  it('do not delay the stop of the service', async () => {
    const { ask } = await start({});
    await times(10, () => ask(stranger));
    const late = ask(stranger);
    await until(async () => (await refusals('unknown')) >= 11);
    await service?.stop();
    expect(await late).toMatchObject({ status: 401 });
  });
});

describe('new instances', () => {
  const few = { ...entryOf(fleet), maxInstances: 3 };
  const settings = { HEARTBEAT_AUTH_TOKENS: JSON.stringify([few, entryOf(other)]) };

  it('are counted for each name, and known ones are still accepted', async () => {
    const { send } = await start(settings);
    expect(await send(fleet, 'a', 'b')).toMatchObject({ status: 202 });
    const answer = await send(fleet, 'a', 'c', 'd', 'e');
    expect(answer.status).toBe(202);
    expect(JSON.parse(answer.body)).toMatchObject({
      accepted: 2,
      rejected: [
        { index: 2, errors: [{ path: '$[2].instance', got: '"d"' }] },
        { index: 3, errors: [{ expected: expect.stringContaining('maxInstances: 3') }] },
      ],
    });
    expect(await send(fleet, 'x')).toMatchObject({ status: 403 });
    expect(await send(other, 'x')).toMatchObject({ status: 202 });
    // It is known now, whichever caller sent it.
    expect(await send(fleet, 'x')).toMatchObject({ status: 202 });
  });

  it('are still counted after a restart', async () => {
    const kept = { ...settings, HEARTBEAT_DATA_DIR: temporaryFolder() };
    const first = await start(kept);
    expect(await first.send(fleet, 'a', 'b')).toMatchObject({ status: 202 });
    await service?.stop();
    const second = await start(kept);
    expect(await second.send(fleet, 'a', 'b', 'c')).toMatchObject({ status: 202 });
    expect(await second.send(fleet, 'd')).toMatchObject({ status: 403 });
  });
});

async function refusals(reason: string): Promise<number> {
  const request = requestText('GET', '/metrics', { headers: { connection: 'close' } });
  const { body } = await exchange(service?.port ?? 0, request);
  const line = `heartbeat_access_refusals_total{reason="${reason}"} `;
  return Number(
    body
      .split('\n')
      .find((text) => text.startsWith(line))
      ?.slice(line.length),
  );
}
