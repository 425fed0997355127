import { defined } from '../../contract/defined.ts';
import type { PresenceScan } from '../../store/presences/scan.ts';
import { countActive, type TooManyRows } from '../active/counts.ts';
import { type DeliveredHeartbeats, deliveredPresences } from '../active/delivered.ts';
import type { ActiveQuery } from '../active/query.ts';
import { differentRows, writeActiveRows, writeDifferences } from '../active/rows.ts';
import { type Availability, measureAvailability } from '../availability/measure.ts';
import type { AvailabilityQuery } from '../availability/query.ts';
import type { RowFormat } from '../rows.ts';
import { findPresences } from './find-presences.ts';
import { type Memory, wasActiveInMemory } from './memory.ts';
import type { StoredComponents } from './stored-components.ts';

/** Counts active instances, of the ledger or of delivered heartbeats, and writes the rows. */
export type ActiveTask = {
  readonly kind: 'active';
  readonly query: ActiveQuery;
  readonly format: RowFormat;
  readonly delivered?: DeliveredHeartbeats | undefined;
  /** Whether the rows are those in which the ledger and the delivered heartbeats differ. */
  readonly isCompared: boolean;
};

export type AvailabilityTask = { readonly kind: 'availability'; readonly query: AvailabilityQuery };

export type PeriodTask = ActiveTask | AvailabilityTask;

/** Text of all rows, or the number of groups of a result that would have too many rows. */
export type ActiveResult =
  | { readonly kind: 'text'; readonly text: Uint8Array<ArrayBuffer> }
  | TooManyRows;

/** One state of the ledger: a snapshot of the store, and the presences in memory. */
export type LedgerState = {
  readonly scan: PresenceScan;
  readonly components: StoredComponents;
  readonly memory: Memory;
};

export type ReadLedger = <T>(read: (ledger: LedgerState) => T) => T;

export const needsLedger = (task: PeriodTask): boolean =>
  task.kind === 'availability' || task.isCompared || task.delivered === undefined;

export function countAndWrite(
  { query, format, delivered, isCompared }: ActiveTask,
  readLedger: ReadLedger,
): ActiveResult {
  const needsInstance = query.by.includes('instance');
  const countLedger = () =>
    readLedger(({ scan, components, memory }) =>
      countActive(query, findPresences(scan, components, { ...query, needsInstance }, memory)),
    );
  const first = delivered
    ? countActive(query, deliveredPresences(query, delivered))
    : countLedger();
  if (first.kind === 'too-many') return first;
  if (!isCompared) return { kind: 'text', text: writeActiveRows(query, first, format) };
  const ledger = countLedger();
  if (ledger.kind === 'too-many') return ledger;
  return {
    kind: 'text',
    text: writeDifferences(query, differentRows(query, ledger, first), format),
  };
}

export function measure({ query }: AvailabilityTask, readLedger: ReadLedger): Availability[] {
  const { fromMs, nowMs, by } = query;
  return readLedger(({ scan, components, memory }) => {
    // An instance that is up is available since its last heartbeat too, though not active since then.
    const presenceQuery = { ...query, reachingMs: nowMs, needsInstance: by.includes('instance') };
    const presences = findPresences(scan, components, presenceQuery, memory);
    return measureAvailability(query, presences, ({ name = '', version = '', instance }) => {
      const subject = defined({ name, version, instance });
      return scan.wasActive(subject, fromMs) || wasActiveInMemory(memory, subject, fromMs);
    });
  });
}
