import type { Config } from '../../config/schema.ts';
import type { StateManagerConfig } from '../../config/sections/notifiers/state-manager.ts';
import type { HbtdConfig } from '../../config/sections/profiles.ts';
import type { Mount } from '../../contract/raw-route.ts';
import type { ProfileChange, ProfileRule } from '../../liveness/thresholds.ts';
import { createHsm } from '../../notify/state-manager/hsm.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { createHsmStatus } from './hsm-status.ts';
import { type HbtdParts, hbtdMount } from './mount.ts';
import { hbtdNotifiers, isTelemetryConfigured, targetOf, telemetry } from './notifiers.ts';
import type { HbtdValues } from './parameter-values.ts';
import { createHbtdParameters } from './parameters.ts';

type HbtdProfile = {
  /** Thresholds at the start. */
  readonly rules: readonly ProfileRule[];
  readonly notifiers: ReturnType<typeof hbtdNotifiers>;
  /** The protocol at the paths that begin with `prefix`. */
  mount(prefix: string, service: ServiceParts): Mount;
  close(): void;
};

/** Parts of the service that the protocol gives access to. */
type ServiceParts = Pick<HbtdParts, 'ingest' | 'stateOf' | 'notReady'> & {
  /** Returns whether the notifier of this name fails now. */
  readonly isFailing: (notifier: string) => boolean;
};

/** `changeProfiles` stores and applies a change of parameters, with its event and thresholds. */
export function createHbtdProfile(
  config: Config,
  saved: ReadonlyMap<string, string>,
  changeProfiles: (change: ProfileChange) => Promise<void>,
  runtime: Runtime,
): HbtdProfile {
  const { hbtd } = config.profiles;
  const { version } = hbtd;
  const configured = config.notifiers.find((notifier) => notifier.type === 'state-manager');
  const parameters = createHbtdParameters({
    configured: configuredValues(hbtd, configured),
    fixed: new Set(configured ? ['Port', 'Nosm', 'Sm_url', 'Sm_timeout'] : ['Port']),
    saved,
    commit: (change) => changeProfiles({ ...change, rules: rules() }),
  });
  const { current } = parameters;
  const target = () => targetOf(current());
  const rules = (): ProfileRule[] => [
    {
      matches: (component) => component.version === version,
      // As in hbtd, a Warntime that is not below Errtime disables warnings.
      lateSeconds: Math.min(Number(current().Warntime), Number(current().Errtime)),
      downSeconds: Number(current().Errtime),
      senderTimeOf: ({ meta }) => meta?.['timestamp'],
      reporting: configured !== undefined || target() !== undefined ? 'each' : 'grouped',
    },
  ];
  const hsm = createHsm(configured ? configured.caFile : hbtd.smCaFile, runtime.proxy);
  const hsmStatus = createHsmStatus(hsm, target, runtime.clock);

  return {
    rules: rules(),
    notifiers: hbtdNotifiers(config, current, runtime),
    mount: (prefix, { isFailing, ...service }) =>
      hbtdMount(prefix, {
        ...service,
        version,
        parameters,
        hsmStatus,
        telemetryStatus() {
          const isUsed = isTelemetryConfigured(hbtd) && current().Use_telemetry === '1';
          if (!isUsed) return 'Not Connected';
          return isFailing(telemetry) ? 'Connected and CLOSED' : 'Connected and OPEN';
        },
      }),
    close: hsm.close,
  };
}

/** A State Manager among the configured notifiers has its own settings, which are shown. */
const configuredValues = (
  hbtd: HbtdConfig,
  { url = hbtd.smUrl, timeoutSeconds = hbtd.smTimeoutSeconds }: Partial<StateManagerConfig> = {},
): HbtdValues => ({
  Debug: '0',
  Nosm: hbtd.noSm ? '1' : '0',
  Use_telemetry: hbtd.useTelemetry ? '1' : '0',
  Telemetry_host: hbtd.telemetryHost ?? '',
  Warntime: String(hbtd.warnSeconds),
  Errtime: String(hbtd.errSeconds),
  Port: String(hbtd.port),
  Kv_url: '',
  Interval: String(hbtd.intervalSeconds),
  Sm_url: url ?? '',
  Sm_timeout: String(timeoutSeconds),
  Sm_retries: '3',
});
