import { type Component, componentKey } from '../../contract/instance.ts';
import type { StateCounts } from '../../registry/components.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Clock } from '../../runtime/clock.ts';

export type ComponentStates = Component & StateCounts;

/** Changes for one client. */
export type StateFollower = {
  /**
   * Returns the components whose counts have changed since the last call, and at the first call all
   * of them. A component without instances is no longer known.
   */
  take(): readonly ComponentStates[];
  close(): void;
};

const compareEveryMs = 500;
const none: StateCounts = { up: 0, late: 0, down: 0, retired: 0 };

type Entry = {
  readonly component: Component;
  readonly counts: StateCounts;
  /** Number of the comparison that found the change. */
  readonly changedIn: number;
};
type Client = { taken: number; readonly onChange: () => void };
type Changes = {
  readonly taken: number;
  readonly version: number;
  readonly changed: readonly ComponentStates[];
};

/**
 * Numbers of instances by state of each component, for clients that follow them. They are compared
 * twice a second, once for all clients, and not at all without one. Events alone do not suffice to
 * follow states: in a mass outage one event stands for many changes, and a flapping instance has no
 * event for each of its changes.
 */
export class StateFeed {
  readonly #registry: Pick<Registry, 'components' | 'componentOf' | 'counts'>;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #entries = new Map<string, Entry>();
  readonly #clients = new Set<Client>();
  #isRunning = false;
  /** Number of the comparison that found the newest change. */
  #version = 0;
  #last: Changes | undefined;

  constructor(
    registry: Pick<Registry, 'components' | 'componentOf' | 'counts'>,
    clock: Pick<Clock, 'sleep'>,
  ) {
    this.#registry = registry;
    this.#clock = clock;
  }

  follow(onChange: () => void): StateFollower {
    const client: Client = { taken: -1, onChange };
    this.#compare();
    this.#clients.add(client);
    void this.#run();
    return {
      take: () => {
        const { taken } = client;
        if (taken === this.#version) return [];
        client.taken = this.#version;
        return this.#changesSince(taken);
      },
      close: () => void this.#clients.delete(client),
    };
  }

  #compare(): void {
    const registry = this.#registry;
    const next = this.#version + 1;
    const seen = new Set<string>();
    const note = (key: string, component: Component, counts: StateCounts) => {
      const before = this.#entries.get(key)?.counts ?? none;
      if (sameCounts(before, counts)) return;
      this.#entries.set(key, { component, counts, changedIn: next });
      this.#version = next;
    };
    for (const index of registry.components()) {
      const component = registry.componentOf(index);
      const key = componentKey(component);
      seen.add(key);
      note(key, component, registry.counts(index));
    }
    for (const [key, { component }] of this.#entries) {
      if (!seen.has(key)) note(key, component, none);
    }
  }

  /** Clients that have taken the same share the result. */
  #changesSince(taken: number): readonly ComponentStates[] {
    const version = this.#version;
    if (this.#last?.taken === taken && this.#last.version === version) return this.#last.changed;
    const changed = [...this.#entries.values()]
      .filter(({ changedIn, counts }) => changedIn > taken && (taken >= 0 || counts !== none))
      .map(({ component, counts }) => ({ ...component, ...counts }));
    this.#last = { taken, version, changed };
    return changed;
  }

  /** A component that is no longer known is removed when all clients have taken that. */
  #forget(): void {
    const oldest = Math.min(...[...this.#clients].map(({ taken }) => taken));
    for (const [key, { counts, changedIn }] of this.#entries) {
      if (counts === none && changedIn <= oldest) this.#entries.delete(key);
    }
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#clients.size > 0) {
      await this.#clock.sleep(compareEveryMs);
      const before = this.#version;
      this.#forget();
      this.#compare();
      if (this.#version > before) for (const { onChange } of this.#clients) onChange();
    }
    this.#isRunning = false;
  }
}

const sameCounts = (one: StateCounts, other: StateCounts): boolean =>
  one.up === other.up &&
  one.late === other.late &&
  one.down === other.down &&
  one.retired === other.retired;
