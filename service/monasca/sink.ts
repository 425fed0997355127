import type { Heartbeat } from '../contract/heartbeat.ts';
import { type Destination, delivered, retry } from '../contract/outcome.ts';
import { type MetricNames, metricsBody } from './metric.ts';
import { type MonascaApi, requestMonasca } from './request.ts';

/**
 * Sends heartbeats to Monasca, a batch in one request; Monasca takes all of it or none.
 *
 * To deliver again is harmless: a measurement with the same dimensions and timestamp replaces the
 * first.
 */
export function createMonascaSink(options: MetricNames & MonascaApi): Destination<Heartbeat> {
  return async (batch, signal) => {
    if (batch.length === 0) return delivered;
    const body = metricsBody(batch, options);
    // Monasca compares the whole header: with `; charset=utf-8` it answers 400.
    const headers = { 'content-type': 'application/json' };
    const exchange = await requestMonasca(
      options,
      (endpoint) => ({ method: 'POST', url: `${endpoint}/metrics`, headers, body }),
      signal,
    );
    if (exchange.kind === 'retry') return exchange;
    const { outcome, token } = exchange;
    if (outcome.kind === 'token-refused') {
      // This token stays, or each attempt at a Monasca that takes none would cost two logins.
      return retry('unauthenticated', `a new token is refused as well: ${outcome.detail}`);
    }
    // Monasca caches the roles of a token: a role that is granted now counts for the next token.
    if (outcome.kind === 'retry' && outcome.reason === 'forbidden') {
      options.keystone.invalidate(token);
    }
    return outcome;
  };
}
