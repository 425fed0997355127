import { z } from 'zod';
import type { RetryReason } from '../../contract/outcome.ts';
import { describeResponse } from '../../runtime/http/describe-response.ts';
import type { HttpResult, ReceivedResponse } from '../../runtime/http/http-client.ts';
import { retryAfterMs } from '../../runtime/http/retry-after.ts';
import { type Catalog, catalogSchema } from './catalog.ts';

/** Result of a token request. */
export type TokenResult =
  | {
      readonly kind: 'granted';
      readonly token: string;
      /** `expires_at` minus `issued_at`, both by Keystone's clock. */
      readonly lifetimeMs: number;
      /** Empty where the token has no project. */
      readonly catalog: Catalog;
    }
  /** The credentials are wrong; another attempt may lock the account. */
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

/** Classifies all responses of Keystone, the errors included. */
export function classifyTokenResponse(result: HttpResult, nowMs: number): TokenResult {
  if (result.kind === 'failure') {
    return unavailable(result.reason, `Keystone: ${result.detail}`);
  }
  const { status, headers } = result;
  if (status === 200 || status === 201) return grant(result);

  const message = errorMessage(result);
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
 * Time for which a token may be used, and time after which a new one is requested, both from when its
 * request was sent: Keystone's clock may differ from ours, and it issued the token later than that.
 *
 * The times in the response are whole seconds, so the token may expire up to a second earlier. The
 * margin of two minutes is at most a fifth of the lifetime, or short-lived tokens would be requested
 * for every use.
 */
export function tokenTimes(lifetimeMs: number): { refreshAfterMs: number; usableMs: number } {
  const marginMs = Math.min(120_000, lifetimeMs * 0.2);
  const usableMs = Math.max(lifetimeMs - 1_000, lifetimeMs / 2);
  return { refreshAfterMs: Math.min(lifetimeMs - marginMs, usableMs), usableMs };
}

function grant(response: ReceivedResponse): TokenResult {
  const token = response.headers['x-subject-token'];
  if (typeof token !== 'string' || token === '') return invalid('has no X-Subject-Token');

  const body = grantSchema.safeParse(parseJson(response.body));
  if (!body.success) return invalid(`has no valid token: ${z.prettifyError(body.error)}`);

  const { issued_at, expires_at, catalog } = body.data.token;
  const lifetimeMs = Date.parse(expires_at) - Date.parse(issued_at);
  if (!(lifetimeMs > 0)) return invalid(`has a token that ends at ${expires_at}, before it begins`);
  return { kind: 'granted', token, lifetimeMs, catalog };
}

function invalid(fault: string): TokenResult {
  return unavailable('unexpected-answer', `Keystone's response ${fault}`);
}

function unavailable(reason: RetryReason, detail: string, afterMs?: number): TokenResult {
  return { kind: 'unavailable', reason, detail, afterMs };
}

function errorMessage({ body }: ReceivedResponse): string | undefined {
  return errorSchema.safeParse(parseJson(body)).data?.error.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
