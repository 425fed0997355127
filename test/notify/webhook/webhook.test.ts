import { describe, expect, it } from '@jest/globals';
import { cloudEventSchema } from '../../../service/contract/cloud-event.ts';
import { createWebhook } from '../../../service/notify/webhook/webhook.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import {
  contractTimeoutMs,
  describeDestination,
  underTest,
} from '../../support/destination-contract.ts';
import { anEvent } from '../../support/events.ts';
import { startPeer } from '../../support/peer.ts';
import { webhookConfig } from './rig.ts';

const clock = systemClock;

describeDestination('a webhook', (url) => {
  const config = { ...webhookConfig({ url }), timeoutSeconds: contractTimeoutMs / 1_000 };
  const webhook = createWebhook(config, { clock });
  return underTest(webhook.deliver, [anEvent()], webhook.close);
});

describe('createWebhook', () => {
  it('posts an event as a CloudEvent in structured mode', async () => {
    const peer = await startPeer();
    const webhook = createWebhook(webhookConfig({ url: `${peer.url}/hook?x=1` }), { clock });
    const event = anEvent();
    expect(await webhook.deliver([event], new AbortController().signal)).toEqual({
      kind: 'delivered',
    });
    const [request] = peer.received;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/hook?x=1',
      headers: { 'content-type': 'application/cloudevents+json' },
    });
    expect(cloudEventSchema.parse(JSON.parse(request?.body ?? ''))).toMatchObject({
      id: event.id,
      type: 'org.fiware.ge-heartbeat.down',
    });
    webhook.close();
    await peer.stop();
  });
});
