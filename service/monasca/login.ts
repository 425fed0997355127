import type { OpenStackOptions } from '../contract/openstack/options.ts';
import { type Retry, retry } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { HttpClient } from '../runtime/http/http-client.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { type Catalog, type Discovery, findMonasca, monascaEndpoint } from './catalog.ts';
import { loginName, loginRequest, tokensUrl } from './login-request.ts';
import { classifyTokenAnswer, type TokenAnswer, tokenTimes } from './token-response.ts';

/** `endpoint` is Monasca's, ending in `/v2.0`. */
export type Session = {
  readonly kind: 'session';
  readonly token: string;
  readonly endpoint: string;
};

/** A session with its ages, by the monotonic clock; `expiresAtMs` is by the wall clock, for people. */
export type Held = {
  readonly kind: 'held';
  readonly session: Session;
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
  /** Keystone, or its catalog, says no to what we are configured to ask: a person has to act. */
  readonly cause: 'refused' | 'misconfigured' | 'unavailable';
};

/** One token request. */
export async function logIn(
  options: OpenStackOptions,
  { http, clock, metrics }: LoginDependencies,
  signal: AbortSignal,
): Promise<Held | LoginFailure> {
  const sentAt = clock.monotonic();
  const sentAtMs = clock.now();
  const exchange = await http.request({
    method: 'POST',
    url: tokensUrl(options.authUrl),
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(loginRequest(options.login)),
    signal,
  });
  const answer = classifyTokenAnswer(exchange, clock.now());
  countLogin(metrics, answer);
  switch (answer.kind) {
    case 'refused': {
      const detail = `the login of ${loginName(options.login)} is refused: ${answer.detail}`;
      return { kind: 'failure', cause: 'refused', outcome: retry('unauthenticated', detail) };
    }
    case 'unavailable': {
      const outcome = retry(answer.reason, answer.detail, answer.afterMs);
      return { kind: 'failure', cause: 'unavailable', outcome };
    }
    case 'granted': {
      const found = discover(options, answer.catalog);
      if (found.kind === 'missing') {
        const outcome = retry('unexpected-answer', found.detail);
        return { kind: 'failure', cause: 'misconfigured', outcome };
      }
      const { refreshAfterMs, usableMs } = tokenTimes(answer.lifetimeMs);
      return {
        kind: 'held',
        session: { kind: 'session', token: answer.token, endpoint: found.endpoint },
        refreshAt: sentAt + refreshAfterMs,
        usableUntil: sentAt + usableMs,
        expiresAtMs: sentAtMs + answer.lifetimeMs,
      };
    }
  }
}

function discover({ monascaUrl, ...wanted }: OpenStackOptions, catalog: Catalog): Discovery {
  if (monascaUrl === undefined) return findMonasca(catalog, wanted);
  return { kind: 'found', endpoint: monascaEndpoint(monascaUrl) };
}

function countLogin(metrics: Metrics, answer: TokenAnswer): void {
  if (answer.kind === 'unavailable' && answer.reason === 'aborted') return;
  const result = answer.kind === 'granted' ? 'success' : answer.kind;
  metrics.tokenLogins.inc({ result });
}
