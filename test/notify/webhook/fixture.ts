import {
  type WebhookConfig,
  webhookNotifier,
} from '../../../service/config/sections/notifiers/webhook.ts';

/** A webhook's settings: the given ones, and the defaults. */
export const webhookConfig = (settings: Readonly<Record<string, unknown>>): WebhookConfig =>
  webhookNotifier.parse({ name: 'hook', type: 'webhook', allowPrivate: true, ...settings });
