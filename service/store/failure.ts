/** Why the store could not write; `reason` labels a metric, `detail` is for the log. */
export type StoreFailure = {
  readonly reason: 'full' | 'read-only' | 'io' | 'corrupt' | 'other';
  readonly detail: string;
};

/** Thrown by writes that have no one to answer to but the caller's own retry. */
export class StoreUnavailable extends Error {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure) {
    super(`the store cannot write: ${failure.detail}`);
    this.failure = failure;
  }
}

/** SQLite's primary result codes (sqlite.org/rescode.html) that say more than "error". */
const reasons: Readonly<Record<number, StoreFailure['reason']>> = {
  8: 'read-only',
  10: 'io',
  11: 'corrupt',
  13: 'full',
  14: 'io',
  26: 'corrupt',
};

/** Reads the result code of what node:sqlite threw; the low byte of it is the primary code. */
export function storeFailure(error: unknown): StoreFailure {
  const detail = Error.isError(error) ? error.message : String(error);
  const code = Error.isError(error) && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return { reason: reasons[code] ?? 'other', detail };
}
