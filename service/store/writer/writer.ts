import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { type StoreFailure, StoreUnavailable } from '../failure.ts';

export type Statement = readonly [sql: string, ...parameters: SQLInputValue[]];

/** What the thread answers. */
export type WriterAnswer = { readonly failure?: StoreFailure; readonly hasMore?: boolean };

/** What the thread is asked for. */
export type WriterRequest =
  | readonly Statement[]
  | { readonly kind: 'shrink'; readonly keepPages: number }
  | { readonly kind: 'close' };

/**
 * Hands work to the one thread that writes, which does it piece by piece in the order of its
 * coming. A thread of its own, because a disk can take any time to sync, and neither heartbeats nor
 * timers may wait for it.
 */
export type Writer = {
  /** Runs the statements in one transaction; resolves when that is on disk, or did not happen. */
  commit(statements: readonly Statement[]): Promise<WriterAnswer>;
  /**
   * Gives some of the file's unused pages back to the file system, all but `keepPages` of them; in
   * pieces of some milliseconds each. `hasMore` says that another one is worth while.
   */
  shrink(keepPages: number): Promise<WriterAnswer>;
  close(): Promise<void>;
};

const gone: WriterAnswer = { failure: { reason: 'other', detail: 'the writing thread has ended' } };

/** Throws `StoreUnavailable` when the thread does not come to life. */
export async function startWriter(file: string): Promise<Writer> {
  const thread = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: file });
  const waiting: ((answer: WriterAnswer) => void)[] = [];
  let hasEnded = false;
  let isClosing = false;
  let cause: Error | undefined;

  const exited = Promise.withResolvers<void>();
  thread.on('message', (answer: WriterAnswer) => waiting.shift()?.(answer));
  thread.on('error', (error) => {
    cause = Error.isError(error) ? error : new Error(String(error));
  });
  // The thread catches what SQLite throws; anything else is a bug, and it must not be survived.
  // Those who wait hear of it, or the end of the process would wait for them.
  thread.once('exit', () => {
    hasEnded = true;
    for (const answer of waiting.splice(0)) answer(gone);
    exited.resolve();
    if (!isClosing) throw cause ?? new Error('the writing thread ended by itself');
  });

  const answered = () => new Promise<WriterAnswer>((resolve) => waiting.push(resolve));
  const ask = (request: WriterRequest): Promise<WriterAnswer> => {
    if (hasEnded) return Promise.resolve(gone);
    thread.postMessage(request);
    return answered();
  };

  const { failure } = await answered();
  if (failure) throw new StoreUnavailable(failure);
  return {
    commit: ask,
    shrink: (keepPages) => ask({ kind: 'shrink', keepPages }),
    async close() {
      isClosing = true;
      if (!hasEnded) thread.postMessage({ kind: 'close' } satisfies WriterRequest);
      await exited.promise;
    },
  };
}
