/** Longest time for which a result is used again. */
const maxAgeMs = 1_000;
/** Part of the time that the work may take: a tenth. */
const pauses = 9;

/**
 * Shares the result of costly work among all who request it while it is being made, and for as long
 * afterwards as bounds the work to a tenth of the time, at most a second. A result is never older
 * than that, and an occasional caller gets a new one. A failure is not used again.
 */
export function shareResult<T>(work: () => Promise<T>, nowMs: () => number): () => Promise<T> {
  let latest: Promise<T> | undefined;
  let usableUntilMs = Number.POSITIVE_INFINITY;

  return () => {
    if (latest && nowMs() < usableUntilMs) return latest;
    const startedAtMs = nowMs();
    usableUntilMs = Number.POSITIVE_INFINITY;
    const result = work();
    latest = result;
    const end = (isUsable: boolean) => {
      const endedAtMs = nowMs();
      const pauseMs = isUsable ? Math.min(maxAgeMs, pauses * (endedAtMs - startedAtMs)) : 0;
      usableUntilMs = endedAtMs + pauseMs;
    };
    result.then(
      () => end(true),
      () => end(false),
    );
    return result;
  };
}
