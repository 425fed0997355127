import type { Config } from '../../config/schema.ts';
import type { DependenciesHealth, DependencyHealth } from '../../contract/health.ts';
import type { Heartbeat } from '../../contract/heartbeat.ts';
import { identityKey } from '../../contract/instance.ts';
import type { Mount } from '../../contract/raw-route.ts';
import type { ProfileRule } from '../../liveness/thresholds.ts';
import type { NotifierTest } from '../../notify/test-event.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { createLvmbeatActor, type LvmbeatActor } from './actor/actor.ts';
import { SiteMonitor } from './monitor/monitor.ts';
import { monitorMount } from './monitor/mount.ts';
import { mailFault, siteNotifiers } from './monitor/notifiers.ts';

export type LvmbeatProfile = {
  /** The protocol of the monitor at the paths that begin with `prefix`. */
  mount(prefix: string, test: NotifierTest): Mount;
  received(heartbeats: readonly Heartbeat[]): void;
  /** Sends a command to another actor, as the relay target `amqp` does. */
  readonly send: LvmbeatActor['send'] | undefined;
  start(): void;
  health(): DependenciesHealth;
  stop(drainMs: number): Promise<void>;
};

type ServiceParts = Omit<ConstructorParameters<typeof SiteMonitor>[0], 'config' | 'clock'> &
  Omit<Parameters<typeof createLvmbeatActor>[0], 'config' | 'url'>;

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
  runtime: Runtime,
): LvmbeatProfile | undefined {
  if (!config.enabled) return undefined;
  const { clock } = runtime;
  const monitor = new SiteMonitor({ ...parts, config, clock });
  const site = identityKey(monitor.site);
  const { url } = config.amqp;
  const actor =
    url === undefined ? undefined : createLvmbeatActor({ ...parts, config, url }, runtime);
  const life = new AbortController();
  let running: Promise<void> | undefined;

  async function watch(): Promise<void> {
    while (!life.signal.aborted) {
      monitor.check();
      await clock.sleep(checkEveryMs, life.signal);
    }
  }

  return {
    mount: (prefix, test) =>
      monitorMount(prefix, {
        ingest: parts.ingest,
        monitor,
        mailFault: mailFault(config),
        test: async (kind) => (await test(siteNotifiers[kind]))?.outcome,
      }),
    received(heartbeats) {
      if (heartbeats.some((heartbeat) => identityKey(heartbeat) === site)) monitor.received();
    },
    send: actor?.send,
    start() {
      running = watch();
      actor?.start();
    },
    health: () => ({
      lvmbeat: monitorHealth(monitor),
      ...(actor ? { 'lvmbeat.amqp': actor.health() } : {}),
    }),
    async stop(drainMs) {
      life.abort();
      await Promise.all([running, actor?.stop(drainMs)]);
    },
  };
}

function monitorHealth(monitor: SiteMonitor): DependencyHealth {
  const { enabled, active } = monitor.status();
  return {
    status: enabled ? 'up' : 'unused',
    monitor: enabled ? 'enabled' : 'disabled: no alert is raised',
    alert: active,
  };
}
