import type { NotifierConfig } from '../config/sections/notifiers/notifiers.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Notifier } from './notifier.ts';
import { createWebhook } from './webhook/webhook.ts';

/** Makes a notifier of any type. */
export function createNotifier(config: NotifierConfig, runtime: Runtime): Notifier {
  switch (config.type) {
    case 'webhook':
      return createWebhook(config, runtime);
  }
}
