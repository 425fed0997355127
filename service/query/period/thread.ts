import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { defined } from '../../contract/defined.ts';
import { isStoreFailure, type StoreFailure, storeFailure } from '../../store/failure.ts';
import { openPresenceScan } from '../../store/presences/scan.ts';
import { countActive, type TooManyRows } from '../active/counts.ts';
import { type DeliveredHeartbeats, deliveredPresences } from '../active/delivered.ts';
import { differentRows, writeActiveRows, writeDifferences } from '../active/rows.ts';
import { type Availability, measureAvailability } from '../availability/measure.ts';
import type { RowFormat } from '../rows.ts';
import { measureTimelines } from '../timeline/measure.ts';
import type { TimelineQuery } from '../timeline/query.ts';
import { createStoredComponents, findPresences, type LedgerState } from './find-presences.ts';
import { groupKeys } from './groups.ts';
import { type PackedMemory, unpackMemory, wasActiveInMemory } from './memory.ts';
import type { ActiveQuery, AvailabilityQuery } from './query.ts';

/*
 * The thread that counts: queries for long periods read hundreds of thousands of rows, and a
 * heartbeat must not wait for them. The thread has a connection of its own, which only reads.
 */

/** Counts active instances, of the ledger or of delivered heartbeats, and writes the rows. */
export type ActiveTask = {
  readonly kind: 'active';
  readonly query: ActiveQuery;
  readonly format: RowFormat;
  readonly delivered?: DeliveredHeartbeats | undefined;
  /** Whether the rows are those in which the ledger and the delivered heartbeats differ. */
  readonly isCompared: boolean;
};

type AvailabilityTask = { readonly kind: 'availability'; readonly query: AvailabilityQuery };

type TimelineTask = { readonly kind: 'timeline'; readonly query: TimelineQuery };

export type PeriodTask = ActiveTask | AvailabilityTask | TimelineTask;

/** Text of all rows, or the number of groups of a result that would have too many rows. */
export type ActiveResult =
  | { readonly kind: 'text'; readonly text: Uint8Array<ArrayBuffer> }
  | TooManyRows;

export type PeriodRequest = {
  readonly task: PeriodTask;
  /** Undefined for a task that does not read the ledger. */
  readonly memory: PackedMemory | undefined;
  /** Becomes 1 when the caller has left. */
  readonly isAborted: Int32Array;
};

export type PeriodReply<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'failure'; readonly failure: StoreFailure };

const port = parentPort;
if (!port) throw new Error('thread.ts runs as a worker thread');
const file = String(workerData);

/**
 * Linux gives each thread a priority of its own. With all cores busy, heartbeats come first, and
 * this thread gets about a tenth of a core.
 */
function lowerPriority(): void {
  try {
    const [, , threadId] = readlinkSync('/proc/thread-self').split('/');
    setPriority(Number(threadId), 10);
  } catch {
    // Other systems have no such file: the thread keeps its priority.
  }
}

function connect() {
  const scan = openPresenceScan(file, () => performance.now());
  return { scan, components: createStoredComponents(scan) };
}

lowerPriority();
let connection: ReturnType<typeof connect> | undefined;

class CallerLeft extends Error {}

/** Presences between two checks whether the caller has left: some milliseconds. */
const checkedPresences = 10_000;

type ReadLedger = <T>(read: (ledger: LedgerState) => T) => T;

function ledgerReader(memory: PackedMemory | undefined, isAborted: Int32Array): ReadLedger {
  let taken = 0;
  const onPresence = (): void => {
    const isDue = ++taken % checkedPresences === 0;
    if (isDue && Atomics.load(isAborted, 0) === 1) throw new CallerLeft();
  };
  return (read) => {
    if (!memory) throw new Error('a task that reads the ledger needs what is in memory');
    connection ??= connect();
    const { scan, components } = connection;
    return scan.atOnce(() => read({ scan, components, memory: unpackMemory(memory), onPresence }));
  };
}

function countAndWrite(
  { query, format, delivered, isCompared }: ActiveTask,
  readLedger: ReadLedger,
): ActiveResult {
  const countLedger = () =>
    readLedger((ledger) => countActive(query, findPresences(ledger, query)));
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

function measure({ query }: AvailabilityTask, readLedger: ReadLedger): Availability[] {
  const { fromMs, nowMs } = query;
  return readLedger((ledger) => {
    // An instance that is up is available since its last heartbeat too, though not active since then.
    const presences = findPresences(ledger, { ...query, reachingMs: nowMs });
    return measureAvailability(query, presences, ({ name = '', version = '', instance }) => {
      const subject = defined({ name, version, instance });
      return (
        ledger.scan.wasActive(subject, fromMs) || wasActiveInMemory(ledger.memory, subject, fromMs)
      );
    });
  });
}

/** Instances whose presence may go on have their place too, also without a heartbeat in the period. */
const measureTimeline = ({ query }: TimelineTask, readLedger: ReadLedger) =>
  readLedger((ledger) =>
    measureTimelines(
      query,
      findPresences(ledger, { ...query, by: groupKeys, reachingMs: query.nowMs }),
    ),
  );

function perform(task: PeriodTask, readLedger: ReadLedger) {
  switch (task.kind) {
    case 'active':
      return countAndWrite(task, readLedger);
    case 'availability':
      return measure(task, readLedger);
    case 'timeline':
      return measureTimeline(task, readLedger);
  }
}

function reply({ task, memory, isAborted }: PeriodRequest) {
  const readLedger = ledgerReader(memory, isAborted);
  try {
    const result = perform(task, readLedger);
    return { kind: 'done', result } as const;
  } catch (error) {
    if (error instanceof CallerLeft) return { kind: 'aborted' } as const;
    closeConnection();
    if (!isStoreFailure(error)) throw error;
    return { kind: 'failure', failure: storeFailure(error) } as const;
  }
}

/** After a failure the next task opens a new connection. */
function closeConnection(): void {
  try {
    connection?.scan.close();
  } catch {
    // A connection that cannot be closed is given up.
  }
  connection = undefined;
}

port.on('message', (request: PeriodRequest) => {
  const message = reply(request);
  const isText =
    message.kind === 'done' && 'kind' in message.result && message.result.kind === 'text';
  port.postMessage(message, isText ? [message.result.text.buffer] : []);
});
