import type { IncomingMessage } from 'node:http';
import { anyone, type Caller } from '../contract/access/caller.ts';
import type { Scope } from '../contract/api/operation.ts';
import type { Problem } from '../contract/problem.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { networkOf } from './client-address.ts';
import type { Credential, Credentials, Mismatch } from './credentials.ts';
import { createFailures } from './failed-logins.ts';
import { createPaces, type Pace } from './rate-limit.ts';

export type Admission =
  | { readonly kind: 'admitted'; readonly caller: Caller }
  | {
      readonly kind: 'refused';
      readonly problem: Problem;
      /** Until when to keep the answer back, from one who guesses. */
      readonly after?: Promise<void>;
    };

/** Every request passes here before anything of it is read but its head. */
export type Gate = {
  /** Whether a request may do what `scope` stands for. `pathToken` is one that came in the path. */
  admit(request: IncomingMessage, scope: Scope, pathToken?: string): Admission;
  /** Whether one that was let in still would be, however fast it is. */
  stillAdmits(request: IncomingMessage, scope: Scope): boolean;
  /** Where a request comes from, for the records. */
  addressOf(request: IncomingMessage): string;
};

export type GateOptions = {
  /** Without them everybody is let in: whoever may not reach the service does not. */
  readonly credentials: Credentials | undefined;
  readonly limits: {
    readonly callerRequestsPerSecond: number;
    readonly addressRequestsPerSecond: number;
    readonly burstSeconds: number;
  };
  readonly addressOf: (request: IncomingMessage) => string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Lets all go whose answers are kept back. */
  readonly stopping: AbortSignal;
};

/** Callers or addresses whose pace is remembered. */
const maxKeys = 100_000;

/**
 *   address too fast? ─▶ who is it? ─▶ good for this scope? ─▶ caller too fast? ─▶ in
 */
export function createGate(options: GateOptions): Gate {
  const { credentials, limits, addressOf, clock, metrics } = options;
  const { callerRequestsPerSecond, addressRequestsPerSecond, burstSeconds } = limits;
  const callerPace = paceOf(callerRequestsPerSecond, burstSeconds);
  const addressPace = paceOf(addressRequestsPerSecond, burstSeconds);
  const callers = createPaces(maxKeys);
  const addresses = createPaces(maxKeys);
  const failures = createFailures(clock, options.stopping);
  const refusals = tallies(metrics);

  function refuse(reason: keyof typeof refusals, problem: Problem): Admission {
    refusals[reason].add(1);
    return { kind: 'refused', problem };
  }

  /** What a guess gets: the same answer as a mistake, but late when there are many of them. */
  function refuseLate(reason: Mismatch, request: IncomingMessage): Admission {
    refusals[reason].add(1);
    const problem: Problem = { code: 'unauthorized', detail: mismatches[reason] };
    if (reason === 'expired') return { kind: 'refused', problem };
    const slowed = failures.note(networkOf(addressOf(request)));
    if (slowed === undefined) return { kind: 'refused', problem };
    if (slowed.kind === 'late') return { kind: 'refused', problem, after: slowed.after };
    return refuse('failures', tooFast('Too many attempts failed', slowed.waitMs));
  }

  function identify(request: IncomingMessage, pathToken: string | undefined) {
    if (pathToken !== undefined) return credentials?.byToken(pathToken);
    const { authorization } = request.headers;
    if (authorization !== undefined) return credentials?.byHeader(authorization);
    return credentials?.byCertificate(request.socket);
  }

  return {
    admit(request, scope, pathToken) {
      if (scope === 'none') return everybody;
      if (addressPace) {
        const address = networkOf(addressOf(request));
        const waitMs = addresses.take(address, addressPace, clock.monotonic());
        if (waitMs > 0) return refuse('address-rate', tooFast('Too many requests', waitMs));
      }
      if (credentials === undefined) return everybody;
      const found = identify(request, pathToken);
      if (found === undefined) {
        return refuse('missing', { code: 'unauthorized', detail: missing(scope) });
      }
      if (typeof found === 'string') return refuseLate(found, request);
      if (!found.scopes.has(scope)) return refuse('scope', forbidden(found, scope));
      if (callerPace) {
        const waitMs = callers.take(found.name, callerPace, clock.monotonic());
        if (waitMs > 0) return refuse('caller-rate', tooFast('Too many requests', waitMs));
      }
      return { kind: 'admitted', caller: found.caller };
    },
    stillAdmits(request, scope) {
      if (scope === 'none' || credentials === undefined) return true;
      const found = identify(request, undefined);
      return typeof found === 'object' && found.scopes.has(scope);
    },
    addressOf,
  };
}

const everybody: Admission = { kind: 'admitted', caller: anyone };

/** Undefined for no limit. */
const paceOf = (perSecond: number, burstSeconds: number): Pace | undefined =>
  perSecond === 0
    ? undefined
    : { intervalMs: 1_000 / perSecond, burst: Math.max(1, perSecond * burstSeconds) };

const missing = (scope: Scope): string =>
  `This needs a token with the scope ${scope}, sent as "Authorization: Bearer hb_…".`;

const mismatches: Readonly<Record<Mismatch, string>> = {
  malformed: 'What was sent is no token: expected "Authorization: Bearer hb_…".',
  unknown: 'The token is not known here: it is wrong, or has been withdrawn.',
  stranger: "The client's certificate is not one that is let in here.",
  expired: 'The token or certificate has expired.',
};

const forbidden = ({ name, scopes }: Credential, scope: Scope): Problem => ({
  code: 'forbidden',
  detail: `${name} is good for ${[...scopes].join(', ')}; this needs the scope ${scope}.`,
});

const tooFast = (what: string, waitMs: number): Problem => ({
  code: 'rate-limited',
  detail: `${what}; the next is heard in ${Math.ceil(waitMs / 1_000)} s.`,
  retryAfterSeconds: Math.ceil(waitMs / 1_000),
});

function tallies(metrics: Metrics) {
  const tally = (reason: string) => metrics.hotCounter('accessRefusals', { reason });
  return {
    missing: tally('missing'),
    malformed: tally('malformed'),
    unknown: tally('unknown'),
    stranger: tally('stranger'),
    expired: tally('expired'),
    scope: tally('scope'),
    'caller-rate': tally('caller-rate'),
    'address-rate': tally('address-rate'),
    failures: tally('failures'),
  };
}
