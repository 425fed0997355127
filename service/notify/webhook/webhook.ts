import type { WebhookConfig } from '../../config/sections/notifiers/webhook.ts';
import { cloudEvent, cloudEventType } from '../../contract/cloud-event.ts';
import { delivered } from '../../contract/outcome.ts';
import { createHttpClient } from '../../runtime/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { classifyAnswer } from '../answer.ts';
import type { Notifier } from '../notifier.ts';

/** Posts each event as a CloudEvent in structured mode, one after the other. */
export function createWebhook(config: WebhookConfig, { clock }: Pick<Runtime, 'clock'>): Notifier {
  const http = createHttpClient({ timeoutMs: config.timeoutSeconds * 1_000 });
  const peer = new URL(config.url).host;

  return {
    batchRecords: 1,
    batchWaitMs: 0,
    async deliver([event], signal) {
      if (event === undefined) return delivered;
      const exchange = await http.request({
        method: 'POST',
        url: config.url,
        headers: { 'content-type': cloudEventType },
        body: JSON.stringify(cloudEvent(event)),
        signal,
      });
      return classifyAnswer(peer, exchange, clock.now());
    },
    close: () => http.close(),
  };
}
