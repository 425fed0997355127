import { z } from 'zod';
import { delivered, type Outcome, rejected, retry } from '../contract/outcome.ts';
import { describeResponse } from '../runtime/http/describe-response.ts';
import type { HttpResult, ReceivedResponse } from '../runtime/http/http-client.ts';
import { retryAfterMs } from '../runtime/http/retry-after.ts';

/** Wait after a missing role: short enough to notice soon that the role was granted. */
const forbiddenPauseMs = 60_000;

/** Error of Monasca itself (`title`, `description`), or of Keystone's middleware (`error`). */
const errorSchema = z.object({
  title: z.string().optional(),
  description: z.string().optional(),
  error: z.object({ message: z.string().optional() }).optional(),
});

/** The middleware does not accept the token; a new one helps. */
export type TokenRefused = { readonly kind: 'token-refused'; readonly detail: string };

/**
 * Outcome of a request to Monasca. There are two kinds of 401: `token-refused`, and a missing role,
 * for which Monasca never uses 403.
 */
export function classifyMonascaResponse(result: HttpResult, nowMs: number): Outcome | TokenRefused {
  if (result.kind === 'failure') return retry(result.reason, `Monasca: ${result.detail}`);

  const { status } = result;
  if (status >= 200 && status < 300) return delivered;

  const error = readError(result.body);
  const message = error?.description ?? error?.error?.message ?? error?.title;
  const detail = describeResponse('Monasca', status, message);
  const afterMs = retryAfterMs(result.headers, nowMs);

  if (status === 403 || (status === 401 && error?.title === 'Forbidden')) return forbidden(detail);
  if (status === 401) return { kind: 'token-refused', detail };
  if (status === 408) return retry('timeout', detail, afterMs);
  if (status === 429 || ((status === 503 || status === 413) && afterMs !== undefined)) {
    return retry('throttled', detail, afterMs);
  }
  if (status >= 500) return retry('server-error', detail);
  if (status === 413 || (rejections.has(status) && !isPage(result))) return rejected(detail);
  return retry('unexpected-answer', `${detail}; is this the address of a Monasca API?`);
}

/** Statuses with which Monasca rejects metrics for good. */
const rejections: ReadonlySet<number> = new Set([400, 409, 422]);

function forbidden(detail: string): Outcome {
  const advice = 'the user lacks the role monasca-user or monasca-agent on the project';
  return retry('forbidden', `${detail}; ${advice}`, forbiddenPauseMs);
}

/**
 * Whether the response is HTML. Monasca never sends HTML, but proxies do, and an error of a proxy does
 * not reject the metrics.
 */
function isPage({ headers }: ReceivedResponse): boolean {
  return headers['content-type']?.startsWith('text/html') ?? false;
}

function readError(body: string): z.infer<typeof errorSchema> | undefined {
  try {
    return errorSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
