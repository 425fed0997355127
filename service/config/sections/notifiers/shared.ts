import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { hasPrivateHost } from '../../../contract/address/private-address.ts';
import { eventKinds } from '../../../contract/event.ts';
import { Secret } from '../../../contract/values/secret.ts';
import {
  aTextWithoutEnds,
  certificateFile,
  globPattern,
  httpAddress,
  isWithoutEnds,
  nonEmptyText,
} from '../kinds.ts';

/** Selects events that match all of its fields. */
const eventRule = z.strictObject({
  kinds: z.array(z.enum(eventKinds)).min(1).optional().describe('Kinds of events; all of them.'),
  name: globPattern().default('*').describe('Component names; * matches any characters, ? one.'),
  version: globPattern().default('*').describe('Component versions, in the same way.'),
});

/** Fields of every notifier; `silenced` is the default of that setting. */
export const notifierFields = (defaults: { silenced: boolean } = { silenced: false }) => ({
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .meta({
      description:
        'Name in logs and metrics; its position in the event log is stored by this name.',
      expects: '1 to 40 of a-z, 0-9 and -',
    }),
  match: z
    .array(eventRule)
    .min(1)
    .optional()
    .describe(
      'Rules {kinds, name, version}; events that match one of them are sent. Without it, all are.',
    ),
  silenced: z
    .boolean()
    .default(defaults.silenced)
    .describe('Whether events are sent whose notifications a silence suppresses.'),
});

/** Certificates of the server. Their file is read again when the notifier is created. */
export const tlsFields = () => ({
  caFile: certificateFile()
    .optional()
    .describe('File with the certificates (PEM) to trust instead of the well-known ones.'),
  insecure: z.boolean().default(false).describe('Trust any certificate. For tests only.'),
});

/** Address of a notifier that sends messages over HTTP. */
export const targetFields = () => ({
  url: httpAddress().describe('Address that receives the messages.'),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe(
      'Allow addresses of private networks and of this machine. Redirects are never followed.',
    ),
});

/** Rejects a private address without a name lookup. */
export function rejectPrivate(
  target: { readonly url: string; readonly allowPrivate: boolean },
  context: z.RefinementCtx,
): void {
  if (target.allowPrivate || !hasPrivateHost(target.url)) return;
  reject(
    context,
    'url',
    'a public address; to one of a private network only with allowPrivate: true',
  );
}

/** Rejects a user name without a password, and the reverse. */
export function rejectHalfLogin(
  { username, password }: { readonly username?: unknown; readonly password?: unknown },
  context: z.RefinementCtx,
): void {
  if (username !== undefined && password === undefined) {
    reject(context, 'password', 'one for username');
  }
  if (username === undefined && password !== undefined) {
    reject(context, 'username', 'one for password');
  }
}

export function reject(context: z.RefinementCtx, key: string, expected: string): void {
  context.addIssue({ code: 'custom', path: [key], message: expected });
}

const secretOrFile = 'text, or {file: …} with the name of a file that can be read';

/**
 * A secret within a list: the text itself, or the name of a file that contains it, whose last line
 * end is removed. `check` validates the text; `expects` describes it.
 */
export const givenSecret = (
  check: (secret: string) => boolean = () => true,
  expects: string = secretOrFile,
) =>
  z
    .union([nonEmptyText(), z.strictObject({ file: nonEmptyText() })])
    .transform((given, context) => {
      const secret = typeof given === 'string' ? given : readSecretFile(given.file);
      const isTrimmed = secret === undefined || isWithoutEnds(secret);
      if (secret !== undefined && secret !== '' && isTrimmed && check(secret)) {
        return new Secret(secret);
      }
      context.addIssue({
        code: 'custom',
        message: secret === undefined ? secretOrFile : isTrimmed ? expects : aTextWithoutEnds,
      });
      return z.NEVER;
    })
    .meta({ secret: true, expects });

function readSecretFile(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
