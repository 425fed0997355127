type Stoppable = { stop(): Promise<void> };

export type Starter<T> = {
  /** Starts it; a hook awaits this. */
  start(): Promise<T>;
  /** Stops what was started, or abandons the start and waits until nothing of it is left. */
  stop(): Promise<void>;
};

/**
 * Starts something in a hook so that another hook can stop it even while it is starting. Jest abandons
 * a hook that times out, but not the processes that it has started.
 */
export function createStarter<T extends Stoppable>(
  startWith: (abandoned: AbortSignal) => Promise<T>,
): Starter<T> {
  const controller = new AbortController();
  let starting: Promise<T> | undefined;
  return {
    start() {
      starting ??= startWith(controller.signal);
      return starting;
    },
    async stop() {
      controller.abort();
      // A start that fails has reported its error to the hook that awaited it.
      const started = await starting?.catch(() => undefined);
      await started?.stop();
    },
  };
}
