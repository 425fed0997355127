/** Longest time for which a result is used again. */
const maxAgeMs = 1_000;
/** Part of the time that the work may take in the long run. */
const share = 0.1;
/** Time that the work may take at once, after a pause. */
const maxCreditMs = 1_000;

/**
 * Shares the result of costly work among all who request it while it is being made. If the work
 * takes more than a tenth of the time, a result is also used again, for at most a second; an
 * occasional caller always gets a new one. A failure is not used again.
 */
export function shareResult<T>(work: () => Promise<T>, nowMs: () => number): () => Promise<T> {
  let latest: Promise<T> | undefined;
  let isRunning = false;
  let endedAtMs = nowMs();
  let creditMs = maxCreditMs;

  const isUsable = (): boolean => {
    if (isRunning) return true;
    const ageMs = nowMs() - endedAtMs;
    return creditMs + ageMs * share <= 0 && ageMs < maxAgeMs;
  };

  return () => {
    if (latest && isUsable()) return latest;
    const startedAtMs = nowMs();
    isRunning = true;
    const result = work();
    latest = result;
    const end = () => {
      const earnedMs = (startedAtMs - endedAtMs) * share;
      endedAtMs = nowMs();
      creditMs = Math.min(maxCreditMs, creditMs + earnedMs) - (endedAtMs - startedAtMs);
      isRunning = false;
    };
    result.then(end, () => {
      end();
      latest = undefined;
    });
    return result;
  };
}
