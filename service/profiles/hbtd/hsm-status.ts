import type { Hsm, HsmTarget } from '../../notify/state-manager/hsm.ts';
import type { Clock } from '../../runtime/clock.ts';

export type HsmStatus = 'Not initialized' | 'Not ready' | 'Ready';

/** Bounds the time that a request for the health of the service waits. */
const timeoutMs = 2_000;
/** Shortest time between two requests to the State Manager. */
const everyMs = 1_000;

/** Returns the status of the State Manager at `target`; undefined where there is none. */
export function createHsmStatus(
  hsm: Hsm,
  target: () => HsmTarget | undefined,
  clock: Clock,
): () => Promise<HsmStatus> {
  let last: { readonly atMs: number; readonly status: Promise<HsmStatus> } | undefined;
  return () => {
    const atMs = clock.monotonic();
    if (last === undefined || atMs - last.atMs >= everyMs) {
      last = { atMs, status: readStatus(hsm, target()) };
    }
    return last.status;
  };
}

async function readStatus(hsm: Hsm, target: HsmTarget | undefined): Promise<HsmStatus> {
  if (target === undefined) return 'Not initialized';
  const exchange = await hsm.ready(target, AbortSignal.timeout(timeoutMs));
  return exchange.kind === 'response' && exchange.status === 200 ? 'Ready' : 'Not ready';
}
