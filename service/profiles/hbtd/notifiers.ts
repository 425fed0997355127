import type { Config } from '../../config/schema.ts';
import { webhookNotifier } from '../../config/sections/notifiers/webhook.ts';
import { type HbtdConfig, parseTelemetryHost } from '../../config/sections/profiles.ts';
import { skipped } from '../../contract/outcome.ts';
import { createKafka } from '../../notify/kafka/kafka.ts';
import type { Notifier, RoutedLog } from '../../notify/notifier.ts';
import { createHsm, type HsmTarget } from '../../notify/state-manager/hsm.ts';
import { createStateManager } from '../../notify/state-manager/state-manager.ts';
import { createWebhook } from '../../notify/webhook/webhook.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { HbtdValues } from './parameter-values.ts';

/** Names that no configured notifier can have, because those have no dots. */
const stateManager = 'hbtd.state-manager';
export const telemetry = 'hbtd.telemetry';

/** Names of the profile's notifiers, beside those of the configuration. */
export function hbtdNotifierNames({ notifiers, profiles: { hbtd } }: Config): { name: string }[] {
  const isConfigured = notifiers.some(({ type }) => type === 'state-manager');
  return [
    ...(hbtd.enabled && !isConfigured ? [{ name: stateManager }] : []),
    ...(hbtd.enabled && isTelemetryConfigured(hbtd) ? [{ name: telemetry }] : []),
  ];
}

export const isTelemetryConfigured = ({ telemetryHost, telemetryUrl }: HbtdConfig): boolean =>
  telemetryHost !== undefined || telemetryUrl !== undefined;

/** The profile's notifiers, which follow its parameters at any time. */
export function hbtdNotifiers(config: Config, current: () => HbtdValues, runtime: Runtime) {
  const { hbtd } = config.profiles;
  // They mirror states, which a silence does not change.
  const routing = { match: [{ name: '*', version: hbtd.version }], silenced: true };
  const mirror = (log: RoutedLog) =>
    createStateManager({
      ...runtime,
      hsm: createHsm(hbtd.smCaFile, runtime.proxy),
      target: () => targetOf(current()),
      log,
    });
  const bus = () =>
    hbtd.telemetryUrl === undefined
      ? telemetryBus(current)
      : telemetryTo(hbtd.telemetryUrl, current, runtime);
  // What an operator disables for a while is delivered afterwards, as in hbtd.
  const isMirrorHeld = () => !hbtd.noSm && current().Nosm === '1' && current().Sm_url !== '';
  const isBusHeld = () => hbtd.useTelemetry && current().Use_telemetry !== '1';
  return hbtdNotifierNames(config).map(({ name }) => ({
    name,
    routing,
    create: name === stateManager ? mirror : bus,
    isHeld: name === stateManager ? isMirrorHeld : isBusHeld,
  }));
}

/** The State Manager that is notified; undefined while there is none. */
export function targetOf({ Nosm, Sm_url, Sm_timeout }: HbtdValues): HsmTarget | undefined {
  if (Nosm === '1' || Sm_url === '') return undefined;
  return { url: Sm_url, timeoutMs: Number(Sm_timeout) * 1_000 };
}

function telemetryTo(url: string, current: () => HbtdValues, runtime: Runtime): Notifier {
  const config = { name: 'telemetry', type: 'webhook', url, allowPrivate: true, format: 'hbtd' };
  const webhook = createWebhook(webhookNotifier.parse(config), runtime);
  return {
    ...webhook,
    async deliver(events, signal) {
      return current().Use_telemetry === '1' ? webhook.deliver(events, signal) : skipped;
    },
  };
}

/** Kafka at the current `Telemetry_host`. */
function telemetryBus(current: () => HbtdValues): Notifier {
  let bus: { readonly host: string; readonly notifier: Notifier } | undefined;

  function busAt(host: string): Notifier | undefined {
    if (bus?.host === host) return bus.notifier;
    bus?.notifier.close();
    const place = parseTelemetryHost(host);
    if (!place) {
      bus = undefined;
      return undefined;
    }
    const notifier = createKafka({
      brokers: [place.broker],
      topic: place.topic,
      format: 'hbtd',
      ...{ tls: false, insecure: false, timeoutSeconds: 10 },
    });
    bus = { host, notifier };
    return notifier;
  }

  return {
    batchRecords: 1_000,
    batchWaitMs: 0,
    async deliver(events, signal) {
      const { Use_telemetry, Telemetry_host } = current();
      const notifier = Use_telemetry === '1' ? busAt(Telemetry_host) : undefined;
      return notifier ? notifier.deliver(events, signal) : skipped;
    },
    close: () => bus?.notifier.close(),
  };
}
