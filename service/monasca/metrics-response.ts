import { z } from 'zod';
import { delivered, type Outcome, rejected, retry } from '../contract/outcome.ts';
import { describeResponse } from '../runtime/http/describe-response.ts';
import type { HttpResponse, HttpResult } from '../runtime/http/http-client.ts';
import { retryAfterMs } from '../runtime/http/retry-after.ts';

/** Long enough not to be a nuisance, short enough for whoever just gave us the role. */
const forbiddenPauseMs = 60_000;

/**
 * Monasca's error, in the shapes it comes in: its own (`title`, `description`), the one of Keystone's
 * middleware in front of it (`error`).
 */
const errorSchema = z.object({
  title: z.string().optional(),
  description: z.string().optional(),
  error: z.object({ message: z.string().optional() }).optional(),
});

/**
 * What became of metrics that were posted. `token-refused` is one of Monasca's two kinds of 401: the
 * middleware does not take the token, and a new one helps. The other kind says that the user's role
 * does not suffice, for which Monasca never uses 403.
 */
export function classifyMetricsAnswer(
  exchange: HttpResult,
  nowMs: number,
): Outcome | { readonly kind: 'token-refused'; readonly detail: string } {
  if (exchange.kind === 'failure') return retry(exchange.reason, `Monasca: ${exchange.detail}`);

  const { status } = exchange;
  if (status >= 200 && status < 300) return delivered;

  const error = readError(exchange.body);
  const message = error?.description ?? error?.error?.message ?? error?.title;
  const detail = describeResponse('Monasca', status, message);
  const afterMs = retryAfterMs(exchange.headers, nowMs);

  if (status === 403 || (status === 401 && error?.title === 'Forbidden')) return forbidden(detail);
  if (status === 401) return { kind: 'token-refused', detail };
  if (status === 408) return retry('timeout', detail, afterMs);
  if (status === 429 || ((status === 503 || status === 413) && afterMs !== undefined)) {
    return retry('throttled', detail, afterMs);
  }
  if (status >= 500) return retry('server-error', detail);
  if (status === 413 || (refusals.has(status) && !isPage(exchange))) return rejected(detail);
  return retry('unexpected-answer', `${detail}; is this the address of a Monasca API?`);
}

/** How Monasca says that it will never take these metrics. */
const refusals: ReadonlySet<number> = new Set([400, 409, 422]);

function forbidden(detail: string): Outcome {
  const advice = 'the user lacks the role monasca-user or monasca-agent on the project';
  return retry('forbidden', `${detail}; ${advice}`, forbiddenPauseMs);
}

/**
 * Monasca never answers with a page of HTML, but proxies do, and what a proxy thinks of a request is
 * no verdict on the metrics in it.
 */
function isPage({ headers }: HttpResponse): boolean {
  return headers['content-type']?.startsWith('text/html') ?? false;
}

function readError(body: string): z.infer<typeof errorSchema> | undefined {
  try {
    return errorSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
