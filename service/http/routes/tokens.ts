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
          .describe('What stands in the token behind `hb_`; the pattern of the subject.'),
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
