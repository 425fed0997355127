import { Worker } from 'node:worker_threads';
import type { Unwritten } from '../../ledger/reading.ts';
import { createOneAtATime } from '../../runtime/concurrency/one-at-a-time.ts';
import type { Slicer } from '../../runtime/concurrency/slicer.ts';
import { StoreUnavailable } from '../../store/failure.ts';
import type { Availability } from '../availability/measure.ts';
import type { Timeline, TimelineQuery } from '../timeline/query.ts';
import { packMemory } from './memory.ts';
import { buffersOf } from './presence-columns.ts';
import type { AvailabilityQuery } from './query.ts';
import type { ActiveResult, ActiveTask, PeriodReply, PeriodRequest, PeriodTask } from './thread.ts';

/**
 * Runs queries for periods on a thread of its own, one after the other. They reject with the reason
 * of the signal when that aborts, and with `StoreUnavailable` if the store cannot be read.
 */
export type PeriodReader = {
  countAndWrite(task: Omit<ActiveTask, 'kind'>, signal: AbortSignal): Promise<ActiveResult>;
  measure(query: AvailabilityQuery, signal: AbortSignal): Promise<readonly Availability[]>;
  timelines(query: TimelineQuery, signal: AbortSignal): Promise<readonly Timeline[]>;
  close(): Promise<void>;
};

type PeriodReaderOptions = {
  /** Path of the database. */
  readonly file: string;
  /** Presences that the ledger has in memory. */
  unwritten(): Iterable<Unwritten>;
  readonly slicer: Slicer;
};

/** The first query starts the thread; if it has ended, the next one starts it again. */
export function createPeriodReader({ file, unwritten, slicer }: PeriodReaderOptions): PeriodReader {
  const oneAtATime = createOneAtATime();
  let thread: Worker | undefined;

  function runningThread(): Worker {
    if (thread) return thread;
    const started = new Worker(new URL('./thread.ts', import.meta.url), { workerData: file });
    started.once('exit', () => {
      if (thread === started) thread = undefined;
    });
    // The query that runs gets the error; the thread does nothing without one.
    started.on('error', () => undefined);
    thread = started;
    return started;
  }

  async function exchange<T>(task: PeriodTask, signal: AbortSignal): Promise<PeriodReply<T>> {
    const memory = needsLedger(task) ? await packMemory(unwritten(), slicer, signal) : undefined;
    const isAborted = new Int32Array(new SharedArrayBuffer(4));
    const abort = () => Atomics.store(isAborted, 0, 1);
    signal.addEventListener('abort', abort, { once: true });
    const worker = runningThread();
    try {
      const reply = nextMessage<PeriodReply<T>>(worker);
      const request: PeriodRequest = { task, memory, isAborted };
      worker.postMessage(request, memory ? buffersOf(memory.presences) : []);
      return await reply;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  const run = <T>(task: PeriodTask, signal: AbortSignal): Promise<T> =>
    oneAtATime(async () => {
      signal.throwIfAborted();
      const reply = await exchange<T>(task, signal);
      signal.throwIfAborted();
      if (reply.kind === 'failure') throw new StoreUnavailable(reply.failure);
      if (reply.kind === 'aborted') throw new Error('the thread aborted a task without a reason');
      return reply.result;
    });

  return {
    countAndWrite: (task, signal) => run({ kind: 'active', ...task }, signal),
    measure: (query, signal) => run({ kind: 'availability', query }, signal),
    timelines: (query, signal) => run({ kind: 'timeline', query }, signal),
    close: () => oneAtATime(async () => void (await thread?.terminate())),
  };
}

const needsLedger = (task: PeriodTask): boolean =>
  task.kind !== 'active' || task.isCompared || task.delivered === undefined;

/** Rejects with the error that ends the thread first. */
function nextMessage<T>(worker: Worker): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const exit = () => reject(new Error('the thread that counts ended by itself'));
  worker.once('message', resolve).once('error', reject).once('exit', exit);
  return promise.finally(() => {
    worker.off('message', resolve).off('error', reject).off('exit', exit);
  });
}
