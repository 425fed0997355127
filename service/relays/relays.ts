import type { Config } from '../config/schema.ts';
import type { RelayConfig } from '../config/sections/relays/relays.ts';
import type { DependenciesHealth } from '../contract/health.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { RelayResponse } from '../contract/relays/relay.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Store } from '../store/store.ts';
import { type RecordEvent, Relay } from './relay.ts';
import type { ExpectedInstances } from './sources.ts';
import { SteadyTime } from './steady-time.ts';
import { createCommandTarget } from './targets/command.ts';
import { createHttpTarget } from './targets/http.ts';
import type { EmissionTarget } from './targets/target.ts';

export type Relays = {
  list(): readonly RelayResponse[];
  find(name: string): Relay | undefined;
  start(): void;
  health(): DependenciesHealth;
  stop(): Promise<void>;
};

/** Time between two evaluations of the gates: how late a close can be at most. */
const checkEveryMs = 250;

/** Relays of the configuration. Their gates are closed until `start`, and follow stored heartbeats. */
export function openRelays(
  { relays: configured }: Config,
  parts: {
    readonly store: Pick<Store, 'settings' | 'heartbeats'>;
    readonly instances: ExpectedInstances;
    readonly record: RecordEvent;
    /** Undefined where no actor is configured. */
    readonly sendCommand: SendCommand | undefined;
  },
  runtime: Runtime,
): Relays {
  const { clock, metrics } = runtime;
  const life = new AbortController();
  const time = new SteadyTime(clock);
  const saved = parts.store.settings();
  const relays = configured.map((config) => {
    const target = createTarget(config, parts.sendCommand, runtime);
    return new Relay(config, { ...parts, target, time, saved }, runtime);
  });
  const byName = new Map(relays.map((relay) => [relay.config.name, relay]));
  let running: Promise<unknown> = Promise.resolve();
  const received = (heartbeats: readonly Heartbeat[]) => {
    for (const relay of relays) relay.received(heartbeats);
  };

  async function check(): Promise<void> {
    while (!life.signal.aborted) {
      for (const relay of relays) relay.check();
      await clock.sleep(checkEveryMs, life.signal);
    }
  }

  mirrorRelays(relays, metrics);
  return {
    list: () => relays.map((relay) => relay.view()),
    find: (name) => byName.get(name),
    start() {
      if (relays.length === 0) return;
      parts.store.heartbeats.onStored(({ records }) => received(records));
      running = Promise.all([check(), ...relays.map((relay) => relay.run(life.signal))]);
    },
    health: () =>
      Object.fromEntries(relays.map((relay) => [`relay.${relay.config.name}`, relay.health()])),
    async stop() {
      life.abort();
      await running;
      for (const relay of relays) relay.close();
    },
  };
}

/** Sends a command to an actor; resolves with undefined, or with the cause of the failure. */
type SendCommand = (
  actor: string,
  command: string,
  timeoutMs: number,
  signal: AbortSignal,
) => Promise<string | undefined>;

function createTarget(
  { name, target }: RelayConfig,
  sendCommand: SendCommand | undefined,
  runtime: Runtime,
): EmissionTarget {
  switch (target.type) {
    case 'http':
      return createHttpTarget(target, name, runtime);
    case 'command':
      return createCommandTarget(target, name);
    case 'amqp': {
      const { actor, command, timeout } = target;
      return {
        emit: async (signal) =>
          sendCommand
            ? sendCommand(actor, command, timeout * 1_000, signal)
            : 'no actor is configured',
        close: () => undefined,
      };
    }
  }
}

/** Metrics of the relays: read at each scrape. */
function mirrorRelays(relays: readonly Relay[], metrics: Runtime['metrics']): void {
  const mirror = (
    key: 'relayOpen' | 'relayBypassed' | 'relayMissing' | 'relayEmittedAt',
    read: (view: RelayResponse) => number | undefined,
  ) =>
    metrics.mirror(key, (gauge) => {
      for (const relay of relays) {
        const value = read(relay.view());
        if (value !== undefined) gauge.set({ relay: relay.config.name }, value);
      }
    });
  mirror('relayOpen', ({ state }) => (state === 'open' ? 1 : 0));
  mirror('relayBypassed', ({ bypass }) => (bypass ? 1 : 0));
  mirror('relayMissing', ({ missing }) => missing.length);
  mirror('relayEmittedAt', ({ lastEmitted }) =>
    lastEmitted === null ? undefined : Date.parse(lastEmitted) / 1_000,
  );
}
