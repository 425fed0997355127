import type { Heartbeat } from '../contract/heartbeat.ts';
import { type Destination, delivered, type Outcome, retry } from '../contract/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { HttpClient, HttpResult } from '../runtime/http/http-client.ts';
import type { Keystone } from './keystone.ts';
import type { Session } from './login.ts';
import { type MetricNames, metricsBody } from './metric.ts';
import { classifyMetricsAnswer } from './metrics-response.ts';

/**
 * Heartbeats to Monasca, a batch in one request; Monasca takes all of it or nothing.
 *
 * To deliver again is harmless: a measurement with the same dimensions and timestamp takes the place
 * of the first. The sink itself tries a second time in one case only, when its token is refused:
 * tokens are revoked, and keys rotated, before their time.
 */
export function createMonascaSink(
  options: MetricNames & {
    readonly keystone: Keystone;
    readonly http: HttpClient;
    readonly clock: Clock;
  },
): Destination<Heartbeat> {
  const { keystone, http, clock } = options;

  const post = (session: Session, body: string, signal: AbortSignal): Promise<HttpResult> =>
    http.request({
      method: 'POST',
      url: `${session.endpoint}/metrics`,
      headers: {
        // Monasca compares the whole header: with `; charset=utf-8` it answers 400.
        'content-type': 'application/json',
        accept: 'application/json',
        'x-auth-token': session.token,
      },
      body,
      signal,
    });

  const attempt = async (body: string, signal: AbortSignal): Promise<Outcome | TokenRefused> => {
    const session = await keystone.session(signal);
    if (session.kind === 'retry') return session;
    const { token } = session;
    const outcome = classifyMetricsAnswer(await post(session, body, signal), clock.now());
    if (outcome.kind === 'token-refused') return { ...outcome, token };
    // Monasca remembers the roles of a token: one granted now counts from the next token on.
    if (outcome.kind === 'retry' && outcome.reason === 'forbidden') keystone.invalidate(token);
    return outcome;
  };

  return async (batch, signal) => {
    if (batch.length === 0) return delivered;
    const body = metricsBody(batch, options);
    const first = await attempt(body, signal);
    if (first.kind !== 'token-refused') return first;

    keystone.invalidate(first.token);
    const second = await attempt(body, signal);
    if (second.kind !== 'token-refused') return second;
    // This token stays, or each attempt at a Monasca that takes none would cost two logins.
    return retry('unauthenticated', `a new token is refused as well: ${second.detail}`);
  };
}

type TokenRefused = {
  readonly kind: 'token-refused';
  readonly detail: string;
  readonly token: string;
};
