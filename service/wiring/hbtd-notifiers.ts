import type { Config } from '../config/schema.ts';
import { webhookNotifier } from '../config/sections/notifiers/webhook.ts';
import { skipped } from '../contract/outcome.ts';
import type { PlannedNotifier } from '../notify/notifications.ts';
import type { LookAhead, Notifier } from '../notify/notifier.ts';
import { createHsm, type HsmTarget } from '../notify/state-manager/hsm.ts';
import { createStateManager } from '../notify/state-manager/state-manager.ts';
import { createWebhook } from '../notify/webhook/webhook.ts';
import type { Parameters } from '../profiles/hbtd/parameters.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** No configured notifier can be called so: their names have no dots. */
const stateManager = 'hbtd.state-manager';
export const telemetry = 'hbtd.telemetry';

/** What the notifiers of the profile are called: those that the configuration does not make itself. */
export function hbtdNotifierNames({ notifiers, profiles: { hbtd } }: Config): { name: string }[] {
  const isConfigured = notifiers.some(({ type }) => type === 'state-manager');
  return [
    ...(hbtd.enabled && !isConfigured ? [{ name: stateManager }] : []),
    ...(hbtd.enabled && hbtd.telemetryUrl !== undefined ? [{ name: telemetry }] : []),
  ];
}

/** Whom the profile tells of changes by itself, as its parameters say at the time. */
export function hbtdNotifiers(
  config: Config,
  current: () => Parameters,
  runtime: Runtime,
): PlannedNotifier[] {
  const { hbtd } = config.profiles;
  // It mirrors states: that nobody wants to be told of them is another matter.
  const routing = { match: [{ name: '*', version: hbtd.version }], silenced: true };
  const mirror = (lookAhead: LookAhead) =>
    createStateManager({
      ...runtime,
      hsm: createHsm(hbtd.smCaFile),
      target: () => targetOf(current()),
      lookAhead,
    });
  const bus = () => telemetryTo(hbtd.telemetryUrl, current, runtime);
  return hbtdNotifierNames(config).map(({ name }) => ({
    name,
    routing,
    create: name === stateManager ? mirror : bus,
  }));
}

/** Undefined while nobody is to be told. */
export function targetOf({ Nosm, Sm_url, Sm_timeout }: Parameters): HsmTarget | undefined {
  if (Nosm === '1' || Sm_url === '') return undefined;
  return { url: Sm_url, timeoutMs: Number(Sm_timeout) * 1_000 };
}

function telemetryTo(
  url: string | undefined,
  current: () => Parameters,
  runtime: Runtime,
): Notifier {
  const config = { name: 'telemetry', type: 'webhook', url, allowPrivate: true, format: 'hbtd' };
  const webhook = createWebhook(webhookNotifier.parse(config), runtime);
  return {
    ...webhook,
    async deliver(events, signal) {
      return current().Use_telemetry === '1' ? webhook.deliver(events, signal) : skipped;
    },
  };
}
