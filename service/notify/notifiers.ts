import type { NotifierConfig } from '../config/sections/notifiers/notifiers.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createAlertmanager } from './alertmanager/alertmanager.ts';
import { createEmail } from './email/email.ts';
import { createKafka } from './kafka/kafka.ts';
import type { Notifier, RoutedLog } from './notifier.ts';
import { createSlack } from './slack/slack.ts';
import { configuredStateManager } from './state-manager/state-manager.ts';
import { createWebhook } from './webhook/webhook.ts';

/** Creates a notifier of any type. */
export function createNotifier(
  config: NotifierConfig,
  runtime: Runtime,
  log: RoutedLog = emptyLog,
): Notifier {
  switch (config.type) {
    case 'webhook':
      return createWebhook(config, runtime);
    case 'email':
      return createEmail(config, runtime);
    case 'slack':
      return createSlack(config, runtime);
    case 'alertmanager':
      return createAlertmanager(config, runtime, log.lookAhead);
    case 'state-manager':
      return configuredStateManager(config, log, runtime);
    case 'kafka':
      return createKafka(config);
  }
}

/** For callers without a log. */
const emptyLog: RoutedLog = {
  lookAhead: async function* nothingAhead() {},
  seqOf: () => 0,
  readAfter: (seq) => ({ events: [], lastSeq: seq }),
  newestOf: () => [],
};
