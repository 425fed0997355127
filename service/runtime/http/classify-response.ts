import { delivered, type Outcome, rejected, retry } from '../../contract/outcome.ts';
import { describeResponse } from './describe-response.ts';
import type { HttpResult, ReceivedResponse } from './http-client.ts';
import { retryAfterMs } from './retry-after.ts';

/** Statuses with which a recipient rejects a message for good. */
const rejections: ReadonlySet<number> = new Set([400, 409, 413, 422]);

/**
 * Outcome of a message that was sent over HTTP, by the status alone. A rejection makes a dead letter,
 * so it must be certain: a 404 or 410 is about the address, and HTML comes from a proxy.
 */
export function classifyResponse(peer: string, result: HttpResult, nowMs: number): Outcome {
  if (result.kind === 'failure') {
    const { reason, detail } = result;
    const advice = reason === 'private-address' ? ' (allowPrivate: true allows it)' : '';
    return retry(reason, `${peer}: ${detail}${advice}`);
  }

  const { status } = result;
  if (status >= 200 && status < 300) return delivered;

  const detail = describeResponse(peer, status, result.body.trim() || undefined);
  const afterMs = retryAfterMs(result.headers, nowMs);
  if (status === 401) return retry('unauthenticated', detail, afterMs);
  if (status === 403) return retry('forbidden', detail, afterMs);
  if (status === 408) return retry('timeout', detail, afterMs);
  if (status === 429 || (status === 503 && afterMs !== undefined)) {
    return retry('throttled', detail, afterMs);
  }
  if (status >= 500) return retry('server-error', detail, afterMs);
  if (rejections.has(status) && (status === 413 || !isPage(result))) return rejected(detail);
  return retry('unexpected-answer', `${detail}; is this the right address?`, afterMs);
}

function isPage({ headers }: ReceivedResponse): boolean {
  return headers['content-type']?.startsWith('text/html') ?? false;
}
