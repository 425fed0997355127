import type { Config } from '../../config/schema.ts';
import type { DependencyHealth } from '../../contract/health.ts';
import { isoTime } from '../../contract/values/iso-time.ts';
import { createHttpClient } from '../../runtime/http/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/**
 * Requests an address of another monitor after evaluations, so that a service that is dead, or does
 * not evaluate any more, is noticed there. Undefined when no address is configured.
 */
export function createSelfWatch(
  { url, everySeconds }: Config['selfWatch'],
  { clock, log, proxy }: Pick<Runtime, 'clock' | 'log' | 'proxy'>,
) {
  if (url === undefined) return undefined;
  const http = createHttpClient({ timeoutMs: 10_000, proxy });
  let nextMs = 0;
  let isUnderWay = false;
  let lastSuccessAtMs: number | undefined;
  let lastError: string | undefined;

  async function request(address: string): Promise<void> {
    const exchange = await http.request({ method: 'GET', url: address });
    const problem =
      exchange.kind === 'failure'
        ? exchange.detail
        : exchange.status < 300
          ? undefined
          : `the response status was ${exchange.status}`;
    if (problem === undefined) {
      if (lastError !== undefined) log.info('the self-watch is reachable again');
      lastSuccessAtMs = clock.now();
    } else if (lastError === undefined) {
      // Logged once an outage; `/health` shows it all the time.
      log.warn({ problem }, 'the self-watch cannot be reached');
    }
    lastError = problem;
  }

  return {
    /** An evaluation was completed, and its results are on disk. */
    evaluated(): void {
      if (isUnderWay || clock.monotonic() < nextMs) return;
      isUnderWay = true;
      nextMs = clock.monotonic() + everySeconds * 1_000;
      void request(url).finally(() => {
        isUnderWay = false;
      });
    },
    health: (): DependencyHealth => ({
      status: lastError === undefined ? 'up' : 'down',
      lastSuccess: isoTime(lastSuccessAtMs),
      lastError,
    }),
  };
}
