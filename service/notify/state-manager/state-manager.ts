import type { StateManagerConfig } from '../../config/sections/notifiers/state-manager.ts';
import { delivered, type Outcome, retry, skipped } from '../../contract/outcome.ts';
import type { Clock } from '../../runtime/clock.ts';
import { classifyResponse } from '../../runtime/http/classify-response.ts';
import { describeResponse } from '../../runtime/http/describe-response.ts';
import type { HttpResult } from '../../runtime/http/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Notifier, RoutedLog } from '../notifier.ts';
import { changeKinds } from './changes.ts';
import { createHsm, type Hsm, type HsmTarget } from './hsm.ts';
import { PendingChanges } from './pending-changes.ts';
import { sendChanges } from './send-changes.ts';

/** Most events in a call. */
const batchRecords = 5_000;
/** Longer than one evaluation takes to commit its events. */
const batchWaitMs = 250;
/** Shortest time between two deliveries: a system that starts causes a request a second. */
const spacingMs = 1_000;
/** As in hbtd. */
const maxBackoffMs = 5_000;

/**
 * Mirrors the states of components to Cray's Hardware State Manager, with one request for each kind of
 * change.
 *
 * Only the newest change of each component is sent: so after an outage no component is declared dead
 * that has recovered since. What the State Manager does not accept is sent again with each delivery,
 * until it does or the component has changed again, and delays no other change.
 *
 * Duplicates are harmless, and no change is lost during an outage: the events wait.
 */
export function createStateManager(options: {
  hsm: Hsm;
  /** Undefined while changes are not to be sent: events are skipped. */
  target: () => HsmTarget | undefined;
  log: RoutedLog;
  clock: Clock;
}): Notifier {
  const { hsm, target, log, clock } = options;
  const pending = new PendingChanges(log);
  const readiness = createReadiness(hsm, clock);
  let notBeforeMs = 0;

  return {
    batchRecords,
    batchWaitMs,
    maxBackoffMs,
    async deliver(events, signal) {
      const to = target();
      if (to === undefined) return skipped;
      await pending.add(events);
      const isTest = events.some(({ kind }) => kind === 'test');
      if (pending.size === 0 && !isTest) return skipped;
      const waitMs = notBeforeMs - clock.monotonic();
      if (waitMs > 0) {
        await clock.sleep(waitMs, signal);
        await pending.readAhead();
      }
      const notReady = await readiness.check(to, isTest, signal);
      if (notReady) return notReady;

      notBeforeMs = clock.monotonic() + spacingMs;
      const failures = await Promise.all(
        changeKinds.map((kind) =>
          sendChanges(kind, pending, async (names) =>
            classify(to, await hsm.patch(to, kind, names, signal), clock),
          ),
        ),
      );
      const failure = failures.find((one) => one !== undefined);
      if (failure) readiness.expire();
      return failure && pending.hasAnyOf(events) ? failure : delivered;
    },
    close: hsm.close,
  };
}

const accepted: ReadonlySet<number> = new Set([200, 202, 204]);

function classify({ url }: HsmTarget, result: HttpResult, clock: Clock): Outcome {
  const peer = new URL(url).host;
  const isSuccess = result.kind === 'response' && /^2/.test(String(result.status));
  if (!isSuccess || accepted.has(result.status)) return classifyResponse(peer, result, clock.now());
  return retry('unexpected-answer', describeResponse(peer, result.status, undefined));
}

/** Time for which a State Manager that was ready counts as ready: as in hbtd. */
const readyMs = 5_000;

/** The readiness of the State Manager, requested when it is due. */
function createReadiness(hsm: Hsm, clock: Clock) {
  let last = { url: '', untilMs: 0 };
  return {
    /** Returns why the State Manager is not ready; undefined when it is. */
    async check(to: HsmTarget, isForced: boolean, signal: AbortSignal) {
      if (!isForced && last.url === to.url && clock.monotonic() < last.untilMs) return undefined;
      const outcome = classify(to, await hsm.ready(to, signal), clock);
      if (outcome.kind === 'delivered') {
        last = { url: to.url, untilMs: clock.monotonic() + readyMs };
        return undefined;
      }
      // A rejection of this request does not reject the events.
      return outcome.kind === 'rejected' ? retry('unexpected-answer', outcome.detail) : outcome;
    },
    expire() {
      last = { url: '', untilMs: 0 };
    },
  };
}

/** A notifier for the State Manager in the configuration. */
export function configuredStateManager(
  { url, caFile, timeoutSeconds }: StateManagerConfig,
  log: RoutedLog,
  { clock, proxy }: Pick<Runtime, 'clock' | 'proxy'>,
): Notifier {
  const target: HsmTarget = { url, timeoutMs: timeoutSeconds * 1_000 };
  return createStateManager({
    hsm: createHsm(caFile, proxy),
    target: () => target,
    log,
    clock,
  });
}
