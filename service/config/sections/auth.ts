import { z } from 'zod';
import { grants } from '../../contract/access/caller.ts';
import { hashForm } from '../../contract/access/token.ts';
import { globPattern, integer, nonEmptyText, secretText } from './kinds.ts';

const instances = () => integer(0, 10_000_000);

/** Written to records, logs and metrics without escapes. */
const entryName = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9][\w.@-]{0,63}$/)
    .meta({ expects: 'a name of up to 64 letters, digits, and . _ - @' });

const common = {
  name: entryName().describe('Name of the caller, for records.'),
  scopes: z
    .array(z.enum(grants))
    .min(1)
    .meta({ expects: `a list of ${grants.join(', ')}` }),
  components: z
    .array(globPattern())
    .min(1)
    .optional()
    .meta({ expects: 'a list of names of components; * matches any characters, ? one' }),
  maxInstances: instances().optional().meta({ expects: 'a whole number from 0 to 10000000' }),
};

export const tokenEntry = z.strictObject({
  ...common,
  hash: z
    .string()
    .regex(hashForm)
    .pipe(secretText())
    .meta({ expects: 'what `ge-heartbeat token hash` prints: sha256:…', secret: true }),
  expiresAt: z
    .union([z.iso.datetime({ offset: true }), z.iso.date()])
    .transform((text) => Date.parse(text))
    .optional()
    .meta({ expects: 'a time, such as 2027-01-31 or 2027-01-31T12:00:00Z' }),
});
export type TokenEntry = z.output<typeof tokenEntry>;

/** A client certificate of an authority in `http.tls.clientCaFile`. */
export const certificateEntry = z.strictObject({
  ...common,
  subject: globPattern().meta({
    expects: 'a pattern of the common name, or of a name in subjectAltName',
  }),
});
export type CertificateEntry = z.output<typeof certificateEntry>;

const tokenKeys = '{name, hash, scopes, components, maxInstances, expiresAt}';
const certificateKeys = '{name, subject, scopes, components, maxInstances}';

export const authSection = z
  .strictObject({
    open: z
      .boolean()
      .default(false)
      .describe(
        'Allow every request. Without this and without tokens the service listens on loopback only.',
      ),
    tokensFile: nonEmptyText()
      .optional()
      .describe(
        'YAML or JSON file with `tokens` and `certificates`, as below. It is read again when it changes and on SIGHUP.',
      ),
    tokens: z
      .array(tokenEntry)
      .prefault([])
      .describe(
        `Tokens: ${tokenKeys}. Scopes are ${grants.join(', ')}; components are patterns of the names that ingest may send. \`ge-heartbeat token new\` creates one.`,
      ),
    certificates: z
      .array(certificateEntry)
      .default([])
      .describe(
        `Client certificates of http.tls.clientCaFile: ${certificateKeys}. The subject is a pattern of its common name, or of a name in its subjectAltName.`,
      ),
    maxInstances: instances()
      .default(100_000)
      .describe(
        'Quota of new instances of a name, unless its entry sets another; 0 is no limit. The quota refills over liveness.retireAfterSeconds.',
      ),
    sessionHours: integer(1, 8_760)
      .default(168)
      .describe('Maximum length of a session that a browser begins with a token.'),
    protectMetrics: z.boolean().default(false).describe('Require the scope read for /metrics.'),
    protectHealth: z
      .boolean()
      .default(true)
      .describe(
        'Require the scope read for /health when tokens are configured; never for /health/live and /health/ready.',
      ),
  })
  .prefault({})
  .describe('Access: tokens, certificates and their scopes.');
