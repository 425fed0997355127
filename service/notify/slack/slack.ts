import type { SlackConfig } from '../../config/sections/notifiers/slack.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { type Destination, delivered, type Outcome, retry } from '../../contract/outcome.ts';
import type { Secret } from '../../contract/values/secret.ts';
import type { Clock } from '../../runtime/clock.ts';
import { classifyResponse } from '../../runtime/http/classify-response.ts';
import { describeResponse } from '../../runtime/http/describe-response.ts';
import {
  createHttpClient,
  type HttpClient,
  type HttpResult,
} from '../../runtime/http/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Notifier } from '../notifier.ts';
import { withoutSecrets } from '../redact.ts';
import { slackMessage } from './message.ts';

export function createSlack(
  config: SlackConfig,
  { clock, proxy }: Pick<Runtime, 'clock' | 'proxy'>,
): Notifier {
  const http = createHttpClient({ timeoutMs: config.timeoutSeconds * 1_000, proxy });
  return {
    deliver: createSlackDestination({ ...config, http, clock }),
    batchRecords: config.maxEvents,
    batchWaitMs: config.groupSeconds * 1_000,
    close: () => http.close(),
  };
}

/** Posts each batch of events as one message to Slack, or a service with the same API. */
export function createSlackDestination(options: {
  readonly name: string;
  /** A secret: the address authorizes posting. */
  readonly url: Secret;
  readonly http: HttpClient;
  readonly clock: Clock;
}): Destination<LivenessEvent> {
  const { name, url, http, clock } = options;
  const { pathname, search } = new URL(url.reveal());
  return async (batch, signal) => {
    if (batch.length === 0) return delivered;
    const result = await http.request({
      method: 'POST',
      url: url.reveal(),
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(slackMessage(batch, { notifier: name })),
      signal,
    });
    return classifySlackResponse(withoutSecrets(result, [pathname + search]), clock.now());
  };
}

/** Wait for an operator to change the configuration of Slack or of the service. */
const pauseMs = 60_000;

/**
 * Slack responds with 404 or 410 and one word when the webhook, its channel or its workspace is
 * deleted, and with 403 when it may not post. These do not reject the message, so it waits until the
 * channel is restored or another webhook is configured.
 */
function classifySlackResponse(result: HttpResult, nowMs: number): Outcome {
  if (result.kind === 'response' && (result.status === 404 || result.status === 410)) {
    const { status, body } = result;
    const detail = describeResponse('Slack', status, body.trim() || undefined);
    const advice = 'the webhook or its channel is gone; a new webhook may be needed';
    return retry(status === 404 ? 'unauthenticated' : 'forbidden', `${detail}; ${advice}`, pauseMs);
  }
  return classifyResponse('Slack', result, nowMs);
}
