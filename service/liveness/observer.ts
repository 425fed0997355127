import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Batch } from '../contract/outbox.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Ref, Registry } from '../registry/registry.ts';
import { forgetInstances, instanceStatements } from '../store/instances.ts';
import { settingStatements } from '../store/settings.ts';
import type { Store } from '../store/store.ts';
import type { Statement } from '../store/writer/messages.ts';
import type { ChangeSet } from './change-queue.ts';
import type { Evaluator } from './evaluator.ts';

const replayRecords = 5_000;

/**
 * Reads the outbox of heartbeats, and makes what is derived from it durable.
 *
 *   outbox ─▶ evaluator (registry, events)      checkpoint: ledger ─▶ rows ─▶ rows and cursor
 *        └──▶ ledger
 *
 * Invariants, whatever dies: the durable cursor passes a heartbeat only when the ledger and the row
 * of its instance are on disk; heartbeats behind the cursor are applied again at the next start,
 * where they change nothing that is there already. And rows are written as they were when the events
 * of the same commit were taken: a row that is ahead of an event would swallow it.
 */
export function createObserver(parts: { store: Store; registry: Registry; ledger: Ledger }) {
  const { store, registry, ledger } = parts;
  const reader = store.heartbeats.reader('liveness', 'internal');
  let applied = reader.cursor;
  let checkpointed = applied;
  /** All heartbeats up to this one are in the ledger on disk. */
  let recorded = applied;

  /** An instance that is forgotten while its row is written is not dirty again if that fails. */
  const isKnown = (ref: Ref) => registry.next(ref - 1) === ref;

  function apply({ firstSeq, records }: Batch<Heartbeat>, evaluator: Evaluator): void {
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
    apply,
    /** Applies what the durable cursor has not passed, before the first new heartbeat. */
    replay(evaluator: Evaluator): number {
      const from = applied;
      while (applied < reader.head) {
        const batch = reader.read(applied, replayRecords);
        if (batch.records.length === 0) break;
        apply(batch, evaluator);
      }
      return applied - from;
    },
    /** Writes a change set of the evaluator. Throws `StoreUnavailable`. */
    async commit(changes: ChangeSet): Promise<void> {
      const dirty = registry.takeDirty(changes.dirtyRows);
      const settlement = changes.isCheckpoint ? reader.settlement(recorded, []) : undefined;
      const statements: Statement[] = [
        ...(changes.removed.length > 0 ? [forgetInstances(changes.removed)] : []),
        ...instanceStatements([...new Set([...changes.refs, ...dirty])].map(registry.record)),
        ...settingStatements(changes.settings),
        ...(settlement?.statements ?? []),
      ];
      try {
        await store.events.append(changes.events, statements);
      } catch (error) {
        for (const ref of dirty) if (isKnown(ref)) registry.markDirty(ref);
        throw error;
      }
      settlement?.committed();
    },
    /** Lets the next checkpoint move the cursor to here. Throws `StoreUnavailable`. */
    async saveLedger(): Promise<void> {
      const seq = applied;
      checkpointed = seq;
      await ledger.checkpoint();
      recorded = seq;
    },
    /** Number of heartbeats applied since the last checkpoint began. */
    pending: () => applied - checkpointed,
  };
}
