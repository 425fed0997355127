import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { hasPrivateHost } from '../../../contract/address/private-address.ts';
import { eventKinds } from '../../../contract/event.ts';
import { Secret } from '../../../contract/values/secret.ts';
import { httpAddress } from '../kinds.ts';

const pattern = () => z.string().min(1).max(255);

/** What events go to a notifier: those that meet everything that one of its rules says. */
const eventRule = z.strictObject({
  kinds: z.array(z.enum(eventKinds)).min(1).optional().describe('Kinds of events; all of them.'),
  name: pattern()
    .default('*')
    .describe('Names of components; * stands for any characters, ? for one.'),
  version: pattern().default('*').describe('Versions, in the same way.'),
});

/** What every notifier has, whatever its type; `silenced` is the default of that setting. */
export const notifierFields = (defaults: { silenced: boolean } = { silenced: false }) => ({
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .meta({
      description: 'What it is called: in the log, in metrics, and where it goes on after a start.',
      expects: '1 to 40 of a-z, 0-9 and -',
    }),
  match: z
    .array(eventRule)
    .min(1)
    .optional()
    .describe(
      'Rules for events; those that meet one of them are sent: {kinds, name, version}. Without it all are.',
    ),
  silenced: z
    .boolean()
    .default(defaults.silenced)
    .describe('Whether events are sent that a silence keeps from being told.'),
});

/** Where a notifier of messages over HTTP sends them. */
export const targetFields = () => ({
  url: httpAddress().describe('Where they are posted.'),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe(
      'Allow addresses of private networks, of this machine and the like. Redirects are followed to no address.',
    ),
});

/** What is wrong with the target before anybody is asked for an address. */
export function refusePrivate(
  target: { readonly url: string; readonly allowPrivate: boolean },
  context: z.RefinementCtx,
): void {
  if (target.allowPrivate || !hasPrivateHost(target.url)) return;
  const message = 'a public address; to one of a private network only with allowPrivate: true';
  context.addIssue({ code: 'custom', path: ['url'], message });
}

const fitting = 'text, or {file: …} with the name of a file that can be read';

/**
 * A secret within a list: the text itself, or the name of a file that holds it, whose last line end
 * is cut off. `check` holds the text, `expects` says what it wants.
 */
export const givenSecret = (
  check: (text: string) => boolean = () => true,
  expects: string = fitting,
) =>
  z
    .union([z.string().min(1), z.strictObject({ file: z.string().min(1) })])
    .transform((given, context) => {
      const text = typeof given === 'string' ? given : contentOf(given.file);
      if (text !== undefined && text !== '' && check(text)) return new Secret(text);
      const message = text === undefined ? fitting : expects;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .meta({ secret: true, expects });

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
