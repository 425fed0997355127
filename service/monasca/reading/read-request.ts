import { type Retry, retry } from '../../contract/outcome.ts';
import type { HttpRequest } from '../../runtime/http/http-client.ts';
import { type MonascaApi, type MonascaExchange, requestMonasca } from '../request.ts';

/** Time for which a refusal of a new token stands. */
const refusalMs = 60_000;

/** Sends a read request with the token of the deliveries. `build` gets Monasca's address. */
export type MonascaReadRequest = (
  build: (endpoint: string) => HttpRequest,
  signal: AbortSignal,
) => Promise<MonascaExchange | Retry>;

/**
 * Access rules of an application credential can cover writing and not reading, and Monasca then
 * refuses each token for a read. So one new token in a minute is tried, and no more: otherwise
 * anyone who may read could cause a login, and the loss of the deliveries' token, with each request.
 */
export function createMonascaReadRequest(api: MonascaApi): MonascaReadRequest {
  let refusedUntil = Number.NEGATIVE_INFINITY;
  const mayRenew = () => api.clock.monotonic() >= refusedUntil;
  return async (build, signal) => {
    const exchange = await requestMonasca(api, build, signal, mayRenew);
    if (exchange.kind === 'retry' || exchange.outcome.kind !== 'token-refused') return exchange;
    if (mayRenew()) refusedUntil = api.clock.monotonic() + refusalMs;
    const said = exchange.outcome.detail.replace(/\.+$/, '');
    const advice = 'the access rules of the application credential may not cover reading';
    return retry('unauthenticated', `a new token is refused as well: ${said}; ${advice}`);
  };
}
