import type { SlackConfig } from '../../config/sections/notifiers/slack.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { type Destination, delivered } from '../../contract/outcome.ts';
import type { Secret } from '../../contract/values/secret.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createHttpClient, type HttpClient } from '../../runtime/http/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Notifier } from '../notifier.ts';
import { withoutSecrets } from '../redact.ts';
import { classifySlackAnswer } from './answer.ts';
import { slackMessage } from './message.ts';

export function createSlack(config: SlackConfig, { clock }: Pick<Runtime, 'clock'>): Notifier {
  const http = createHttpClient({ timeoutMs: config.timeoutSeconds * 1_000 });
  return {
    deliver: createSlackDestination({ ...config, http, clock }),
    batchRecords: config.maxEvents,
    batchWaitMs: config.groupSeconds * 1_000,
    close: () => http.close(),
  };
}

/** Events to a channel of Slack, or of what takes the same messages, a batch in one message. */
export function createSlackDestination(options: {
  readonly name: string;
  /** Whoever knows it may post. */
  readonly url: Secret;
  readonly http: HttpClient;
  readonly clock: Clock;
}): Destination<LivenessEvent> {
  const { name, url, http, clock } = options;
  const { pathname, search } = new URL(url.reveal());
  return async (batch, signal) => {
    if (batch.length === 0) return delivered;
    const exchange = await http.request({
      method: 'POST',
      url: url.reveal(),
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(slackMessage(batch, { notifier: name })),
      signal,
    });
    return classifySlackAnswer(withoutSecrets(exchange, [pathname + search]), clock.now());
  };
}
