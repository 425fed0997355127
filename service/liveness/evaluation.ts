import type { EventBody } from '../contract/event.ts';
import { type Component, type Identity, notOkFlag } from '../contract/instance.ts';
import type { Ref, Registry } from '../registry/registry.ts';
import type { ActiveSilences } from '../silences/active-silences.ts';
import type { ChangeQueue } from './change-queue.ts';
import type { SkewReports } from './clocks/skew-reports.ts';
import type { ComponentWatch } from './components/component-watch.ts';
import type { InstanceStates } from './instance-states.ts';
import { readReported } from './reporting/decision.ts';
import { massOutageEndedEvent, massOutageEvent, maxNames } from './reporting/events.ts';
import type { MassOutage } from './reporting/mass-outage.ts';
import type { Reminders } from './reporting/reminders.ts';
import type { Reporter } from './reporting/reporter.ts';
import type { StatusReports } from './reporting/status-reports.ts';

export type EvaluationParts = {
  readonly registry: Registry;
  readonly queue: ChangeQueue;
  readonly silences: ActiveSilences;
  readonly instances: InstanceStates;
  readonly massOutage: MassOutage;
  readonly reporter: Reporter;
  readonly reminders: Reminders;
  readonly components: ComponentWatch;
  readonly skews: SkewReports;
  readonly statuses: StatusReports;
  readonly add: (body: EventBody) => void;
  /** Lets other work run. */
  readonly pause: () => Promise<void>;
};

/** Instances handled before other work may run. */
const slice = 1_000;

/** One evaluation: finds what has become of all instances and components by a logical time. */
export async function evaluate(parts: EvaluationParts, nowMs: number): Promise<void> {
  const { registry, queue, massOutage, reporter, reminders, components, add, pause } = parts;

  // 1. Silences begin and end. What an ended silence suppressed is marked for step 4.
  await updateSilences(parts);

  // 2. Each instance whose deadline has passed gets its new state; absences are not reported yet.
  await evaluateDue(parts, nowMs);

  // 3. Many new absences together are a mass outage: one event stands for them.
  const assessment = massOutage.assess(nowMs, registry.counts().up);
  reporter.isMassOutagePossible = assessment.kind !== 'none';
  if (assessment.kind !== 'none') reporter.deferNewlyAbsent();
  if (assessment.kind === 'began') {
    const some = reporter.deferred(maxNames).map((ref) => registry.identity(ref));
    add(massOutageEvent(assessment.outage, tollsOf(registry), some));
  } else if (assessment.kind === 'ended') {
    add(massOutageEndedEvent(assessment.outage, nowMs, reporter.deferredCount));
  }

  // 4. Instances are reported: new absences, deferred reports, ended silences; then reminders.
  await reporter.reportWaiting(nowMs, pause);
  await reminders.report(nowMs, registry, reporter, add, pause);

  // 5. Components are reported, when the rows behind their events are on disk or go there with them.
  if (!queue.isBehind || !(await queue.checkpoint())) {
    for (const body of components.report(nowMs, reporter.conditions)) add(body);
  }

  // 6. Until the next assessment, a new absence may belong to a mass outage.
  reporter.isMassOutagePossible = true;

  // 7. Instances that have stopped flapping are reported.
  reporter.reportCalm(nowMs);

  // 8. Changes of the status that could not be reported at once are reported.
  parts.statuses.reportWaiting(nowMs);

  // 9. Wrong clocks are reported, in one event when they are many.
  parts.skews.report();
}

/**
 * Lets silences begin and end by the wall clock.
 *
 *   ended ──▶ mark what is down or flaps ──▶ marks and end on disk, together ──▶ reported
 *
 * A silence is active until its end is on its way to the disk; after a crash before that, the marks
 * are made again. After it each mark is reported once: it is removed with the event.
 */
async function updateSilences(parts: EvaluationParts): Promise<void> {
  const { registry, silences, reporter, statuses, components, queue, pause } = parts;
  const ended = silences.update();
  if (ended.length === 0) return;
  const wasCovered = (subject: Identity | Component) => ended.some(({ covers }) => covers(subject));
  const isWrong = (ref: Ref) =>
    registry.state(ref) === 'down' ||
    (registry.flags(ref) & notOkFlag) !== 0 ||
    readReported(registry.flags(ref)).isFlapping;
  let handled = 0;
  for (let ref = registry.next(-1); ref !== undefined; ref = registry.next(ref)) {
    if (isWrong(ref) && wasCovered(registry.identity(ref))) {
      statuses.release(ref);
      if (reporter.release(ref)) queue.touch(ref);
    }
    if (++handled % slice === 0) await pause();
  }
  if (queue.isBehind && (await queue.checkpoint())) return;
  components.release(wasCovered);
  silences.release(ended);
}

async function evaluateDue({ registry, instances, pause }: EvaluationParts, nowMs: number) {
  for (;;) {
    const due = registry.takeDue(nowMs, slice);
    for (const ref of due) instances.evaluate(ref, nowMs);
    if (due.length < slice) return;
    await pause();
  }
}

const tollsOf = (registry: Registry) =>
  [...registry.components()].map((index) => {
    const { up, late, down } = registry.counts(index);
    return { ...registry.componentOf(index), absent: late + down, up };
  });
