import type { OpenStackOptions } from '../../contract/openstack/options.ts';
import { type Retry, retry } from '../../contract/outcome.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpClient } from '../../runtime/http/http-client.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { type Catalog, type Discovery, findMonasca, monascaEndpoint } from './catalog.ts';
import { loginName, loginRequest, tokensUrl } from './login-request.ts';
import { classifyTokenResponse, type TokenResult, tokenTimes } from './token-response.ts';

/** `endpoint` is Monasca's address, ending in `/v2.0`. */
export type MonascaSession = {
  readonly kind: 'session';
  readonly token: string;
  readonly endpoint: string;
};

/** A session with its monotonic times; `expiresAtMs` is its expiry in epoch ms, for `/health`. */
export type CachedSession = {
  readonly kind: 'cached';
  readonly session: MonascaSession;
  readonly refreshAt: number;
  readonly usableUntil: number;
  readonly expiresAtMs: number;
};

export type LoginDependencies = {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

export type LoginFailure = {
  readonly kind: 'failure';
  readonly outcome: Retry;
  /** `refused` by Keystone, or `misconfigured` for its catalog: an operator must act. */
  readonly cause: 'refused' | 'misconfigured' | 'unavailable';
};

/** Sends one token request. */
export async function logIn(
  options: OpenStackOptions,
  { http, clock, metrics }: LoginDependencies,
  signal: AbortSignal,
): Promise<CachedSession | LoginFailure> {
  const sentAt = clock.monotonic();
  const sentAtMs = clock.now();
  const result = await http.request({
    method: 'POST',
    url: tokensUrl(options.authUrl),
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(loginRequest(options.login)),
    needsBody: true,
    signal,
  });
  const response = classifyTokenResponse(result, clock.now());
  countLogin(metrics, response);
  switch (response.kind) {
    case 'refused': {
      const detail = `the login of ${loginName(options.login)} is refused: ${response.detail}`;
      return { kind: 'failure', cause: 'refused', outcome: retry('unauthenticated', detail) };
    }
    case 'unavailable': {
      const outcome = retry(response.reason, response.detail, response.afterMs);
      return { kind: 'failure', cause: 'unavailable', outcome };
    }
    case 'granted': {
      const found = discover(options, response.catalog);
      if (found.kind === 'missing') {
        const outcome = retry('unexpected-answer', found.detail);
        return { kind: 'failure', cause: 'misconfigured', outcome };
      }
      const { refreshAfterMs, usableMs } = tokenTimes(response.lifetimeMs);
      return {
        kind: 'cached',
        session: { kind: 'session', token: response.token, endpoint: found.endpoint },
        refreshAt: sentAt + refreshAfterMs,
        usableUntil: sentAt + usableMs,
        expiresAtMs: sentAtMs + response.lifetimeMs,
      };
    }
  }
}

function discover({ monascaUrl, ...wanted }: OpenStackOptions, catalog: Catalog): Discovery {
  if (monascaUrl === undefined) return findMonasca(catalog, wanted);
  return { kind: 'found', endpoint: monascaEndpoint(monascaUrl) };
}

function countLogin(metrics: Metrics, response: TokenResult): void {
  if (response.kind === 'unavailable' && response.reason === 'aborted') return;
  const result = response.kind === 'granted' ? 'success' : response.kind;
  metrics.tokenLogins.inc({ result });
}
