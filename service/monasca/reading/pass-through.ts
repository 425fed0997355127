import type { KeystoneClient } from '../keystone/token.ts';
import type { MonascaReadRequest } from './read-request.ts';

type PassThroughResponse =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly contentType: string | undefined;
      readonly body: string;
    }
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** The requested path is not below Monasca's `/v2.0`. */
  | { readonly kind: 'outside' };

/**
 * Sends a client's read request to Monasca with our token. `rest` is the part behind `/v2.0`, with
 * the query, unchanged. Links in the response are changed from Monasca's address to `ownBase`, so
 * that they lead back to this service.
 */
export type PassThrough = (
  rest: string,
  ownBase: string,
  signal: AbortSignal,
) => Promise<PassThroughResponse>;

/**
 * Whether a path has no encoded character, as all paths of Monasca. A proxy may decode `..%2f` and
 * then resolve it, and our token gives access to more than Monasca.
 */
const isPlain = (rest: string): boolean => /^[\w./-]*(\?|$)/.test(rest);

/** Whether the resolved address is still below Monasca's. */
const isBelow = (endpoint: string, rest: string): boolean =>
  URL.parse(endpoint + rest)?.pathname.startsWith(`${new URL(endpoint).pathname}/`) ?? false;

export const createPassThrough =
  (keystone: KeystoneClient, request: MonascaReadRequest): PassThrough =>
  async (rest, ownBase, signal) => {
    const session = await keystone.session(signal);
    if (session.kind === 'retry') return { kind: 'unavailable', detail: session.detail };
    if (!isPlain(rest) || !isBelow(session.endpoint, rest)) return { kind: 'outside' };
    const exchange = await request(
      (endpoint) => ({ method: 'GET', url: endpoint + rest, needsBody: true }),
      signal,
    );
    if (exchange.kind === 'retry') return { kind: 'unavailable', detail: exchange.detail };
    const { result, endpoint } = exchange;
    if (result.kind === 'failure') return { kind: 'unavailable', detail: result.detail };
    return {
      kind: 'response',
      status: result.status,
      contentType: result.headers['content-type'],
      body: result.body.replaceAll(endpoint, () => ownBase),
    };
  };
