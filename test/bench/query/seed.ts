import type { InstanceRecord } from '../../../service/contract/instance.ts';
import { systemClock } from '../../../service/runtime/clock.ts';
import { instanceStatements } from '../../../service/store/instances.ts';
import { instanceStatement, presenceStatement } from '../../../service/store/presences/table.ts';
import type { Store } from '../../../service/store/store.ts';
import { openDataFolder } from '../servers/open-data-folder.ts';

/** A generated history, in which instances are restarted at regular intervals. */
export type History = {
  readonly instances: number;
  readonly names: number;
  readonly versions: number;
  readonly days: number;
  /** From one break of an instance to the next; a break lasts from 5 minutes to an hour. */
  readonly presenceHours: number;
};

const hour = 3_600_000;
const day = 24 * hour;
const downMs = 120_000;
const portion = 5_000;

export const presenceCount = ({ instances, days, presenceHours }: History): number =>
  instances * Math.ceil((days * 24) / presenceHours);

/** Fills a data folder with presences until now. */
export async function seedPresences(dataDir: string, history: History): Promise<void> {
  const nowMs = systemClock.now();
  const startMs = nowMs - history.days * day;
  await withStore(dataDir, async ({ presences }) => {
    let statements = [];
    for (let id = 1; id <= history.instances; id++) {
      statements.push(instanceStatement(id, identityOf(id, history)));
      const shiftMs = (id * 7_919_000) % (history.presenceHours * hour);
      for (let fromMs = startMs - shiftMs; fromMs < nowMs; fromMs += history.presenceHours * hour) {
        const breakMs = 5 * 60_000 + ((id * 104_729 + fromMs) % 55) * 60_000;
        const toMs = Math.min(nowMs, fromMs + history.presenceHours * hour - breakMs);
        if (toMs < fromMs) continue;
        statements.push(presenceStatement(id, { fromMs, toMs, reachMs: toMs + downMs }));
      }
      if (statements.length < portion) continue;
      await presences.write(statements);
      statements = [];
    }
    await presences.write(statements);
  });
}

const identityOf = (id: number, { names, versions }: Pick<History, 'names' | 'versions'>) => ({
  name: `component-${String(id % names).padStart(4, '0')}`,
  version: `1.${Math.floor(id / names) % versions}`,
  instance: `component-${id % names}-${((id * 2_654_435_761) % 2 ** 32).toString(16)}-${id}`,
});

/** Identities of a large fleet of 100 components in 10 versions. */
export const fleetIdentity = (id: number) => identityOf(id, { names: 100, versions: 10 });

/** Fills a data folder with instances that are up now. */
export async function seedInstances(dataDir: string, instances: number): Promise<void> {
  const nowMs = systemClock.now();
  const record = (id: number): InstanceRecord => ({
    ...fleetIdentity(id),
    ...{
      id,
      state: 'up',
      flags: 0,
      clockOffsetMs: 0,
      lastSeq: 0,
      intervalSeconds: 60,
      lastHeardMs: 0,
    },
    ...{ stateSinceMs: nowMs - day, firstSeenMs: nowMs - day, receivedAtMs: nowMs },
  });
  await withStore(dataDir, async (store) => {
    for (let from = 1; from <= instances; from += portion) {
      const records = Array.from({ length: portion }, (_, n) => record(from + n));
      await store.write(instanceStatements(records));
    }
  });
}

async function withStore(dataDir: string, use: (store: Store) => Promise<void>): Promise<void> {
  const store = await openDataFolder(dataDir);
  try {
    await use(store);
  } finally {
    await store.close();
  }
}
