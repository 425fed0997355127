import { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '../failure.ts';
import type { Statement, WriterRequest, WriterResponse } from './messages.ts';

/**
 * Sends requests to the thread that writes, which executes them in their order. It is a thread of its
 * own because a disk can take any time to sync, and neither heartbeats nor timers may wait for it.
 */
export type StoreWriter = {
  /** Executes the statements in one transaction; resolves when it is on disk, or has failed. */
  commit(statements: readonly Statement[]): Promise<WriterResponse>;
  /**
   * Returns some of the file's unused pages to the file system, down to `keepPages`, in a few
   * milliseconds. `hasShrunk`: there were some; `hasMore`: another call would return more.
   */
  shrink(keepPages: number): Promise<WriterResponse>;
  close(): Promise<void>;
};

const ended: WriterResponse = {
  failure: { reason: 'other', detail: 'the writer thread has ended' },
};

/** Throws `StoreUnavailable` when the thread does not start. */
export async function startWriter(file: string): Promise<StoreWriter> {
  const thread = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: file });
  const waiting: ((response: WriterResponse) => void)[] = [];
  let hasEnded = false;
  let isClosing = false;
  let cause: Error | undefined;

  const exited = Promise.withResolvers<void>();
  thread.on('message', (response: WriterResponse) => waiting.shift()?.(response));
  thread.on('error', (error) => {
    cause = Error.isError(error) ? error : new Error(String(error));
  });
  // The thread catches the errors of SQLite; any other is a bug, and ends the process. Waiting
  // requests get a failure, or the end of the process would wait for them.
  thread.once('exit', () => {
    hasEnded = true;
    for (const respond of waiting.splice(0)) respond(ended);
    exited.resolve();
    if (!isClosing) throw cause ?? new Error('the writer thread ended by itself');
  });

  const response = () => new Promise<WriterResponse>((resolve) => waiting.push(resolve));
  const send = (request: WriterRequest): Promise<WriterResponse> => {
    if (hasEnded) return Promise.resolve(ended);
    thread.postMessage(request);
    return response();
  };

  const { failure } = await response();
  if (failure) throw new StoreUnavailable(failure);
  return {
    commit: send,
    shrink: (keepPages) => send({ kind: 'shrink', keepPages }),
    async close() {
      isClosing = true;
      if (!hasEnded) thread.postMessage({ kind: 'close' } satisfies WriterRequest);
      await exited.promise;
    },
  };
}
