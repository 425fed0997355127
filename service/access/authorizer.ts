import type { HttpConfig } from '../config/sections/http.ts';
import { anonymous, type Caller } from '../contract/access/caller.ts';
import type { Scope } from '../contract/api/operation.ts';
import { metricDefinitions } from '../contract/metrics.ts';
import type { Problem } from '../contract/problem.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { networkOf, type RequestHead } from './client-address.ts';
import type { Credential, Credentials, Mismatch } from './credentials.ts';
import { createFailedLogins } from './failed-logins.ts';
import { hasSessionCookie, identified, identify } from './identity/identify.ts';
import { isRead, isSameOrigin } from './identity/same-origin.ts';
import type { Sessions } from './identity/sessions.ts';
import { createRateLimiter, type RateLimit } from './rate-limit.ts';

type Decision = { readonly kind: 'allowed'; readonly caller: Caller } | Denial;

export type Denial = {
  readonly kind: 'denied';
  readonly problem: Problem;
  /** Resolves when the response may be sent; undefined: at once. */
  readonly until?: Promise<void>;
};

/** Head of a request with its method, by which changes are distinguished from reads. */
type AuthorizedRequest = RequestHead & { readonly method?: string | undefined };

/** Decides about each request when only its head has been read. */
export type Authorizer = {
  /** Decides whether a request may do what `scope` permits. `pathToken` is a token in its path. */
  authorize(request: AuthorizedRequest, scope: Scope, pathToken?: string): Decision;
  /** Returns whether the credential of an allowed request is still valid; counts nothing. */
  isStillAllowed(request: RequestHead, scope: Scope): boolean;
  /** Checks a token to sign in with; a wrong one counts as a failed login. */
  checkToken(request: RequestHead, token: string): Credential | Denial;
  /** Returns the address of the client, for records. */
  addressOf(request: RequestHead): string;
};

type AuthorizerOptions = {
  /** Undefined where access is open. */
  readonly known: { readonly credentials: Credentials; readonly sessions: Sessions } | undefined;
  readonly limits: Pick<
    HttpConfig['limits'],
    'callerRequestsPerSecond' | 'addressRequestsPerSecond' | 'burstSeconds'
  >;
  readonly addressOf: (request: RequestHead) => string;
  /** Sends all delayed responses. */
  readonly stopping: AbortSignal;
};

/** Callers or addresses whose rate is remembered. */
const maxKeys = 100_000;

/**
 *   address within its rate? ─▶ valid credential? ─▶ with this scope? ─▶ caller within its rate?
 */
export function createAuthorizer(
  options: AuthorizerOptions,
  { clock, metrics }: Pick<Runtime, 'clock' | 'metrics'>,
): Authorizer {
  const { known, limits, addressOf } = options;
  const callerLimit = limitOf(limits.callerRequestsPerSecond, limits.burstSeconds);
  const addressLimit = limitOf(limits.addressRequestsPerSecond, limits.burstSeconds);
  const callers = createRateLimiter(maxKeys);
  const addresses = createRateLimiter(maxKeys);
  const failedLogins = createFailedLogins(clock, options.stopping);
  const tallies = new Map(
    reasons.map((reason) => [reason, metrics.hotCounter('accessRefusals', { reason })]),
  );

  function deny(reason: Reason, problem: Problem, until?: Promise<void>): Denial {
    tallies.get(reason)?.add(1);
    return until ? { kind: 'denied', problem, until } : { kind: 'denied', problem };
  }

  /** A guess gets the same response as a mistake, but a delayed one when there are many. */
  function denyLogin(reason: Mismatch, request: RequestHead): Denial {
    const throttling =
      reason === 'expired' ? undefined : failedLogins.add(networkOf(addressOf(request)));
    if (throttling?.kind === 'too-many') {
      tallies.get(reason)?.add(1);
      return deny('failures', rateLimited('Too many failed attempts', throttling.waitMs));
    }
    return deny(reason, unauthorized(mismatches[reason]), throttling?.until);
  }

  return {
    authorize(request, scope, pathToken) {
      if (addressLimit) {
        const address = networkOf(addressOf(request));
        const waitMs = addresses.take(address, addressLimit, clock.monotonic());
        if (waitMs > 0) return deny('address-rate', rateLimited('Too many requests', waitMs));
      }
      if (scope === 'none' || known === undefined) return open;
      const { credentials, sessions } = known;
      const { found, by } =
        pathToken === undefined
          ? identify(request, credentials, sessions)
          : identified('token', credentials.byToken(pathToken));
      if (found === undefined) return deny('missing', unauthorized(missing(request, scope)));
      if (typeof found === 'string') return denyLogin(found, request);
      if (by === 'session' && !isRead(request) && !isSameOrigin(request)) {
        return deny('cross-site', crossSite);
      }
      if (!found.scopes.has(scope)) return deny('scope', forbidden(found, scope));
      if (callerLimit) {
        const waitMs = callers.take(found.name, callerLimit, clock.monotonic());
        if (waitMs > 0) return deny('caller-rate', rateLimited('Too many requests', waitMs));
      }
      return { kind: 'allowed', caller: found.caller };
    },
    isStillAllowed(request, scope) {
      if (scope === 'none' || known === undefined) return true;
      const { found } = identify(request, known.credentials, known.sessions);
      return typeof found === 'object' && found.scopes.has(scope);
    },
    checkToken(request, token) {
      const found = known?.credentials.byToken(token) ?? 'unknown';
      return typeof found === 'string' ? denyLogin(found, request) : found;
    },
    addressOf,
  };
}

const reasons = metricDefinitions.accessRefusals.labels.reason;
type Reason = (typeof reasons)[number];

const open: Decision = { kind: 'allowed', caller: anonymous };

/** Undefined for no limit. */
const limitOf = (perSecond: number, burstSeconds: number): RateLimit | undefined =>
  perSecond === 0
    ? undefined
    : { intervalMs: 1_000 / perSecond, burst: Math.max(1, perSecond * burstSeconds) };

const unauthorized = (detail: string): Problem => ({ code: 'unauthorized', detail });

const missing = (request: RequestHead, scope: Scope): string =>
  hasSessionCookie(request)
    ? 'The session has ended: sign in again.'
    : `This needs a token with the scope ${scope}, sent as "Authorization: Bearer hb_…".`;

export const crossSite: Problem = {
  code: 'forbidden',
  detail:
    'With a session, only pages of the service itself may change something; the headers ' +
    'Sec-Fetch-Site and Origin of this request name no such page.',
};

const mismatches: Readonly<Record<Mismatch, string>> = {
  malformed: 'The token is malformed: expected "Authorization: Bearer hb_…".',
  unknown: 'The token is unknown: it is wrong, or was withdrawn.',
  'untrusted-certificate': 'The client certificate is not trusted, or has no access here.',
  expired: 'The token or certificate has expired.',
};

const forbidden = ({ name, scopes }: Credential, scope: Scope): Problem => ({
  code: 'forbidden',
  detail: `${name} has the scopes ${[...scopes].join(', ')}; this needs the scope ${scope}.`,
});

const rateLimited = (what: string, waitMs: number): Problem => ({
  code: 'rate-limited',
  detail: `${what}; the next is accepted in ${Math.ceil(waitMs / 1_000)} s.`,
  retryAfterSeconds: Math.ceil(waitMs / 1_000),
});
