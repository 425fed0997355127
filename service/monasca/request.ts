import type { Outcome, Retry } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { HttpClient, HttpRequest, HttpResult } from '../runtime/http/http-client.ts';
import type { KeystoneClient } from './keystone/token.ts';
import { classifyMonascaResponse, type TokenRefused } from './response.ts';

/** A client of the Monasca API: its address and token come from Keystone. */
export type MonascaApi = {
  readonly keystone: KeystoneClient;
  readonly http: HttpClient;
  readonly clock: Clock;
};

export type MonascaExchange = {
  readonly kind: 'exchange';
  readonly result: HttpResult;
  readonly outcome: Outcome | TokenRefused;
  readonly token: string;
  readonly endpoint: string;
};

/**
 * Sends a request with the token of the service, and again with a new token if Monasca refuses that
 * one, because tokens are revoked and keys are rotated before their time. A second refusal is
 * returned. `build` gets Monasca's address, ending in `/v2.0`; `mayRenew` is whether the token may be
 * replaced.
 */
export async function requestMonasca(
  api: MonascaApi,
  build: (endpoint: string) => HttpRequest,
  signal: AbortSignal,
  mayRenew: () => boolean = () => true,
): Promise<MonascaExchange | Retry> {
  const first = await attempt(api, build, signal);
  if (first.kind === 'retry' || first.outcome.kind !== 'token-refused' || !mayRenew()) {
    return first;
  }
  api.keystone.invalidate(first.token);
  return attempt(api, build, signal);
}

async function attempt(
  { keystone, http, clock }: MonascaApi,
  build: (endpoint: string) => HttpRequest,
  signal: AbortSignal,
): Promise<MonascaExchange | Retry> {
  const session = await keystone.session(signal);
  if (session.kind === 'retry') return session;
  const { endpoint, token } = session;
  const request = build(endpoint);
  const headers = { accept: 'application/json', ...request.headers, 'x-auth-token': token };
  const result = await http.request({ ...request, headers, signal });
  const outcome = classifyMonascaResponse(result, clock.now());
  return { kind: 'exchange', result, outcome, token, endpoint };
}
