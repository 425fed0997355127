import type { Clock } from '../runtime/clock.ts';
import type { HttpClient } from '../runtime/http/http-client.ts';
import type { Log } from '../runtime/log.ts';

/**
 * Tells another monitor that silence is being looked for: a service that is dead, or awake but no
 * longer looking, is noticed there by its own silence.
 */
export type SelfWatch = {
  /** A pass was completed, and its results are on disk. */
  passed(): void;
  status(): SelfWatchStatus;
};

export type SelfWatchStatus = { readonly lastSuccessAtMs?: number; readonly lastError?: string };

export function createSelfWatch(options: {
  url: string;
  everySeconds: number;
  http: HttpClient;
  clock: Clock;
  log: Log;
}): SelfWatch {
  const { url, everySeconds, http, clock, log } = options;
  let nextMs = 0;
  let isUnderWay = false;
  let status: SelfWatchStatus = {};

  async function ping(): Promise<void> {
    const exchange = await http.request({ method: 'GET', url });
    const problem =
      exchange.kind === 'failure'
        ? exchange.detail
        : exchange.status < 300
          ? undefined
          : `the answer was ${exchange.status}`;
    if (problem === undefined) {
      if (status.lastError !== undefined) log.info('the self-watch is reached again');
      status = { lastSuccessAtMs: clock.now() };
      return;
    }
    // Once an outage, and in /health all the time.
    if (status.lastError === undefined) log.warn({ problem }, 'the self-watch cannot be reached');
    status = { ...status, lastError: problem };
  }

  return {
    passed() {
      if (isUnderWay || clock.monotonic() < nextMs) return;
      isUnderWay = true;
      nextMs = clock.monotonic() + everySeconds * 1_000;
      void ping().finally(() => {
        isUnderWay = false;
      });
    },
    status: () => status,
  };
}
