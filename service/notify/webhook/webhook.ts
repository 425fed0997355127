import type { WebhookConfig } from '../../config/sections/notifiers/webhook.ts';
import { cloudEvent, cloudEventBatchType, cloudEventType } from '../../contract/cloud-event.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { skipped } from '../../contract/outcome.ts';
import { createHttpClient } from '../../runtime/http/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Notifier } from '../notifier.ts';
import { withoutSecrets } from '../redact.ts';
import { classifyResponse } from '../response.ts';
import { telemetryMessage } from '../state-manager/telemetry.ts';
import { signatureHeaders } from './signature.ts';

const single = { batchRecords: 1, batchWaitMs: 0 };
const batched = { batchRecords: 100, batchWaitMs: 1_000 };

/**
 * Posts events as CloudEvents: each in a message of its own, one after the other, or those that
 * happen close together as a batch. To get one twice does no harm: it has the same id.
 */
export function createWebhook(config: WebhookConfig, { clock }: Pick<Runtime, 'clock'>): Notifier {
  const { url, allowPrivate, secrets, timeoutSeconds } = config;
  const http = createHttpClient({ timeoutMs: timeoutSeconds * 1_000, publicOnly: !allowPrivate });
  const peer = new URL(url).host;
  const ownHeaders = Object.fromEntries(
    Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value.reveal()]),
  );
  const messageOf = config.batch ? batchMessage : singles[config.format];

  return {
    ...(config.batch ? batched : single),
    async deliver(events, signal) {
      const message = messageOf(events);
      if (!message) return skipped;
      const { id, type, body } = message;
      const exchange = await http.request({
        method: 'POST',
        url,
        headers: {
          ...ownHeaders,
          'content-type': type,
          ...signatureHeaders(secrets, { id, atMs: clock.now(), body }),
        },
        body,
        signal,
      });
      const shown = withoutSecrets(exchange, Object.values(ownHeaders));
      return classifyResponse(peer, shown, clock.now());
    },
    close: () => http.close(),
  };
}

type Message = { readonly id: string; readonly type: string; readonly body: string };

function singleMessage([event]: readonly LivenessEvent[]): Message | undefined {
  if (!event) return undefined;
  return { id: event.id, type: cloudEventType, body: JSON.stringify(cloudEvent(event)) };
}

function hbtdMessage([event]: readonly LivenessEvent[]): Message | undefined {
  const message = event && telemetryMessage(event);
  return message && { id: event.id, type: 'application/json', body: JSON.stringify(message) };
}

const singles = { cloudevents: singleMessage, hbtd: hbtdMessage };

/** The id says which events are in it: after a failure the same ones need not come together. */
function batchMessage(events: readonly LivenessEvent[]): Message | undefined {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return undefined;
  const body = JSON.stringify(events.map((event) => cloudEvent(event)));
  return { id: `${first.id}_${last.id}`, type: cloudEventBatchType, body };
}
