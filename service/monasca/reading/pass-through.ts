import type { Clock } from '../../runtime/clock.ts';
import type { HttpClient } from '../../runtime/http/http-client.ts';
import type { Keystone } from '../keystone.ts';
import { classifyMetricsAnswer } from '../metrics-response.ts';

export type Passed =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly contentType: string | undefined;
      readonly body: string;
    }
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** What is asked for does not lie below Monasca's `/v2.0`. */
  | { readonly kind: 'outside' };

/**
 * Asks Monasca what somebody else wants to know, with our token: reading only. `rest` is what
 * follows `/v2.0`, with the query, as it was written. Links in the answer lead to `ownBase` in place
 * of Monasca, so that whoever follows them comes back here.
 */
export type PassThrough = (rest: string, ownBase: string, signal: AbortSignal) => Promise<Passed>;

/**
 * No path of Monasca's needs anything encoded. A proxy before it may decode `..%2f` and only then look
 * where that leads, and our token is good for more than Monasca.
 */
const isPlain = (rest: string): boolean => /^[\w./-]*(\?|$)/.test(rest);

export function createPassThrough(options: {
  readonly keystone: Keystone;
  readonly http: HttpClient;
  readonly clock: Clock;
}): PassThrough {
  const { keystone, http, clock } = options;

  async function attempt(rest: string, signal: AbortSignal) {
    const session = await keystone.session(signal);
    if (session.kind === 'retry') return { kind: 'unavailable', detail: session.detail } as const;
    const { endpoint, token } = session;
    const url = isPlain(rest) ? URL.parse(endpoint + rest) : null;
    if (!url?.pathname.startsWith(`${new URL(endpoint).pathname}/`))
      return { kind: 'outside' } as const;
    const exchange = await http.request({
      method: 'GET',
      url: url.href,
      headers: { accept: 'application/json', 'x-auth-token': token },
      signal,
    });
    const verdict = classifyMetricsAnswer(exchange, clock.now());
    return { kind: 'exchange', exchange, token, endpoint, verdict } as const;
  }

  return async (rest, ownBase, signal) => {
    let tried = await attempt(rest, signal);
    if (tried.kind === 'exchange' && tried.verdict.kind === 'token-refused') {
      keystone.invalidate(tried.token);
      tried = await attempt(rest, signal);
    }
    if (tried.kind !== 'exchange') return tried;
    const { exchange, verdict, endpoint } = tried;
    if (exchange.kind === 'failure') return { kind: 'unavailable', detail: exchange.detail };
    // That our login is refused is our affair, and not what the caller did.
    if (verdict.kind === 'token-refused') return { kind: 'unavailable', detail: verdict.detail };
    return {
      kind: 'response',
      status: exchange.status,
      contentType: exchange.headers['content-type'],
      body: exchange.body.replaceAll(endpoint, ownBase),
    };
  };
}
