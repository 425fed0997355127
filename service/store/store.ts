import type { Heartbeat } from '../contract/heartbeat.ts';
import type { InstanceRecord } from '../contract/instance.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { takeDataFolder } from './data-folder.ts';
import { createEventLog, type EventLog } from './events/event-log.ts';
import type { StoreFailure } from './failure.ts';
import { createGroupCommit } from './group-commit.ts';
import { loadInstances } from './instances.ts';
import { createOutbox, type Outbox } from './outbox/outbox.ts';
import { createPresenceTable, type PresenceTable } from './presences/table.ts';
import { loadSettings, settingStatements } from './settings.ts';
import { type Statement, startWriter } from './writer.ts';

/** All that the service keeps on disk. Nothing outside this room knows SQL. */
export type Store = {
  readonly heartbeats: Outbox<Heartbeat>;
  readonly events: EventLog;
  readonly presences: PresenceTable;
  /** The rows of the registry, by `id`, as they are when the first is taken. */
  instances(): Iterable<InstanceRecord>;
  /** What was kept by `settingStatements`. */
  settings(): ReadonlyMap<string, string>;
  /** What parts that share a commit made, in one. Throws `StoreUnavailable`. */
  write(statements: readonly Statement[]): Promise<void>;
  /** Undefined while writes succeed. */
  failure(): StoreFailure | undefined;
  close(): Promise<void>;
};

/** A commit that takes longer than this is a disk that hangs; the service is not ready then. */
const hangingMs = 10_000;
/** While writes fail, one is tried this often, so that recovery is noticed without traffic. */
const probeMs = 1_000;

/** Opens the store in `dataDir`; throws `UnusableDataFolder` when it cannot be used. */
export async function openStore(
  options: { dataDir: string; maxRecords: number },
  runtime: { clock: Clock; log: Log; metrics: Metrics },
): Promise<Store> {
  const { clock } = runtime;
  const folder = takeDataFolder(options.dataDir);
  const writer = await startWriter(folder.file);
  const commits = createGroupCommit(writer, runtime);
  const { reading } = folder;
  const { maxRecords } = options;
  const heartbeats = createOutbox<Heartbeat>({
    stream: 'heartbeats',
    reading,
    commits,
    maxRecords,
    clock,
  });
  const events = createEventLog({ reading, commits, clock });
  const presences = createPresenceTable({ file: folder.file, reading, commits });

  const closing = new AbortController();
  const probing = (async () => {
    while (!closing.signal.aborted) {
      await clock.sleep(probeMs, closing.signal);
      if (commits.failure()) await commits.write(probe(clock.now())).catch(() => undefined);
    }
  })();

  return {
    heartbeats,
    events,
    presences,
    instances: () => loadInstances(reading),
    settings: () => loadSettings(reading),
    write: (statements) => commits.write(statements),
    failure() {
      const ms = commits.waitingMs();
      if (ms < hangingMs) return commits.failure();
      return {
        reason: 'io',
        detail: `a commit has been under way for ${Math.round(ms / 1_000)} s`,
      };
    },
    async close() {
      closing.abort();
      await probing;
      await commits.idle();
      await writer.close();
      folder.release();
    },
  };
}

const probe = (nowMs: number) => settingStatements(new Map([['probe', String(nowMs)]]));
