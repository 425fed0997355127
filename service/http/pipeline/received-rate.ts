import type { Clock } from '../../runtime/clock.ts';

/** Heartbeats a second over the last ten seconds. */
export type ReceivedRate = { perSecond(): number; close(): void };

const everyMs = 1_000;
const samples = 10;

type Sample = { readonly atMs: number; readonly total: number };

/** Reads a total once a second, so that a single query can return a rate. */
export function createReceivedRate(
  total: () => number,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
): ReceivedRate {
  const closing = new AbortController();
  const sample = (): Sample => ({ atMs: clock.monotonic(), total: total() });
  const past = [sample()];

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(everyMs, closing.signal);
      past.push(sample());
      if (past.length > samples) past.shift();
    }
  }
  void run();

  return {
    perSecond() {
      const now = sample();
      const [first = now] = past;
      const seconds = (now.atMs - first.atMs) / 1_000;
      return seconds < 0.1 ? 0 : Math.max(0, now.total - first.total) / seconds;
    },
    close: () => closing.abort(),
  };
}
