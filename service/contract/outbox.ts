/** Consecutive records of an outbox: `records[i]` has the number `firstSeq + i`. */
export type Batch<T> = { readonly firstSeq: number; readonly records: readonly T[] };

export type DeadLetter<T> = { readonly seq: number; readonly record: T; readonly reason: string };

/**
 * One reader's view of an outbox: the durable, ordered log of records, numbered 1, 2, 3, … without
 * gaps. The reader's cursor is the number of the last record that it has finished.
 */
export type OutboxReader<T> = {
  /** The durable cursor; 0 before the first record is settled. */
  readonly cursor: number;
  /** Number of the newest record on disk; 0 when there never was one. */
  readonly head: number;
  /**
   * Up to `limit` records after number `afterSeq`; empty at the end of the log. The first one is not
   * `afterSeq + 1` only where records are missing: expired, or lost with a damaged file. Throws
   * while the store cannot be read.
   */
  read(afterSeq: number, limit: number): Batch<T>;
  /**
   * Moves the cursor to `seq` and keeps the dead letters, in one commit: resolves when on disk.
   * Rejects when the store cannot write now; then nothing is changed.
   */
  settle(seq: number, deadLetters: readonly DeadLetter<T>[]): Promise<void>;
  /** Calls `listener` after each commit that appended; returns the function that ends this. */
  onAppend(listener: () => void): () => void;
};
