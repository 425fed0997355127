import { z } from 'zod';
import { eventKinds } from '../../../contract/event.ts';

/** What events go to a notifier: those that meet everything that one of its rules says. */
const eventRule = z.strictObject({
  kinds: z.array(z.enum(eventKinds)).min(1).optional().describe('Kinds of events; all of them.'),
  name: pattern()
    .default('*')
    .describe('Names of components; * stands for any characters, ? for one.'),
  version: pattern().default('*').describe('Versions, in the same way.'),
});

export type EventRule = z.output<typeof eventRule>;

function pattern() {
  return z.string().min(1).max(255);
}

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
