import type { BlindCause } from '../contract/metrics.ts';
import type { PassTimes } from './evaluation-loop.ts';

/** How the look for silence is. */
export type EvaluatorStatus = {
  readonly logicalMs: number;
  readonly blindMs: Readonly<Record<BlindCause, number>>;
  readonly lastPass: PassTimes;
  /** Since the last pass whose results are on disk began, or since the start. */
  readonly passAgeMs: number;
  readonly waitingEvents: number;
  /** Instances of which a silence is held back, and those that are flapping. */
  readonly owed: number;
  readonly flapping: number;
  readonly isMassOutage: boolean;
};
