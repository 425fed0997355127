import { describe, expect, it } from '@jest/globals';
import { createWebhook } from '../../../service/notify/webhook/webhook.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { createHttpClient } from '../../../service/runtime/http/http-client.ts';
import type { Resolve } from '../../../service/runtime/http/public-lookup.ts';
import { problemsOf } from '../../config/fixture.ts';
import { anEvent } from '../../support/events.ts';
import { startTestServer } from '../../support/test-server.ts';
import { webhookConfig } from './fixture.ts';

const here = { address: '127.0.0.1', family: 4 };
const hereToo = { address: '::ffff:127.0.0.1', family: 6 };

/** A client whose names lead where the test says. */
async function ask(resolve: Resolve, port: string) {
  const http = createHttpClient({ timeoutMs: 2_000, publicOnly: true, resolve });
  const exchange = await http.request({ method: 'POST', url: `http://hooks.example.org:${port}/` });
  http.close();
  return exchange;
}

describe('a webhook that may not reach private addresses', () => {
  it.each([
    ['an IPv4 address', [here]],
    ['an IPv4 address that is written as IPv6', [hereToo]],
    ['both', [here, hereToo]],
  ])('is refused a public name that leads to %s', async (_, found) => {
    const server = await startTestServer();
    const exchange = await ask(async () => found, new URL(server.url).port);
    await server.stop();
    expect(exchange).toMatchObject({
      kind: 'failure',
      reason: 'private-address',
      detail: expect.stringContaining('hooks.example.org is '),
    });
    expect(server.received).toHaveLength(0);
  });

  it('connects to what the name led to when it was checked, and to nothing else', async () => {
    const server = await startTestServer();
    let asked = 0;
    // As a hostile name server does it: public for who checks, private for who connects.
    const resolve: Resolve = async () => [asked++ === 0 ? { ...here, address: '192.0.2.1' } : here];
    expect(await ask(resolve, new URL(server.url).port)).toMatchObject({ kind: 'failure' });
    await server.stop();
    expect([asked, server.received.length]).toEqual([1, 0]);
  });

  it('follows no redirect, not even to where it might', async () => {
    const [front, back] = [await startTestServer(), await startTestServer()];
    front.react({ status: 307, headers: { location: back.url } });
    const webhook = createWebhook(webhookConfig({ url: front.url }), { clock: systemClock });
    const outcome = await webhook.deliver([anEvent()], new AbortController().signal);
    webhook.close();
    await front.stop();
    await back.stop();
    expect(outcome).toMatchObject({ kind: 'retry', reason: 'unexpected-answer' });
    expect([front.received.length, back.received.length]).toEqual([1, 0]);
  });

  it('keeps the event, and says why and what helps', async () => {
    const config = { ...webhookConfig({ url: 'http://127.0.0.1:9/' }), allowPrivate: false };
    const webhook = createWebhook(config, { clock: systemClock });
    const outcome = await webhook.deliver([anEvent()], new AbortController().signal);
    webhook.close();
    expect(outcome).toEqual({
      kind: 'retry',
      reason: 'private-address',
      detail: '127.0.0.1:9: 127.0.0.1 is a private address (allowPrivate: true allows it)',
    });
  });

  it('is a problem of the configuration where its address says it all', () => {
    const notifier = (url: string, n: number) => ({ name: `n${n}`, type: 'webhook', url });
    const urls = [
      'http://127.0.0.1/',
      'http://[fd00::1]/',
      'http://localhost/',
      'http://a.example/',
    ];
    const yaml = JSON.stringify({ notifiers: urls.map(notifier) });
    const expected = expect.stringContaining('allowPrivate: true');
    expect(problemsOf({ yaml })).toMatchObject([
      { path: 'notifiers[0].url', expected },
      { path: 'notifiers[1].url', expected },
      { path: 'notifiers[2].url', expected },
    ]);
  });
});
