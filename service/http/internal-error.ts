import { withoutTokens } from '../contract/access/token.ts';
import type { Problem } from '../contract/problem.ts';
import type { Log } from '../runtime/log.ts';

/** Logs a bug, and returns the problem for the client. */
export function internalError(error: unknown, log: Log, url = ''): Problem {
  log.error({ error, url: withoutTokens(url) }, 'a request failed because of a bug');
  const detail = 'The service failed to handle this request; its log says why.';
  return { code: 'internal-error', detail };
}
