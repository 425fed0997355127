import type { Credential } from '../../access/credentials.ts';
import { json } from '../../contract/api/operation.ts';
import { tokensSchema } from '../../contract/api/token.ts';
import type { Route } from '../route.ts';

/** Who may come in, and when each was last here; what they show for it is not told. */
export function tokensRoute(list: () => readonly Credential[], now: () => number): Route {
  return {
    method: 'get',
    path: '/api/v1/tokens',
    scope: 'admin',
    tag: 'access',
    summary: 'The tokens and certificates that are configured, and when each was last used',
    answers: { 200: json('All of them, without their hashes.', tokensSchema) },
    problems: [],
    handle(context) {
      const nowMs = now();
      context.body = { tokens: list().map((credential) => inPublic(credential, nowMs)) };
    },
  };
}

function inPublic(credential: Credential, nowMs: number) {
  const { kind, id, name, scopes, components, expiresAtMs, lastUsedMs } = credential;
  return {
    kind,
    id,
    name,
    scopes: [...scopes],
    components,
    expiresAt: Number.isFinite(expiresAtMs) ? at(expiresAtMs) : undefined,
    isExpired: nowMs >= expiresAtMs,
    lastUsed: lastUsedMs === undefined ? undefined : at(lastUsedMs),
  };
}

const at = (ms: number): string => new Date(ms).toISOString();
