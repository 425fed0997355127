import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { StoreFailure } from './failure.ts';

export type Statement = readonly [sql: string, ...parameters: SQLInputValue[]];

/** What the thread answers to a group of statements. */
export type WriterAnswer = { readonly failure?: StoreFailure };

/**
 * Hands groups of statements to the one thread that writes, one at a time. A thread of its own,
 * because a disk can take any time to sync, and neither heartbeats nor timers may wait for it.
 */
export type Writer = {
  /** Runs the statements in one transaction; resolves when that is on disk, or did not happen. */
  commit(statements: readonly Statement[]): Promise<WriterAnswer>;
  close(): Promise<void>;
};

export async function startWriter(file: string): Promise<Writer> {
  const thread = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: file });
  let answer: (value: WriterAnswer) => void = () => undefined;
  const next = () =>
    new Promise<WriterAnswer>((resolve) => {
      answer = resolve;
    });
  thread.on('message', (value: WriterAnswer) => answer(value));
  // The thread catches what SQLite throws; anything else is a bug, and it must not be survived.
  thread.on('error', (error) => {
    throw error;
  });
  const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));

  await next();
  return {
    commit(statements) {
      const result = next();
      thread.postMessage(statements);
      return result;
    },
    async close() {
      thread.postMessage('close');
      await exited;
    },
  };
}
