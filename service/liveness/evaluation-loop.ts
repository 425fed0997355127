import type { Clock } from '../runtime/clock.ts';

/** How the last pass went; milliseconds. */
export type PassTimes = {
  /** Its work, without what it waited. */
  readonly durationMs: number;
  /** How much later than planned it began. */
  readonly lagMs: number;
};

export type EvaluationLoop = {
  start(): void;
  /** The tick was changed: the next pass comes no later than by the new one. */
  replan(): void;
  /** Resolves when the pass that is under way is over. */
  stop(): Promise<void>;
};

/**
 * Runs a pass every tick, on a grid: a late pass does not make the next ones late. After one that
 * was longer than a tick, the next begins at once, but never two at a time.
 */
export function createEvaluationLoop(options: {
  clock: Clock;
  tickMs: () => number;
  pass: (lagMs: number) => Promise<void>;
}): EvaluationLoop {
  const { clock, tickMs, pass } = options;
  const life = new AbortController();
  let nap = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    let plannedMs = clock.monotonic() + tickMs();
    while (!life.signal.aborted) {
      nap = new AbortController();
      await clock.sleep(Math.max(0, plannedMs - clock.monotonic()), nap.signal);
      if (life.signal.aborted) break;
      if (nap.signal.aborted) {
        plannedMs = Math.min(plannedMs, clock.monotonic() + tickMs());
        continue;
      }
      const lagMs = Math.max(0, clock.monotonic() - plannedMs);
      await pass(lagMs);
      plannedMs = Math.max(plannedMs + tickMs(), clock.monotonic());
    }
  }

  return {
    start() {
      running ??= run();
    },
    replan: () => nap.abort(),
    async stop() {
      life.abort();
      nap.abort();
      await running;
    },
  };
}
