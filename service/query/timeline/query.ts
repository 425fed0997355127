import type { Identity, InstanceState } from '../../contract/instance.ts';
import type { PeriodQuery } from '../period/query.ts';

/** An instance that is not up now, and the time since which it is in its state. */
export type AbsentInstance = Identity & {
  readonly state: Exclude<InstanceState, 'up'>;
  readonly sinceMs: number;
};

/** Query for the states of the instances of each subject, in steps of equal length. */
export type TimelineQuery = PeriodQuery & {
  readonly stepMs: number;
  /** Number of steps; the last one contains the end of the period. */
  readonly steps: number;
  /** Time after which the service forgets an instance that is down. */
  readonly retireAfterMs: number;
  readonly absent: readonly AbsentInstance[];
  readonly by: TimelineSubject;
};

/** Subject of a timeline: a component, or each of its instances. */
export const timelineSubjects = ['component', 'instance'] as const;
export type TimelineSubject = (typeof timelineSubjects)[number];

/** Numbers of instances that were up, late and down at any time in each of some equal steps. */
export type TimelineRun = readonly [steps: number, up: number, late: number, down: number];

export type Timeline = {
  readonly name: string;
  readonly version: string;
  /** Present in a query by instance. */
  readonly instance?: string;
  readonly runs: readonly TimelineRun[];
};
