import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type NotifierConfig,
  notifiersSection,
} from '../../service/config/sections/notifiers/notifiers.ts';
import { createNotifier } from '../../service/notify/notifiers.ts';
import { systemClock as clock } from '../../service/runtime/clock.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { anEvent } from '../support/events.ts';
import { type Peer, startPeer } from '../support/peer.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const secret = 's3cr3t-t0ken';

describe('withoutSecrets', () => {
  let peer: Peer;
  beforeEach(async () => {
    peer = await startPeer();
  });
  afterEach(() => peer.stop());

  it.each([
    ['slack', () => ({ type: 'slack', url: `${peer.url}/services/T00/B00/${secret}` })],
    [
      'webhook',
      () => ({
        type: 'webhook',
        url: peer.url,
        allowPrivate: true,
        headers: { Authorization: `Bearer ${secret}` },
      }),
    ],
    ['alertmanager', () => ({ type: 'alertmanager', urls: [peer.url], bearerToken: secret })],
  ])('removes the secrets of the request from what %s shows of a response', async (_, settings) => {
    const [config] = notifiersSection.parse([{ name: 'a', ...settings() }]);
    if (!config) throw new Error('no notifier');
    for (const status of [400, 401, 404, 500]) {
      // As some proxies and most programs for trying things out do.
      peer.react(({ path, headers }) => ({
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
