import { alertmanagerType } from './alertmanager.ts';
import { emailType } from './email.ts';
import { kafkaType } from './kafka.ts';
import type { NotifierType } from './notifier-type.ts';
import { slackType } from './slack.ts';
import { stateManagerType } from './state-manager.ts';
import { webhookType } from './webhook.ts';

/** Every type of notifier; a new type needs a row. */
export const notifierTypes: readonly NotifierType[] = [
  webhookType,
  emailType,
  slackType,
  alertmanagerType,
  stateManagerType,
  kafkaType,
];
