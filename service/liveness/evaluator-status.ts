import type { BlindCause } from '../contract/metrics.ts';

/** The evaluator as metrics and `/health` report it. */
export type EvaluatorStatus = {
  readonly logicalMs: number;
  readonly blindMs: Readonly<Record<BlindCause, number>>;
  /** The last evaluation: its duration, and how much later than planned it began. */
  readonly durationMs: number;
  readonly lagMs: number;
  /** Time since the last evaluation whose results are on disk began, or since the start. */
  readonly ageMs: number;
  /** Since the last evaluation that ran, although its result may not be stored yet. */
  readonly ranAgeMs: number;
  readonly waitingEvents: number;
  /** Instances of which a report is deferred, and instances that are flapping. */
  readonly deferred: number;
  readonly flapping: number;
  /** Instances whose last heartbeat has the status `not_ok`. */
  readonly notOk: number;
  readonly isMassOutage: boolean;
};
