import { delivered, type Outcome, rejected, retry } from '../contract/outcome.ts';
import { describeResponse } from '../runtime/http/describe-response.ts';
import type { HttpResponse, HttpResult } from '../runtime/http/http-client.ts';
import { retryAfterMs } from '../runtime/http/retry-after.ts';

/** How a receiver says that it will never take this message. */
const refusals: ReadonlySet<number> = new Set([400, 409, 413, 422]);

/**
 * What became of a message that was sent over HTTP, by the status alone. A refusal is a verdict on
 * the message and makes a dead letter, so it has to be certain: a 404 or 410 speaks of the address,
 * and a page of HTML comes from a proxy.
 */
export function classifyResponse(peer: string, exchange: HttpResult, nowMs: number): Outcome {
  if (exchange.kind === 'failure') {
    const { reason, detail } = exchange;
    const advice = reason === 'private-address' ? ' (allowPrivate: true lets it be)' : '';
    return retry(reason, `${peer}: ${detail}${advice}`);
  }

  const { status } = exchange;
  if (status >= 200 && status < 300) return delivered;

  const detail = describeResponse(peer, status, exchange.body.trim() || undefined);
  const afterMs = retryAfterMs(exchange.headers, nowMs);
  if (status === 401) return retry('unauthenticated', detail, afterMs);
  if (status === 403) return retry('forbidden', detail, afterMs);
  if (status === 408) return retry('timeout', detail, afterMs);
  if (status === 429 || (status === 503 && afterMs !== undefined)) {
    return retry('throttled', detail, afterMs);
  }
  if (status >= 500) return retry('server-error', detail, afterMs);
  if (refusals.has(status) && (status === 413 || !isPage(exchange))) return rejected(detail);
  return retry('unexpected-answer', `${detail}; is this the right address?`, afterMs);
}

function isPage({ headers }: HttpResponse): boolean {
  return headers['content-type']?.startsWith('text/html') ?? false;
}
