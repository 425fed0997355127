import type { StateManagerConfig } from '../../config/sections/notifiers/state-manager.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { delivered, type Outcome, retry, skipped } from '../../contract/outcome.ts';
import type { Clock } from '../../runtime/clock.ts';
import { describeResponse } from '../../runtime/http/describe-response.ts';
import type { HttpResult } from '../../runtime/http/http-client.ts';
import type { LookAhead, Notifier } from '../notifier.ts';
import { classifyResponse } from '../response.ts';
import { type ChangeKind, changeKinds, changeOf } from './changes.ts';
import { createHsm, type Hsm, type HsmTarget } from './hsm.ts';

/** Events in a call: one request holds all components that have come into the same state. */
const batchRecords = 5_000;
/** What one pass over the deadlines finds is committed within that. */
const batchWaitMs = 250;
/** hbtd asked so often whether the State Manager is there again. */
const maxBackoffMs = 5_000;

/**
 * Mirrors the states of components into Cray's Hardware State Manager, in at most four requests for
 * all changes that come together: one for each kind of change.
 *
 * Of each component only the newest change counts. Those that are in the log already behind the
 * events at hand make these stale: so after an outage nobody is declared dead who has been back for
 * long. What is stale is not sent; what follows will be, with its own events.
 *
 * To be told the same again does no harm, and nothing is lost while it is away: the events wait.
 */
export function createStateManager(options: {
  hsm: Hsm;
  /** Undefined while nobody is to be told: events are passed over. */
  target: () => HsmTarget | undefined;
  lookAhead: LookAhead;
  clock: Clock;
}): Notifier {
  const { hsm, target, lookAhead, clock } = options;

  const judge = (url: string, exchange: HttpResult): Outcome => {
    const peer = new URL(url).host;
    const isOther = exchange.kind === 'response' && /^2/.test(String(exchange.status));
    if (!isOther || taken.has(exchange.status))
      return classifyResponse(peer, exchange, clock.now());
    return retry('unexpected-answer', describeResponse(peer, exchange.status, undefined));
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
      const ready = judge(to.url, await hsm.ready(to, signal));
      if (ready.kind !== 'delivered') return postponed(ready);

      if (newest.size > 0) await leaveOutStale(newest, lookAhead(events));
      const outcomes = await Promise.all(
        groupsOf(newest).map(async ({ kind, instances }) =>
          judge(to.url, await hsm.patch(to, kind, instances, signal)),
        ),
      );
      // What waits goes before what is refused: to halve the batch would not help it.
      return (
        outcomes.find(({ kind }) => kind === 'retry') ??
        outcomes.find(({ kind }) => kind === 'rejected') ??
        delivered
      );
    },
    close: hsm.close,
  };
}

const taken: ReadonlySet<number> = new Set([200, 202, 204]);

/** Whatever it says when it is asked whether it is ready, it does not speak of the events. */
const postponed = (outcome: Exclude<Outcome, { kind: 'delivered' }>): Outcome =>
  outcome.kind === 'rejected' ? retry('unexpected-answer', outcome.detail) : outcome;

/** Cray's word for names that mean nothing: one of them makes it refuse all that come with it. */
const noKind = 'INVALID';

/** What became of each component, by its name. */
function newestChanges(events: readonly LivenessEvent[]): Map<string, ChangeKind> {
  const newest = new Map<string, ChangeKind>();
  for (const event of events) {
    const change = changeOf(event);
    if (change && change.subject.name !== noKind) newest.set(change.subject.instance, change.kind);
  }
  return newest;
}

async function leaveOutStale(
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

/** One whose State Manager stands in the configuration. */
export function configuredStateManager(
  { url, caFile, timeoutSeconds }: StateManagerConfig,
  lookAhead: LookAhead,
  { clock }: { clock: Clock },
): Notifier {
  const target: HsmTarget = { url, timeoutMs: timeoutSeconds * 1_000 };
  return createStateManager({ hsm: createHsm(caFile), target: () => target, lookAhead, clock });
}
