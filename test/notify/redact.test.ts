import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type NotifierConfig,
  notifiersSection,
} from '../../service/config/sections/notifiers/notifiers.ts';
import { createNotifier } from '../../service/notify/notifiers.ts';
import { systemClock as clock } from '../../service/runtime/clock.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { anEvent } from '../support/events.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const secret = 's3cr3t-t0ken';

describe('withoutSecrets', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startTestServer();
  });
  afterEach(() => server.stop());

  it.each([
    ['slack', () => ({ type: 'slack', url: `${server.url}/services/T00/B00/${secret}` })],
    [
      'webhook',
      () => ({
        type: 'webhook',
        url: server.url,
        allowPrivate: true,
        headers: { Authorization: `Bearer ${secret}` },
      }),
    ],
    ['alertmanager', () => ({ type: 'alertmanager', urls: [server.url], bearerToken: secret })],
  ])('removes the secrets of the request from what %s shows of a response', async (_, settings) => {
    const [config] = notifiersSection.parse([{ name: 'a', ...settings() }]);
    if (!config) throw new Error('no notifier');
    for (const status of [400, 401, 404, 500]) {
      // As some proxies and most programs for trying things out do.
      server.react(({ path, headers }) => ({
        status,
        body: `No ${path} here, ${headers.authorization} (${path.split('/').join('\\/')})`,
      }));
      const outcome = await outcomeOf(config);
      expect(outcome).toContain(`answered ${status}: No `);
      expect(outcome).not.toContain(secret);
    }
  });
});

async function outcomeOf(config: NotifierConfig): Promise<string> {
  const { log } = createRecordedLog();
  const notifier = createNotifier(config, { clock, log, metrics: createMetrics() });
  const outcome = await notifier.deliver([anEvent()], new AbortController().signal);
  notifier.close();
  return JSON.stringify(outcome);
}
