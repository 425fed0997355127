import type { Config } from '../../config/schema.ts';
import type { DependencyHealth } from '../../contract/health.ts';
import type { Heartbeat } from '../../contract/heartbeat.ts';
import { identityKey } from '../../contract/instance.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { Mount } from '../../contract/raw-route.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import type { ProfileRule } from '../../liveness/thresholds.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { SiteMonitor } from './monitor/monitor.ts';
import { monitorMount } from './monitor/mount.ts';
import { mailFault, siteNotifiers } from './monitor/notifiers.ts';

export type LvmbeatProfile = {
  /** The protocol of the monitor at the paths that begin with `prefix`. */
  mount(prefix: string, parts: MountedParts): Mount;
  received(heartbeats: readonly Heartbeat[]): void;
  start(): void;
  health(): DependencyHealth;
  stop(): Promise<void>;
};

type MountedParts = {
  readonly ingest: Ingest;
  /** Sends a test event through a notifier; undefined if there is none of that name. */
  readonly test: (notifier: string) => Promise<{ readonly outcome: Outcome } | undefined>;
};

type ServiceParts = Omit<ConstructorParameters<typeof SiteMonitor>[0], 'config' | 'clock'>;

/** Thresholds of its components: of the site, and of the heartbeats of the actor. */
export function lvmbeatRules({ profiles: { lvmbeat } }: Config): ProfileRule[] {
  if (!lvmbeat.enabled) return [];
  const { version, site, sendEmailAfterSeconds, timeoutSeconds } = lvmbeat;
  return [
    {
      matches: (component) => component.version === version && component.name === site,
      lateSeconds: sendEmailAfterSeconds,
      downSeconds: sendEmailAfterSeconds,
    },
    {
      matches: (component) => component.version === version,
      lateSeconds: timeoutSeconds,
      downSeconds: timeoutSeconds * 2,
    },
  ];
}

const checkEveryMs = 100;

/** Undefined where the profile is disabled. */
export function createLvmbeatProfile(
  { profiles: { lvmbeat: config } }: Config,
  parts: ServiceParts,
  { clock }: Runtime,
): LvmbeatProfile | undefined {
  if (!config.enabled) return undefined;
  const monitor = new SiteMonitor({ ...parts, config, clock });
  const site = identityKey(monitor.site);
  const life = new AbortController();
  let running: Promise<void> | undefined;

  async function watch(): Promise<void> {
    while (!life.signal.aborted) {
      monitor.check();
      await clock.sleep(checkEveryMs, life.signal);
    }
  }

  return {
    mount: (prefix, { ingest, test }) =>
      monitorMount(prefix, {
        ingest,
        monitor,
        mailFault: mailFault(config),
        test: async (kind) => (await test(siteNotifiers[kind]))?.outcome,
      }),
    received(heartbeats) {
      if (heartbeats.some((heartbeat) => identityKey(heartbeat) === site)) monitor.received();
    },
    start() {
      running = watch();
    },
    health() {
      const { enabled, active } = monitor.status();
      return {
        status: enabled ? 'up' : 'unused',
        monitor: enabled ? 'enabled' : 'disabled: no alert is raised',
        alert: active,
      };
    },
    async stop() {
      life.abort();
      await running;
    },
  };
}
