import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Batch } from '../contract/outbox.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Change } from '../liveness/change-queue.ts';
import type { Evaluator } from '../liveness/evaluator.ts';
import type { Registry } from '../registry/registry.ts';
import { forgetInstances, instanceStatements } from '../store/instances.ts';
import { settingStatements } from '../store/settings.ts';
import type { Store } from '../store/store.ts';
import type { Statement } from '../store/writer.ts';

/**
 * Follows the outbox of heartbeats in memory and makes what is derived from it durable.
 *
 *   outbox ─▶ evaluator (registry, events)      checkpoint: ledger ─▶ rows ─▶ cursor
 *        └──▶ ledger
 *
 * What holds, whatever dies: the durable cursor passes a heartbeat only when the ledger and the row
 * of its instance have it on disk; what lies behind the cursor is applied again at the next start,
 * where it changes nothing that is there already.
 */
export type Observer = {
  /** Applies what the durable cursor has not passed, before the first new heartbeat. */
  replay(): number;
  apply(batch: Batch<Heartbeat>): void;
  /** How the evaluator's changes come to the disk. Throws `StoreUnavailable`. */
  commit(change: Change): Promise<void>;
  /** Heartbeats applied since the last checkpoint began. */
  pending(): number;
};

const replayRecords = 5_000;
/** Rows in one commit of a checkpoint: who waits for an acknowledgement waits for it. */
const rowsTogether = 2_000;

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

  function apply({ firstSeq, records }: Batch<Heartbeat>): void {
    const evaluator = parts.evaluator();
    for (const [index, heartbeat] of records.entries()) {
      const ref = evaluator.beat(heartbeat, firstSeq + index);
      const downMs = evaluator.downMs(heartbeat);
      if (ref === undefined) ledger.recordUnknown(heartbeat, downMs);
      else ledger.record(ref, heartbeat, downMs);
    }
    applied = firstSeq + records.length - 1;
  }

  async function writeRows(): Promise<void> {
    for (;;) {
      const refs = registry.takeDirty(rowsTogether);
      if (refs.length === 0) return;
      try {
        await store.write(instanceStatements(refs.map(registry.record)));
      } catch (error) {
        for (const ref of refs) registry.markDirty(ref);
        throw error;
      }
    }
  }

  async function checkpoint(): Promise<ReturnType<typeof reader.settlement>> {
    const seq = applied;
    checkpointed = seq;
    await ledger.checkpoint();
    await writeRows();
    return reader.settlement(seq, []);
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
    async commit({ events, removed, refs, settings, isCheckpoint }) {
      const settlement = isCheckpoint ? await checkpoint() : undefined;
      const statements: Statement[] = [
        ...(removed.length > 0 ? [forgetInstances(removed)] : []),
        ...instanceStatements(refs.map(registry.record)),
        ...settingStatements(settings),
        ...(settlement?.statements ?? []),
      ];
      await store.events.append(events, statements);
      settlement?.committed();
    },
    pending: () => applied - checkpointed,
  };
}
