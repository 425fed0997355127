import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { isStoreFailure, type StoreFailure, storeFailure } from '../../store/failure.ts';
import {
  openPresenceScan,
  type PresenceScan,
  type TakePresence,
} from '../../store/presences/scan.ts';
import { createKnownComponents, type KnownComponents } from './identities.ts';
import { type PackedMemory, unpackMemory } from './memory.ts';
import { perform, type Result, type Task } from './tasks.ts';

/**
 * The thread that counts: questions about long periods go through hundreds of thousands of rows,
 * and heartbeats are not to wait for them. It has a connection of its own, which only reads.
 */
export type Question = {
  readonly task: Task;
  readonly memory: PackedMemory;
  /** Becomes 1 when nobody waits any more. */
  readonly isLeft: Int32Array;
};

export type Reply =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'left' }
  | { readonly kind: 'failure'; readonly failure: StoreFailure };

const port = parentPort;
if (!port) throw new Error('thread.ts runs as a worker thread');
const file = String(workerData);

/**
 * Linux gives each thread a priority of its own. Where the cores are busy, heartbeats come first, and
 * counting gets about a tenth of one; elsewhere it makes no difference.
 */
function stepBack(): void {
  try {
    const [, , threadId] = readlinkSync('/proc/thread-self').split('/');
    setPriority(Number(threadId), 10);
  } catch {
    // Other systems have no such file: then it counts at the same priority.
  }
}

stepBack();
let connection: { scan: PresenceScan; known: KnownComponents } | undefined;

function connect() {
  const scan = openPresenceScan(file, () => performance.now());
  return { scan, known: createKnownComponents(scan) };
}

class Left extends Error {}

/** Looked at so often whether anyone still waits: every few milliseconds. */
const lookedAfter = 10_000;

/** The same scan, which ends with `Left` when nobody waits any more. */
function attentive(scan: PresenceScan, isLeft: Int32Array): PresenceScan {
  const watched = (take: TakePresence): typeof take =>
    (() => {
      let taken = 0;
      return (...presence) => {
        if (++taken % lookedAfter === 0 && Atomics.load(isLeft, 0) === 1) throw new Left();
        take(...presence);
      };
    })();
  return {
    ...scan,
    within: (time, take) => scan.within(time, watched(take)),
    withinOf: (ids, time, take) => scan.withinOf(ids, time, watched(take)),
  };
}

function answer({ task, memory, isLeft }: Question): Reply {
  try {
    connection ??= connect();
    const { known } = connection;
    const scan = attentive(connection.scan, isLeft);
    return {
      kind: 'done',
      result: scan.atOnce(() => perform(scan, known, task, unpackMemory(memory))),
    };
  } catch (error) {
    if (error instanceof Left) return { kind: 'left' };
    discard();
    if (!isStoreFailure(error)) throw error;
    return { kind: 'failure', failure: storeFailure(error) };
  }
}

/** Whatever state a failure has left behind cannot outlive it. */
function discard(): void {
  try {
    connection?.scan.close();
  } catch {
    // A connection that cannot even be closed is given up.
  }
  connection = undefined;
}

port.on('message', (question: Question) => {
  const reply = answer(question);
  port.postMessage(reply, reply.kind === 'done' ? buffersOf(reply.result) : []);
});

/** What need not be copied. */
function buffersOf(result: Result): ArrayBuffer[] {
  if (result.kind === 'write' && result.answer.kind === 'written') {
    return [result.answer.text.buffer];
  }
  if (result.kind !== 'count' || result.counted.kind !== 'rows') return [];
  const { step, group, active, max, started, ended } = result.counted.rows;
  return [step, group, active, max, started, ended].map(({ buffer }) => buffer);
}
