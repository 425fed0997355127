import type { WebhookConfig } from '../../config/sections/notifiers/webhook.ts';
import { cloudEvent, cloudEventBatchType, cloudEventType } from '../../contract/cloud-event.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { skipped } from '../../contract/outcome.ts';
import { classifyResponse } from '../../runtime/http/classify-response.ts';
import { createHttpClient } from '../../runtime/http/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Notifier } from '../notifier.ts';
import { withoutSecrets } from '../redact.ts';
import { goJson } from '../state-manager/go-json.ts';
import { telemetryMessage } from '../state-manager/telemetry.ts';
import { signatureHeaders } from './signature.ts';

const single = { batchRecords: 1, batchWaitMs: 0 };
const batched = { batchRecords: 100, batchWaitMs: 1_000 };

/**
 * Posts events as CloudEvents, each in one message, or the events of a short time as a batch. A
 * duplicate is harmless: it has the same id.
 */
export function createWebhook(
  config: WebhookConfig,
  { clock, proxy }: Pick<Runtime, 'clock' | 'proxy'>,
): Notifier {
  const { url, allowPrivate, secrets, timeoutSeconds } = config;
  const http = createHttpClient({
    timeoutMs: timeoutSeconds * 1_000,
    publicOnly: !allowPrivate,
    proxy,
  });
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
      const result = await http.request({
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
      const redacted = withoutSecrets(result, Object.values(ownHeaders));
      return classifyResponse(peer, redacted, clock.now());
    },
    close: () => http.close(),
  };
}

type WebhookMessage = { readonly id: string; readonly type: string; readonly body: string };

function singleMessage([event]: readonly LivenessEvent[]): WebhookMessage | undefined {
  if (!event) return undefined;
  return { id: event.id, type: cloudEventType, body: JSON.stringify(cloudEvent(event)) };
}

function hbtdMessage([event]: readonly LivenessEvent[]): WebhookMessage | undefined {
  const message = event && telemetryMessage(event);
  return message && { id: event.id, type: 'application/json', body: goJson(message) };
}

const singles = { cloudevents: singleMessage, hbtd: hbtdMessage };

/** The id names the first and last event: after a failure another batch may be formed. */
function batchMessage(events: readonly LivenessEvent[]): WebhookMessage | undefined {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return undefined;
  const body = JSON.stringify(events.map((event) => cloudEvent(event)));
  return { id: `${first.id}_${last.id}`, type: cloudEventBatchType, body };
}
