import type { IncomingMessage } from 'node:http';
import { anyone, type Caller } from '../../contract/access/caller.ts';
import type { Scope } from '../../contract/api/operation.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Credential, Credentials, Mismatch } from './credentials.ts';

export type Admission =
  | { readonly kind: 'admitted'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Every request passes here before anything of it is read but its head. */
export type Gate = {
  /** Whether a request may do what `scope` stands for. `pathToken` is one that came in the path. */
  admit(request: IncomingMessage, scope: Scope, pathToken?: string): Admission;
  /** Where a request comes from, for the records. */
  addressOf(request: IncomingMessage): string;
};

/** Without credentials everybody is let in: whoever may not reach the service does not. */
export function createGate(options: {
  credentials: Credentials | undefined;
  metrics: Metrics;
}): Gate {
  const { credentials } = options;
  const failures = tallies(options.metrics);

  function refuse(reason: keyof typeof failures, problem: Problem): Admission {
    failures[reason].add(1);
    return { kind: 'refused', problem };
  }

  function admitKnown(found: Credential | Mismatch, scope: Exclude<Scope, 'none'>): Admission {
    if (typeof found === 'string') return refuse(found, unauthorized(mismatches[found]));
    if (found.scopes.has(scope)) return { kind: 'admitted', caller: found.caller };
    return refuse('scope', forbidden(found, scope));
  }

  return {
    admit(request, scope, pathToken) {
      if (scope === 'none' || credentials === undefined) return everybody;
      if (pathToken !== undefined) return admitKnown(credentials.byToken(pathToken), scope);
      const { authorization } = request.headers;
      if (authorization !== undefined) {
        return admitKnown(credentials.byHeader(authorization), scope);
      }
      return refuse('missing', unauthorized(missing(scope)));
    },
    addressOf: ({ socket }) => socket.remoteAddress ?? '',
  };
}

const everybody: Admission = { kind: 'admitted', caller: anyone };

const missing = (scope: Scope): string =>
  `This needs a token with the scope ${scope}, sent as "Authorization: Bearer hb_…".`;

const mismatches: Readonly<Record<Mismatch, string>> = {
  malformed: 'What was sent is no token: expected "Authorization: Bearer hb_…".',
  unknown: 'The token is not known here: it is wrong, or has been withdrawn.',
  expired: 'The token has expired.',
};

const unauthorized = (detail: string): Problem => ({ code: 'unauthorized', detail });

const forbidden = ({ name, scopes }: Credential, scope: Scope): Problem => ({
  code: 'forbidden',
  detail: `${name} is good for ${[...scopes].join(', ')}; this needs the scope ${scope}.`,
});

function tallies(metrics: Metrics) {
  const tally = (reason: string) => metrics.tally('accessRefusals', { reason });
  return {
    missing: tally('missing'),
    malformed: tally('malformed'),
    unknown: tally('unknown'),
    expired: tally('expired'),
    scope: tally('scope'),
  };
}
