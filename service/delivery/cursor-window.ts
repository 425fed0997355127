import type { Batch, DeadLetter } from '../contract/outbox.ts';

/**
 * The part of an outbox between the durable cursor and the last record that was handed out.
 *
 * Batches may finish in any order, but the cursor is one number: it may move to the end of the
 * longest run of finished batches directly behind it, and never past an unfinished one. A batch
 * stays in the window until the cursor is durably past it. So after a failed commit `settled` returns
 * all that has finished by then.
 */
export type CursorWindow<T> = {
  readonly cursor: number;
  readonly batches: readonly HandedOut<T>[];
};

type HandedOut<T> = {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Records that the destination rejected; undefined until the batch is finished. */
  readonly rejected: readonly DeadLetter<T>[] | undefined;
};

export const openWindow = <T>(cursor: number): CursorWindow<T> => ({ cursor, batches: [] });

/** Number of the last record handed out: reading continues behind it. */
export const lastHandedOut = <T>({ cursor, batches }: CursorWindow<T>): number =>
  batches.at(-1)?.lastSeq ?? cursor;

export function handOut<T>(window: CursorWindow<T>, batch: Batch<T>): CursorWindow<T> {
  const { firstSeq, records } = batch;
  const lastSeq = firstSeq + records.length - 1;
  return { ...window, batches: [...window.batches, { firstSeq, lastSeq, rejected: undefined }] };
}

/** Every record of the batch was delivered, or is among `rejected`. */
export function finish<T>(
  window: CursorWindow<T>,
  firstSeq: number,
  rejected: readonly DeadLetter<T>[],
): CursorWindow<T> {
  const batches = window.batches.map((batch) =>
    batch.firstSeq === firstSeq ? { ...batch, rejected } : batch,
  );
  return { ...window, batches };
}

/** New position of the cursor and the dead letters that it passes; undefined if it may not move. */
export function settled<T>({
  batches,
}: CursorWindow<T>): { seq: number; deadLetters: DeadLetter<T>[] } | undefined {
  let seq: number | undefined;
  const deadLetters: DeadLetter<T>[] = [];
  for (const { lastSeq, rejected } of batches) {
    if (!rejected) break;
    seq = lastSeq;
    deadLetters.push(...rejected);
  }
  return seq === undefined ? undefined : { seq, deadLetters };
}

/** The cursor stands durably at `seq`. */
export const moveCursor = <T>(window: CursorWindow<T>, seq: number): CursorWindow<T> => ({
  cursor: seq,
  batches: window.batches.filter(({ lastSeq }) => lastSeq > seq),
});
