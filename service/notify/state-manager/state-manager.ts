import type { StateManagerConfig } from '../../config/sections/notifiers/state-manager.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { delivered, type Outcome, retry, skipped } from '../../contract/outcome.ts';
import type { Clock } from '../../runtime/clock.ts';
import { classifyResponse } from '../../runtime/http/classify-response.ts';
import { describeResponse } from '../../runtime/http/describe-response.ts';
import type { HttpResult } from '../../runtime/http/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { LookAhead, Notifier } from '../notifier.ts';
import { type ChangeKind, changeKinds, changeOf } from './changes.ts';
import { createHsm, type Hsm, type HsmTarget } from './hsm.ts';

/** Most events in a call: one request holds all components with the same new state. */
const batchRecords = 5_000;
/** Longer than one evaluation takes to commit its events. */
const batchWaitMs = 250;
/** As in hbtd. */
const maxBackoffMs = 5_000;

/**
 * Mirrors the states of components to Cray's Hardware State Manager, in at most four requests for a
 * batch of changes: one for each kind of change.
 *
 * Only the newest change of each component is sent. A change is stale when the log already has a later
 * one: so after an outage no component is declared dead that has recovered since. Stale changes are
 * not sent; the later ones are, with their own events.
 *
 * Duplicates are harmless, and no change is lost during an outage: the events wait.
 */
export function createStateManager(options: {
  hsm: Hsm;
  /** Undefined while changes are not to be sent: events are skipped. */
  target: () => HsmTarget | undefined;
  lookAhead: LookAhead;
  clock: Clock;
}): Notifier {
  const { hsm, target, lookAhead, clock } = options;

  const classify = (url: string, result: HttpResult): Outcome => {
    const peer = new URL(url).host;
    const isSuccess = result.kind === 'response' && /^2/.test(String(result.status));
    if (!isSuccess || accepted.has(result.status)) {
      return classifyResponse(peer, result, clock.now());
    }
    return retry('unexpected-answer', describeResponse(peer, result.status, undefined));
  };

  return {
    batchRecords,
    batchWaitMs,
    maxBackoffMs,
    async deliver(events, signal) {
      const to = target();
      const newest = newestChanges(events);
      const isTest = events.some(({ kind }) => kind === 'test');
      if (to === undefined || (newest.size === 0 && !isTest)) return skipped;
      const ready = classify(to.url, await hsm.ready(to, signal));
      if (ready.kind !== 'delivered') return postponed(ready);

      if (newest.size > 0) await removeStale(newest, lookAhead(events));
      const outcomes = await Promise.all(
        groupsOf(newest).map(async ({ kind, instances }) =>
          classify(to.url, await hsm.patch(to, kind, instances, signal)),
        ),
      );
      // `retry` first: while one request must wait, halving the batch would not help.
      return (
        outcomes.find(({ kind }) => kind === 'retry') ??
        outcomes.find(({ kind }) => kind === 'rejected') ??
        delivered
      );
    },
    close: hsm.close,
  };
}

const accepted: ReadonlySet<number> = new Set([200, 202, 204]);

/** A rejection of the readiness request does not reject the events. */
const postponed = (outcome: Exclude<Outcome, { kind: 'delivered' }>): Outcome =>
  outcome.kind === 'rejected' ? retry('unexpected-answer', outcome.detail) : outcome;

/** Cray's name for unknown components: one of them makes it reject the whole request. */
const noKind = 'INVALID';

/** The newest change of each component, by its name. */
function newestChanges(events: readonly LivenessEvent[]): Map<string, ChangeKind> {
  const newest = new Map<string, ChangeKind>();
  for (const event of events) {
    const change = changeOf(event);
    if (change && change.subject.name !== noKind) newest.set(change.subject.instance, change.kind);
  }
  return newest;
}

async function removeStale(
  newest: Map<string, ChangeKind>,
  later: AsyncIterable<LivenessEvent>,
): Promise<void> {
  for await (const event of later) {
    const change = changeOf(event);
    if (change) newest.delete(change.subject.instance);
  }
}

function groupsOf(newest: ReadonlyMap<string, ChangeKind>) {
  return changeKinds
    .map((kind) => ({
      kind,
      instances: [...newest].flatMap(([instance, its]) => (its === kind ? [instance] : [])),
    }))
    .filter(({ instances }) => instances.length > 0);
}

/** A notifier for the State Manager in the configuration. */
export function configuredStateManager(
  { url, caFile, timeoutSeconds }: StateManagerConfig,
  lookAhead: LookAhead,
  { clock, proxy }: Pick<Runtime, 'clock' | 'proxy'>,
): Notifier {
  const target: HsmTarget = { url, timeoutMs: timeoutSeconds * 1_000 };
  return createStateManager({
    hsm: createHsm(caFile, proxy),
    target: () => target,
    lookAhead,
    clock,
  });
}
