import { setTimeout as delay } from 'node:timers/promises';

type UntilOptions = {
  /** What is waited for; by default the text of the condition. */
  readonly what?: string;
  /** Shorter than the time limit of a test, so that its failure names the condition. */
  readonly timeoutMs?: number;
  readonly everyMs?: number;
};

/** Waits until a condition holds; rejects, and names the condition, if it does not in time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { what = String(condition), timeoutMs = 20_000, everyMs = 10 }: UntilOptions = {},
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not after ${timeoutMs} ms: ${what}`);
    await delay(everyMs);
  }
}
