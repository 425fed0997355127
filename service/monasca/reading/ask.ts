import type { Clock } from '../../runtime/clock.ts';
import type { HttpClient } from '../../runtime/http/http-client.ts';
import type { Keystone } from '../keystone.ts';
import { classifyMetricsAnswer } from '../metrics-response.ts';

/** Monasca does not answer a question; the message says why. */
export class MonascaUnavailable extends Error {}

export type Parameters = Readonly<Record<string, string | undefined>>;

/**
 * A question to Monasca's read API, with the token that the deliveries use. `path` begins behind
 * `/v2.0`. Resolves with what JSON the answer has; rejects with `MonascaUnavailable`.
 *
 * It asks a second time in one case only: when its token is refused.
 */
export type Ask = (path: string, parameters: Parameters, signal: AbortSignal) => Promise<unknown>;

export function createAsk(options: {
  readonly keystone: Keystone;
  readonly http: HttpClient;
  readonly clock: Clock;
}): Ask {
  const { keystone, http, clock } = options;

  async function attempt(path: string, query: string, signal: AbortSignal) {
    const session = await keystone.session(signal);
    if (session.kind === 'retry') throw new MonascaUnavailable(session.detail);
    const { endpoint, token } = session;
    const exchange = await http.request({
      method: 'GET',
      url: `${endpoint}${path}?${query}`,
      headers: { accept: 'application/json', 'x-auth-token': token },
      signal,
    });
    return { exchange, token, verdict: classifyMetricsAnswer(exchange, clock.now()) };
  }

  return async (path, parameters, signal) => {
    const query = queryOf(parameters);
    let { exchange, token, verdict } = await attempt(path, query, signal);
    if (verdict.kind === 'token-refused') {
      keystone.invalidate(token);
      ({ exchange, verdict } = await attempt(path, query, signal));
    }
    signal.throwIfAborted();
    if (verdict.kind !== 'delivered') throw new MonascaUnavailable(verdict.detail);
    return exchange.kind === 'response' ? parsed(exchange.body) : undefined;
  };
}

/** Monasca answers 500 to a part without `=`, and does not take `+` for a space. */
const queryOf = (parameters: Parameters): string =>
  Object.entries(parameters)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    )
    .join('&');

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new MonascaUnavailable('Monasca: the answer is not JSON');
  }
}
