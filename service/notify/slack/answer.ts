import { type Outcome, retry } from '../../contract/outcome.ts';
import { describeResponse } from '../../runtime/http/describe-response.ts';
import type { HttpResult } from '../../runtime/http/http-client.ts';
import { classifyResponse } from '../response.ts';

/** Somebody has to do something in Slack first. */
const pauseMs = 60_000;

/**
 * Slack says by a 404 or 410 with a word that the webhook, its channel or its workspace is gone, and
 * by a 403 that it may not post. None of that is a verdict on the message, so it waits for whoever
 * brings the channel back or configures another webhook.
 */
export function classifySlackAnswer(exchange: HttpResult, nowMs: number): Outcome {
  if (exchange.kind === 'response' && (exchange.status === 404 || exchange.status === 410)) {
    const { status, body } = exchange;
    const detail = describeResponse('Slack', status, body.trim() || undefined);
    const advice = 'the webhook or its channel is gone; a new webhook may be needed';
    return retry(status === 404 ? 'unauthenticated' : 'forbidden', `${detail}; ${advice}`, pauseMs);
  }
  return classifyResponse('Slack', exchange, nowMs);
}
