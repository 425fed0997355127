import { z } from 'zod';
import type { RetryReason } from '../contract/outcome.ts';
import { describeResponse } from '../runtime/http/describe-response.ts';
import type { HttpResponse, HttpResult } from '../runtime/http/http-client.ts';
import { retryAfterMs } from '../runtime/http/retry-after.ts';
import { type Catalog, catalogSchema } from './catalog.ts';

/** What Keystone said to a token request. */
export type TokenAnswer =
  | {
      readonly kind: 'granted';
      readonly token: string;
      /** By Keystone's clock alone: its `expires_at` less its `issued_at`. */
      readonly lifetimeMs: number;
      /** Empty where the token has no project. */
      readonly catalog: Catalog;
    }
  /** It weighed the credentials and will not have them; asking again may lock the account. */
  | { readonly kind: 'refused'; readonly detail: string }
  | {
      readonly kind: 'unavailable';
      readonly reason: RetryReason;
      readonly detail: string;
      readonly afterMs?: number | undefined;
    };

const grantSchema = z.object({
  token: z.object({
    issued_at: z.iso.datetime({ offset: true }),
    expires_at: z.iso.datetime({ offset: true }),
    catalog: catalogSchema.default([]),
  }),
});

const errorSchema = z.object({ error: z.object({ message: z.string() }) });

/** The one place that knows Keystone's ways of saying no. */
export function classifyTokenAnswer(exchange: HttpResult, nowMs: number): TokenAnswer {
  if (exchange.kind === 'failure') {
    return unavailable(exchange.reason, `Keystone: ${exchange.detail}`);
  }
  const { status, headers } = exchange;
  if (status === 200 || status === 201) return grant(exchange);

  const message = errorMessage(exchange);
  const detail = describeResponse('Keystone', status, message);
  const afterMs = retryAfterMs(headers, nowMs);
  if (status === 429 || ((status === 503 || status === 413) && afterMs !== undefined)) {
    return unavailable('throttled', detail, afterMs);
  }
  if (status >= 500) return unavailable('server-error', detail);
  // A deleted application credential is a 404 of Keystone's own; any other 404 is a wrong address.
  if ([400, 401, 403].includes(status) || (status === 404 && message !== undefined)) {
    return { kind: 'refused', detail };
  }
  return unavailable('unexpected-answer', `${detail}; is the address of Keystone right?`);
}

/**
 * How long a token may be used, and after what time a new one is fetched ahead, both counted from
 * the moment the request for it was sent: Keystone's clock need not agree with ours, and it issued
 * the token later than that.
 *
 * The times in the answer are whole seconds, so the token may live up to a second less than they
 * say. The margin of two minutes shrinks to a fifth of the lifetime, or short-lived tokens would be
 * fetched anew for every use.
 */
export function tokenTimes(lifetimeMs: number): { refreshAfterMs: number; usableMs: number } {
  const marginMs = Math.min(120_000, lifetimeMs * 0.2);
  const usableMs = Math.max(lifetimeMs - 1_000, lifetimeMs / 2);
  return { refreshAfterMs: Math.min(lifetimeMs - marginMs, usableMs), usableMs };
}

function grant(answer: HttpResponse): TokenAnswer {
  const token = answer.headers['x-subject-token'];
  if (typeof token !== 'string' || token === '') return odd('has no X-Subject-Token');

  const body = grantSchema.safeParse(parseJson(answer.body));
  if (!body.success) return odd(`has no token as we know it: ${z.prettifyError(body.error)}`);

  const { issued_at, expires_at, catalog } = body.data.token;
  const lifetimeMs = Date.parse(expires_at) - Date.parse(issued_at);
  if (!(lifetimeMs > 0)) return odd(`has a token that ends at ${expires_at}, before it begins`);
  return { kind: 'granted', token, lifetimeMs, catalog };
}

function odd(fault: string): TokenAnswer {
  return unavailable('unexpected-answer', `Keystone's answer ${fault}`);
}

function unavailable(reason: RetryReason, detail: string, afterMs?: number): TokenAnswer {
  return { kind: 'unavailable', reason, detail, afterMs };
}

function errorMessage({ body }: HttpResponse): string | undefined {
  return errorSchema.safeParse(parseJson(body)).data?.error.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
