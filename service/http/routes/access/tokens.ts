import type { Credential } from '../../../access/credentials.ts';
import { tokensSchema } from '../../../contract/api/access/token.ts';
import { json } from '../../../contract/api/operation.ts';
import type { Route } from '../../route.ts';

/** The configured tokens and certificates, and when each was last used; no secrets, no hashes. */
export function tokensRoute(list: () => readonly Credential[], now: () => number): Route {
  return {
    method: 'get',
    path: '/api/v1/tokens',
    scope: 'admin',
    tag: 'access',
    summary: 'List tokens and certificates, and when each was last used',
    responses: { 200: json('All of them, without hashes.', tokensSchema) },
    problems: [],
    handle(context) {
      const nowMs = now();
      context.body = { tokens: list().map((credential) => toResponse(credential, nowMs)) };
    },
  };
}

function toResponse(credential: Credential, nowMs: number) {
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
