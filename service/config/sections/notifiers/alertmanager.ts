import { z } from 'zod';
import { httpAddress, whole } from '../kinds.ts';
import { givenSecret, notifierFields } from './shared.ts';
import { tlsFields } from './tls.ts';

/** What every alert says of itself; nothing may stand in their place. */
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
      .describe('Addresses of one Alertmanager, or of all those of one cluster.'),
    username: z.string().min(1).optional().describe('Name for HTTP basic authentication.'),
    password: givenSecret().optional().describe('Its password, a secret or {file: …}.'),
    bearerToken: givenSecret().optional().describe('A token instead, a secret or {file: …}.'),
    ...tlsFields(),
    labels: z
      .record(labelName(), z.string().min(1).max(1_000))
      .default({})
      .describe('Labels that every alert has besides its own.'),
    generatorUrl: httpAddress().optional().describe('The link that alerts have to their source.'),
    holdSeconds: whole(60, 315_360_000)
      .default(2_592_000)
      .describe(
        'How long an alert fires of which nothing more is heard; reminders begin this time anew.',
      ),
    timeoutSeconds: whole(1, 600).default(10).describe('Time for one attempt.'),
  })
  .superRefine(({ username, password, bearerToken }, context) => {
    const complain = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (username !== undefined && password === undefined) complain('password', 'one for username');
    if (username === undefined && password !== undefined) complain('username', 'one for password');
    if (username !== undefined && bearerToken !== undefined) {
      complain('bearerToken', 'none beside username');
    }
  })
  .describe('Posts alerts to the Prometheus Alertmanager.');

export type AlertmanagerConfig = z.output<typeof alertmanagerNotifier>;
