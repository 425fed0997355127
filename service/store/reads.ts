import { type StoreFailure, StoreUnavailable, storeFailure } from './failure.ts';

/** Runs all reads of the file; the last failure is part of `/health`. */
export type Reads = {
  /** Returns the result of `read`; throws `StoreUnavailable` where it throws. */
  run<R>(read: () => R): R;
  /** Failure of the last read; undefined if it succeeded. */
  failure(): StoreFailure | undefined;
};

export function createReads(): Reads {
  let failure: StoreFailure | undefined;
  return {
    run(read) {
      try {
        const result = read();
        failure = undefined;
        return result;
      } catch (error) {
        failure = storeFailure(error);
        throw new StoreUnavailable(failure);
      }
    },
    failure: () => failure,
  };
}
