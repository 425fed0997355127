import { z } from 'zod';
import { alertmanagerNotifier } from './alertmanager.ts';
import { emailNotifier } from './email.ts';
import { kafkaNotifier } from './kafka.ts';
import { slackNotifier } from './slack.ts';
import { stateManagerNotifier } from './state-manager.ts';
import { webhookNotifier } from './webhook.ts';

/** A notifier of any type; each type has a file in this folder. */
const notifier = z.discriminatedUnion('type', [
  webhookNotifier,
  emailNotifier,
  slackNotifier,
  alertmanagerNotifier,
  stateManagerNotifier,
  kafkaNotifier,
]);

export const notifiersSection = z
  .array(notifier)
  .max(100)
  .superRefine((notifiers, context) => {
    for (const [index, { name }] of notifiers.entries()) {
      if (notifiers.findIndex((other) => other.name === name) === index) continue;
      context.addIssue({
        code: 'custom',
        path: [index, 'name'],
        message: 'a name that no other notifier has',
      });
    }
  })
  .prefault([])
  .describe(
    'Notifiers: {name, type, match, silenced, …}; the other fields depend on the type, see docs/guides/notifiers.',
  );

export type NotifierConfig = z.output<typeof notifier>;
