import { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '../../store/failure.ts';
import type { Slicer } from '../slicer.ts';
import { packMemory, type Unwritten } from './memory.ts';
import type { Result, Task } from './tasks.ts';
import type { Question, Reply } from './thread.ts';

/** Answers questions about periods on a thread of its own, one after the other. */
export type PeriodReader = {
  /**
   * Rejects with the reason of the signal when that aborts, with `StoreUnavailable` when the store
   * cannot be read.
   */
  perform(task: Task, signal: AbortSignal): Promise<Result>;
  close(): Promise<void>;
};

export type PeriodReaderOptions = {
  readonly file: string;
  /** The ledger's. */
  unwritten(): Iterable<Unwritten>;
  readonly turns: Slicer;
};

/** The thread is started by the first question, and again by the next one should it have ended. */
export function createPeriodReader({ file, unwritten, turns }: PeriodReaderOptions): PeriodReader {
  let thread: Worker | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  function running(): Worker {
    if (thread) return thread;
    const started = new Worker(new URL('./thread.ts', import.meta.url), { workerData: file });
    started.once('exit', () => {
      if (thread === started) thread = undefined;
    });
    // Whoever waits hears of it; there is always someone, for the thread does nothing by itself.
    started.on('error', () => undefined);
    thread = started;
    return started;
  }

  async function ask(question: Omit<Question, 'isLeft'>, signal: AbortSignal): Promise<Reply> {
    const isLeft = new Int32Array(new SharedArrayBuffer(4));
    const leave = () => Atomics.store(isLeft, 0, 1);
    signal.addEventListener('abort', leave, { once: true });
    const worker = running();
    const { instanceId, times } = question.memory;
    try {
      const replied = replyOf(worker);
      worker.postMessage({ ...question, isLeft } satisfies Question, [
        instanceId.buffer,
        times.buffer,
      ]);
      return await replied;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  return {
    perform(task, signal) {
      const mine = turn.then(async () => {
        signal.throwIfAborted();
        const memory = await packMemory(unwritten(), turns, signal);
        const reply = await ask({ task, memory }, signal);
        signal.throwIfAborted();
        if (reply.kind === 'failure') throw new StoreUnavailable(reply.failure);
        if (reply.kind === 'left') throw new Error('nobody left');
        return reply.result;
      });
      turn = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      await turn;
      await thread?.terminate();
    },
  };
}

/** The next message; rejects with what ended the thread when that comes first. */
function replyOf(worker: Worker): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const fail = (error: unknown) => reject(error);
  const end = () => reject(new Error('the thread that counts ended by itself'));
  worker.once('message', resolve).once('error', fail).once('exit', end);
  return promise.finally(() => {
    worker.off('message', resolve).off('error', fail).off('exit', end);
  });
}
