import { z } from 'zod';
import { httpAddress, integer, nonEmptyText } from '../kinds.ts';
import { givenSecret, notifierFields, reject, rejectHalfLogin, tlsFields } from './shared.ts';

/** Labels that every alert has and a configured label must not replace. */
const ownLabels = ['alertname', 'severity', 'name', 'version', 'instance'];

const labelName = () =>
  z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/)
    .refine((name) => !ownLabels.includes(name))
    .meta({ expects: `the name of a label other than ${ownLabels.join(', ')}` });

export const alertmanagerNotifier = z
  .strictObject({
    ...notifierFields(),
    type: z.literal('alertmanager'),
    urls: z
      .array(httpAddress())
      .min(1)
      .max(10)
      .describe('Addresses of one Alertmanager, or of all members of one cluster.'),
    username: nonEmptyText().optional().describe('User name for HTTP basic authentication.'),
    password: givenSecret().optional().describe('Its password, a secret or {file: …}.'),
    bearerToken: givenSecret()
      .optional()
      .describe('Token, instead of a user name; a secret or {file: …}.'),
    ...tlsFields(),
    labels: z
      .record(labelName(), z.string().min(1).max(1_000))
      .default({})
      .describe('Additional labels of every alert.'),
    generatorUrl: httpAddress().optional().describe('Link of the alerts to their source.'),
    holdSeconds: integer(60, 315_360_000)
      .default(2_592_000)
      .describe('Time that an alert fires without further events; reminders restart it.'),
    checkSeconds: integer(0, 86_400)
      .default(60)
      .describe(
        'Seconds between checks whether the firing alerts are still there; missing ones are sent again. 0 for none.',
      ),
    timeoutSeconds: integer(1, 600).default(10).describe('Time limit of one attempt.'),
  })
  .superRefine(rejectHalfLogin)
  .superRefine(({ username, bearerToken }, context) => {
    if (username === undefined || bearerToken === undefined) return;
    reject(context, 'bearerToken', 'none beside username');
  })
  .describe('Posts alerts to the Prometheus Alertmanager.');

export type AlertmanagerConfig = z.output<typeof alertmanagerNotifier>;
