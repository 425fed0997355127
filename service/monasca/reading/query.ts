import type { MonascaReadRequest } from './read-request.ts';

/** Monasca does not respond to a query as it should; the message says why. */
export class MonascaUnavailable extends Error {}

export type QueryParameters = Readonly<Record<string, string | undefined>>;

/**
 * Sends a query to Monasca's read API with the token of the deliveries. `path` begins behind `/v2.0`.
 * Resolves with the JSON of the response; rejects with `MonascaUnavailable`.
 */
export type MonascaQuery = (
  path: string,
  parameters: QueryParameters,
  signal: AbortSignal,
) => Promise<unknown>;

export const createMonascaQuery =
  (request: MonascaReadRequest): MonascaQuery =>
  async (path, parameters, signal) => {
    const query = queryOf(parameters);
    const exchange = await request(
      (endpoint) => ({ method: 'GET', url: `${endpoint}${path}?${query}`, needsBody: true }),
      signal,
    );
    if (exchange.kind === 'retry') throw new MonascaUnavailable(exchange.detail);
    signal.throwIfAborted();
    const { outcome, result } = exchange;
    if (outcome.kind !== 'delivered') throw new MonascaUnavailable(outcome.detail);
    return result.kind === 'response' ? parsed(result.body) : undefined;
  };

/** Monasca answers 500 to a part without `=`, and does not take `+` for a space. */
const queryOf = (parameters: QueryParameters): string =>
  Object.entries(parameters)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    )
    .join('&');

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new MonascaUnavailable('Monasca: the response is not JSON');
  }
}
