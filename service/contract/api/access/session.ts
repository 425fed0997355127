import { z } from 'zod';
import { grants } from '../../access/caller.ts';

/** Access of a request to the API. */
export const sessionSchema = z
  .object({
    access: z
      .enum(['open', 'session', 'token', 'certificate', 'none'])
      .describe(
        'Source of the access: `open` if every request has it, `none` if this request needs a token.',
      ),
    signInRequired: z.boolean().describe('Whether the request needs a session or a token.'),
    name: z.string().optional().describe('Name of the token or certificate.'),
    scopes: z.array(z.enum(grants)),
    expiresAt: z.iso.datetime().optional().describe('End of the session or token.'),
  })
  .meta({ id: 'Session' });
export type SessionResponse = z.infer<typeof sessionSchema>;

export const signInSchema = z
  .strictObject({ token: z.string().min(1).max(1_000).describe('A token, `hb_…`.') })
  .meta({ id: 'SignIn' });
