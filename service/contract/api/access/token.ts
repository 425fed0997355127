import { z } from 'zod';
import { grants } from '../../access/caller.ts';

const tokenSchema = z
  .object({
    kind: z.enum(['token', 'certificate']),
    id: z
      .string()
      .describe(
        'The part of the token behind `hb_`; of a certificate, the pattern of its subject.',
      ),
    name: z.string(),
    scopes: z.array(z.enum(grants)),
    components: z.array(z.string()).optional(),
    expiresAt: z.iso.datetime().optional(),
    isExpired: z.boolean(),
    lastUsed: z.iso.datetime().optional(),
  })
  .meta({ id: 'Token' });
export type TokenResponse = z.infer<typeof tokenSchema>;

export const tokensSchema = z.object({ tokens: z.array(tokenSchema) });
