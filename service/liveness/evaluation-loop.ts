import type { Clock } from '../runtime/clock.ts';

type EvaluationLoop = {
  start(): void;
  /** The period was changed: the next evaluation is no later than by the new one. */
  replan(): void;
  /** Resolves when the evaluation that is under way is over. */
  stop(): Promise<void>;
};

/**
 * Evaluates once a period, on a grid: a late evaluation does not delay the next ones. After one that
 * was longer than a period, the next begins at once, but never two at a time.
 */
export function createEvaluationLoop(options: {
  clock: Clock;
  periodMs: () => number;
  /** `lagMs`: how much later than planned the evaluation begins. */
  evaluate: (lagMs: number) => Promise<void>;
}): EvaluationLoop {
  const { clock, periodMs, evaluate } = options;
  const life = new AbortController();
  let pause = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    let plannedMs = clock.monotonic() + periodMs();
    while (!life.signal.aborted) {
      pause = new AbortController();
      await clock.sleep(Math.max(0, plannedMs - clock.monotonic()), pause.signal);
      if (life.signal.aborted) break;
      if (pause.signal.aborted) {
        plannedMs = Math.min(plannedMs, clock.monotonic() + periodMs());
        continue;
      }
      await evaluate(Math.max(0, clock.monotonic() - plannedMs));
      plannedMs = Math.max(plannedMs + periodMs(), clock.monotonic());
    }
  }

  return {
    start() {
      running ??= run();
    },
    replan: () => pause.abort(),
    async stop() {
      life.abort();
      pause.abort();
      await running;
    },
  };
}
