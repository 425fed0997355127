import type { NotifierConfig } from '../config/sections/notifiers/notifiers.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createAlertmanager } from './alertmanager/alertmanager.ts';
import { createEmail } from './email/email.ts';
import type { Notifier } from './notifier.ts';
import { createSlack } from './slack/slack.ts';
import { createWebhook } from './webhook/webhook.ts';

/** Makes a notifier of any type. */
export function createNotifier(config: NotifierConfig, runtime: Runtime): Notifier {
  switch (config.type) {
    case 'webhook':
      return createWebhook(config, runtime);
    case 'email':
      return createEmail(config, runtime);
    case 'slack':
      return createSlack(config, runtime);
    case 'alertmanager':
      return createAlertmanager(config, runtime);
  }
}
