import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Batch } from '../contract/outbox.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Change } from '../liveness/change-queue.ts';
import type { Evaluator } from '../liveness/evaluator.ts';
import type { Ref, Registry } from '../registry/registry.ts';
import { forgetInstances, instanceStatements } from '../store/instances.ts';
import { settingStatements } from '../store/settings.ts';
import type { Store } from '../store/store.ts';
import type { Statement } from '../store/writer/writer.ts';

/**
 * Follows the outbox of heartbeats in memory and makes what is derived from it durable.
 *
 *   outbox ─▶ evaluator (registry, events)      checkpoint: ledger ─▶ rows ─▶ rows and cursor
 *        └──▶ ledger
 *
 * What holds, whatever dies: the durable cursor passes a heartbeat only when the ledger and the row
 * of its instance have it on disk; what lies behind the cursor is applied again at the next start,
 * where it changes nothing that is there already. And rows are written as they were when the events
 * of the same commit were taken: a row that is ahead of an event would swallow it.
 */
export type Observer = {
  /** Applies what the durable cursor has not passed, before the first new heartbeat. */
  replay(): number;
  apply(batch: Batch<Heartbeat>): void;
  /** How the evaluator's changes come to the disk. Throws `StoreUnavailable`. */
  commit(change: Change): Promise<void>;
  /** Lets the next checkpoint move the cursor to here. Throws `StoreUnavailable`. */
  saveLedger(): Promise<void>;
  /** Heartbeats applied since the last checkpoint began. */
  pending(): number;
};

const replayRecords = 5_000;

export function createObserver(parts: {
  store: Store;
  registry: Registry;
  ledger: Ledger;
  evaluator: () => Evaluator;
}): Observer {
  const { store, registry, ledger } = parts;
  const reader = store.heartbeats.reader('liveness', 'internal');
  let applied = reader.cursor;
  let checkpointed = applied;
  /** All heartbeats up to this one are in the ledger on disk. */
  let recorded = applied;

  /** Whoever is forgotten while its row is written is not dirty again if that fails. */
  const isKnown = (ref: Ref) => registry.next(ref - 1) === ref;

  function apply({ firstSeq, records }: Batch<Heartbeat>): void {
    const evaluator = parts.evaluator();
    let seq = firstSeq;
    for (const heartbeat of records) {
      const ref = evaluator.beat(heartbeat, seq++);
      const downMs = evaluator.downMs(heartbeat, ref);
      if (ref === undefined) ledger.recordUnknown(heartbeat, downMs);
      else ledger.record(ref, heartbeat, downMs);
    }
    applied = firstSeq + records.length - 1;
  }

  return {
    replay() {
      const from = applied;
      while (applied < reader.head) {
        const batch = reader.read(applied, replayRecords);
        if (batch.records.length === 0) break;
        apply(batch);
      }
      return applied - from;
    },
    apply,
    async commit({ events, removed, refs, settings, dirtyRows, isCheckpoint }) {
      const dirty = registry.takeDirty(dirtyRows);
      const settlement = isCheckpoint ? reader.settlement(recorded, []) : undefined;
      const statements: Statement[] = [
        ...(removed.length > 0 ? [forgetInstances(removed)] : []),
        ...instanceStatements([...new Set([...refs, ...dirty])].map(registry.record)),
        ...settingStatements(settings),
        ...(settlement?.statements ?? []),
      ];
      try {
        await store.events.append(events, statements);
      } catch (error) {
        for (const ref of dirty) if (isKnown(ref)) registry.markDirty(ref);
        throw error;
      }
      settlement?.committed();
    },
    async saveLedger() {
      const seq = applied;
      checkpointed = seq;
      await ledger.checkpoint();
      recorded = seq;
    },
    pending: () => applied - checkpointed,
  };
}
