/** Runs asynchronous work after all that was given before it has ended. */
type OneAtATime = <T>(work: () => Promise<T>) => Promise<T>;

/** A queue for asynchronous work, in the order of the calls. A failure reaches its caller only. */
export function createOneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
