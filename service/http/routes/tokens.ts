import { z } from 'zod';
import type { Credential } from '../../access/credentials.ts';
import { grants } from '../../contract/access/caller.ts';
import { json } from '../../contract/api/operation.ts';
import type { Route } from '../route.ts';

const tokensSchema = z.object({
  tokens: z.array(
    z
      .object({
        kind: z.enum(['token', 'certificate']),
        id: z
          .string()
          .describe('Id in a token, behind `hb_`; pattern of the subject of a certificate.'),
        name: z.string(),
        scopes: z.array(z.enum(grants)),
        components: z.array(z.string()).optional(),
        expiresAt: z.iso.datetime().optional(),
        isExpired: z.boolean(),
        lastUsed: z.iso.datetime().optional(),
      })
      .meta({ id: 'Token' }),
  ),
});

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
