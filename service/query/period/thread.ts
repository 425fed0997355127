import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { isStoreFailure, type StoreFailure, storeFailure } from '../../store/failure.ts';
import { openPresenceScan, type TakePresence } from '../../store/presences/scan.ts';
import { type PackedMemory, unpackMemory } from './memory.ts';
import { createStoredComponents } from './stored-components.ts';
import { countAndWrite, measure, type PeriodTask, type ReadLedger } from './tasks.ts';

/**
 * The thread that counts: queries for long periods read hundreds of thousands of rows, and a
 * heartbeat must not wait for them. The thread has a connection of its own, which only reads.
 */
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

function ledgerReader(memory: PackedMemory | undefined, isAborted: Int32Array): ReadLedger {
  const checked = (take: TakePresence): TakePresence => {
    let taken = 0;
    return (...presence) => {
      const isDue = ++taken % checkedPresences === 0;
      if (isDue && Atomics.load(isAborted, 0) === 1) throw new CallerLeft();
      take(...presence);
    };
  };
  return (read) => {
    if (!memory) throw new Error('a task that reads the ledger needs what is in memory');
    connection ??= connect();
    const { scan, components } = connection;
    const checkedScan = {
      ...scan,
      allPresences: (...[range, take]: Parameters<typeof scan.allPresences>) =>
        scan.allPresences(range, checked(take)),
      presencesOf: (...[ids, range, take]: Parameters<typeof scan.presencesOf>) =>
        scan.presencesOf(ids, range, checked(take)),
    };
    return scan.atOnce(() => read({ scan: checkedScan, components, memory: unpackMemory(memory) }));
  };
}

function reply({ task, memory, isAborted }: PeriodRequest) {
  const readLedger = ledgerReader(memory, isAborted);
  try {
    const result =
      task.kind === 'active' ? countAndWrite(task, readLedger) : measure(task, readLedger);
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
