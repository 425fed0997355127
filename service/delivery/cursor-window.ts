import type { Batch, DeadLetter } from '../contract/outbox.ts';

/**
 * The part of an outbox between the durable cursor and the last record that was handed out.
 *
 * Batches may finish in any order, but the cursor is one number: it may move to the end of the
 * longest run of finished batches that begins right behind it, and never past an unfinished one.
 * A batch stays in the window until the cursor is durably past it, so what is due for settling can
 * be asked again after a failure, and is then as much as has finished by then.
 */
export type CursorWindow<T> = {
  readonly cursor: number;
  readonly batches: readonly HandedOut<T>[];
};

type HandedOut<T> = {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** What the destination refused of it, once the batch is finished. */
  readonly refused: readonly DeadLetter<T>[] | undefined;
};

export const openWindow = <T>(cursor: number): CursorWindow<T> => ({ cursor, batches: [] });

/** The number of the last record handed out: reading goes on behind it. */
export const lastHandedOut = <T>({ cursor, batches }: CursorWindow<T>): number =>
  batches.at(-1)?.lastSeq ?? cursor;

export function handOut<T>(window: CursorWindow<T>, batch: Batch<T>): CursorWindow<T> {
  const { firstSeq, records } = batch;
  const lastSeq = firstSeq + records.length - 1;
  return { ...window, batches: [...window.batches, { firstSeq, lastSeq, refused: undefined }] };
}

/** Every record of the batch was delivered, or stands among `refused`. */
export function finish<T>(
  window: CursorWindow<T>,
  firstSeq: number,
  refused: readonly DeadLetter<T>[],
): CursorWindow<T> {
  const batches = window.batches.map((batch) =>
    batch.firstSeq === firstSeq ? { ...batch, refused } : batch,
  );
  return { ...window, batches };
}

/** How far the cursor may move now, and the dead letters that it passes; nothing if it may not. */
export function settled<T>({
  batches,
}: CursorWindow<T>): { seq: number; deadLetters: DeadLetter<T>[] } | undefined {
  let seq: number | undefined;
  const deadLetters: DeadLetter<T>[] = [];
  for (const { lastSeq, refused } of batches) {
    if (!refused) break;
    seq = lastSeq;
    deadLetters.push(...refused);
  }
  return seq === undefined ? undefined : { seq, deadLetters };
}

/** The cursor stands durably at `seq`. */
export const moveCursor = <T>(window: CursorWindow<T>, seq: number): CursorWindow<T> => ({
  cursor: seq,
  batches: window.batches.filter(({ lastSeq }) => lastSeq > seq),
});
