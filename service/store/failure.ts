/** Failure to read or write the store; `reason` labels a metric, `detail` is for the log. */
export type StoreFailure = {
  readonly reason: 'full' | 'read-only' | 'io' | 'corrupt' | 'other';
  readonly detail: string;
};

/** Thrown where the file cannot be read or written now; a retry may succeed. */
export class StoreUnavailable extends Error {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure) {
    super(`the store is unavailable: ${failure.detail}`);
    this.failure = failure;
  }
}

/** Reasons by SQLite's primary result codes (sqlite.org/rescode.html). */
const reasons: Readonly<Record<number, StoreFailure['reason']>> = {
  8: 'read-only',
  10: 'io',
  11: 'corrupt',
  13: 'full',
  14: 'io',
  26: 'corrupt',
};

/** Whether SQLite itself failed; any other error is a bug of ours. */
export const isStoreFailure = (error: unknown): boolean =>
  Error.isError(error) && 'errcode' in error;

/** Failure for an error of node:sqlite; the low byte of its result code is the primary code. */
export function storeFailure(error: unknown): StoreFailure {
  const detail = Error.isError(error) ? error.message : String(error);
  const code = Error.isError(error) && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return { reason: reasons[code] ?? 'other', detail };
}

/** A number from the file, or NaN while the file cannot be read. */
export function numberOrNaN(read: () => number): number {
  try {
    return read();
  } catch (error) {
    if (error instanceof StoreUnavailable) return Number.NaN;
    throw error;
  }
}
