import { type StoreFailure, StoreUnavailable, storeFailure } from './failure.ts';

/** All reading of the file while the service runs: the last failure stands in `/health`. */
export type Reads = {
  /** Gives what `read` gives; throws `StoreUnavailable` where that throws. */
  run<R>(read: () => R): R;
  /** Undefined when the last read succeeded. */
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
