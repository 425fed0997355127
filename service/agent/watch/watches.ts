import type { ProbeSettings } from '../config/settings.ts';
import type { AgentHeartbeat } from '../heartbeat.ts';
import { Watch } from './watch.ts';

export type WatchCounts = {
  readonly probes: number;
  readonly ok: number;
  readonly notOk: number;
  readonly unknown: readonly { readonly name: string; readonly message: string }[];
};

/** All probes of the agent. */
export class Watches {
  readonly #options: ConstructorParameters<typeof Watch>[1];
  #watches = new Map<string, Watch>();

  constructor(options: ConstructorParameters<typeof Watch>[1]) {
    this.#options = options;
  }

  /**
   * Runs these probes from now on. A probe whose settings have not changed continues at its times.
   * The instance of a probe that is no longer there is retired by a last heartbeat.
   */
  async replace(settings: readonly ProbeSettings[]): Promise<void> {
    const before = this.#watches;
    const next = new Map(
      settings.map((one): [string, Watch] => {
        const key = settingsKey(one);
        return [key, before.get(key) ?? new Watch(one, this.#options)];
      }),
    );
    this.#watches = next;
    const ended = [...before].filter(([key]) => !next.has(key)).map(([, watch]) => watch);
    await Promise.all(ended.map((watch) => watch.stop()));
    for (const [key, watch] of next) if (!before.has(key)) watch.start();
    const instances = new Set(settings.map(instanceKey));
    for (const { settings: old } of ended) {
      if (!instances.has(instanceKey(old))) this.#options.send(this.#lastHeartbeat(old));
    }
  }

  counts(): WatchCounts {
    const all = [...this.#watches.values()];
    const count = (kind: string) => all.filter(({ result }) => result?.kind === kind).length;
    const unknown = all.flatMap(({ settings: { name }, result }) =>
      result?.kind === 'unknown' ? [{ name, message: result.message }] : [],
    );
    return { probes: all.length, ok: count('ok'), notOk: count('not_ok'), unknown };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
  }

  #lastHeartbeat({ name, version, instance, intervalSeconds }: ProbeSettings): AgentHeartbeat {
    const timestamp = this.#options.clock.now();
    return { name, version, instance, timestamp, interval: intervalSeconds, status: 'stopping' };
  }
}

const instanceKey = ({ name, version, instance }: ProbeSettings): string =>
  JSON.stringify([name, version, instance]);

/** Equal for equal settings. Stays in memory: it contains the password. */
const settingsKey = ({ management, ...settings }: ProbeSettings): string =>
  JSON.stringify(
    settings.config.type === 'rabbitmq'
      ? [settings, management, management.password.reveal()]
      : [settings],
  );
