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

/** Numbers of instances by state of each component, for clients that follow them. */
export type StateFeed = { follow(onChange: () => void): StateFollower };

const compareEveryMs = 500;
const none: StateCounts = { up: 0, late: 0, down: 0, retired: 0 };

type Entry = {
  readonly component: Component;
  readonly counts: StateCounts;
  /** Number of the comparison that found the change. */
  readonly changedIn: number;
};
type Client = { taken: number; readonly onChange: () => void };

/**
 * Compares the counts of all components twice a second, once for all clients, and not at all without
 * one. Events alone do not suffice to follow states: in a mass outage one event stands for many
 * changes, and a flapping instance has no event for each of its changes.
 */
export function createStateFeed(
  registry: Pick<Registry, 'components' | 'componentOf' | 'counts'>,
  clock: Pick<Clock, 'sleep'>,
): StateFeed {
  const entries = new Map<string, Entry>();
  const clients = new Set<Client>();
  let isRunning = false;
  /** Number of the comparison that found the newest change. */
  let version = 0;
  let last: { taken: number; version: number; changes: readonly ComponentStates[] } | undefined;

  function compare(): void {
    const next = version + 1;
    const seen = new Set<string>();
    const note = (key: string, component: Component, counts: StateCounts) => {
      const before = entries.get(key)?.counts ?? none;
      if (sameCounts(before, counts)) return;
      entries.set(key, { component, counts, changedIn: next });
      version = next;
    };
    for (const index of registry.components()) {
      const component = registry.componentOf(index);
      const key = componentKey(component);
      seen.add(key);
      note(key, component, registry.counts(index));
    }
    for (const [key, { component }] of entries) if (!seen.has(key)) note(key, component, none);
  }

  /** Clients that have taken the same share the result. */
  function changesSince(taken: number): readonly ComponentStates[] {
    if (last?.taken === taken && last.version === version) return last.changes;
    const changes = [...entries.values()]
      .filter(({ changedIn, counts }) => changedIn > taken && (taken >= 0 || counts !== none))
      .map(({ component, counts }) => ({ ...component, ...counts }));
    last = { taken, version, changes };
    return changes;
  }

  /** A component that is no longer known is removed when all clients have taken that. */
  function forget(): void {
    const oldest = Math.min(...[...clients].map(({ taken }) => taken));
    for (const [key, { counts, changedIn }] of entries) {
      if (counts === none && changedIn <= oldest) entries.delete(key);
    }
  }

  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    while (clients.size > 0) {
      await clock.sleep(compareEveryMs);
      const before = version;
      forget();
      compare();
      if (version > before) for (const { onChange } of clients) onChange();
    }
    isRunning = false;
  }

  return {
    follow(onChange) {
      const client: Client = { taken: -1, onChange };
      compare();
      clients.add(client);
      void run();
      return {
        take() {
          const { taken } = client;
          if (taken === version) return [];
          client.taken = version;
          return changesSince(taken);
        },
        close: () => void clients.delete(client),
      };
    },
  };
}

const sameCounts = (one: StateCounts, other: StateCounts): boolean =>
  one.up === other.up &&
  one.late === other.late &&
  one.down === other.down &&
  one.retired === other.retired;
