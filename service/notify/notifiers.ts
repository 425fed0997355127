import type { NotifierConfig } from '../config/sections/notifiers/notifiers.ts';
import type { LivenessEvent } from '../contract/event.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createAlertmanager } from './alertmanager/alertmanager.ts';
import { createEmail } from './email/email.ts';
import { createKafka } from './kafka/kafka.ts';
import type { LookAhead, Notifier } from './notifier.ts';
import { createSlack } from './slack/slack.ts';
import { configuredStateManager } from './state-manager/state-manager.ts';
import { createWebhook } from './webhook/webhook.ts';

/** Creates a notifier of any type. */
export function createNotifier(
  config: NotifierConfig,
  runtime: Runtime,
  lookAhead: LookAhead = nothingAhead,
): Notifier {
  switch (config.type) {
    case 'webhook':
      return createWebhook(config, runtime);
    case 'email':
      return createEmail(config, runtime);
    case 'slack':
      return createSlack(config, runtime);
    case 'alertmanager':
      return createAlertmanager(config, runtime, lookAhead);
    case 'state-manager':
      return configuredStateManager(config, lookAhead, runtime);
    case 'kafka':
      return createKafka(config);
  }
}

/** For callers without a log. */
async function* nothingAhead(): AsyncGenerator<LivenessEvent> {}
