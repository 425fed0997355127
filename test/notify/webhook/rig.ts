import {
  type WebhookConfig,
  webhookNotifier,
} from '../../../service/config/sections/notifiers/webhook.ts';

/** A webhook's settings: those that are given, and the defaults. */
export const webhookConfig = (settings: Readonly<Record<string, unknown>>): WebhookConfig =>
  webhookNotifier.parse({ name: 'hook', type: 'webhook', allowPrivate: true, ...settings });
