import type { InstanceState } from '../contract/instance.ts';
import type { ThresholdsMs } from './thresholds.ts';

/*
 * The states of an instance, as pure functions of logical time.
 *
 *        ┌──────────── heartbeat ────────────┐
 *        ▼                                   │
 *   ──▶ up ──── absence ──▶ late ──────▶ down ──▶ forgotten
 *        ▲                   │            │           ▲
 *        │       stopping, or removed     │           │
 *        └─ heartbeat ── retired ◀────────┘───────────┘
 */

/** Part of the threshold that a sender has after the service returned from blind time. */
const returnShare = 0.75;

/**
 * Logical time at which the absence since `lastHeartbeatMs` reaches a threshold. A heartbeat may have
 * been lost in blind time, and the next one comes up to an interval after the return: half of the
 * threshold or less. Only the first return counts, so restarts without end cannot hide a death.
 */
export function deadlineMs(
  lastHeartbeatMs: number,
  thresholdMs: number,
  firstReturnMs: number | undefined,
): number {
  const usual = lastHeartbeatMs + thresholdMs;
  if (firstReturnMs === undefined) return usual;
  return Math.max(usual, firstReturnMs + returnShare * thresholdMs);
}

/** What decides the state of an instance beside the time. */
export type Absence = {
  readonly state: InstanceState;
  readonly lastHeartbeatMs: number;
  readonly thresholds: ThresholdsMs;
  readonly firstReturnMs: number | undefined;
  readonly retireAfterMs: number;
};

/** The state of an instance at a time, and when it has to be evaluated again. */
type EvaluatedState =
  | { readonly kind: 'forgotten' }
  | {
      readonly kind: 'known';
      readonly state: InstanceState;
      /** Time at which it entered the state, if it was in another one before. */
      readonly sinceMs?: number;
      readonly nextMs: number;
    };

export function evaluateAbsence(absence: Absence, nowMs: number): EvaluatedState {
  const { state, lastHeartbeatMs, thresholds, firstReturnMs, retireAfterMs } = absence;
  const lateAtMs = deadlineMs(lastHeartbeatMs, thresholds.lateMs, firstReturnMs);
  const downAtMs = deadlineMs(lastHeartbeatMs, thresholds.downMs, firstReturnMs);
  const forgottenAtMs = (state === 'retired' ? lastHeartbeatMs : downAtMs) + retireAfterMs;
  switch (state) {
    case 'up':
    case 'late':
      if (nowMs >= downAtMs) {
        return { kind: 'known', state: 'down', sinceMs: downAtMs, nextMs: forgottenAtMs };
      }
      if (state === 'late') return { kind: 'known', state, nextMs: downAtMs };
      if (nowMs < lateAtMs) return { kind: 'known', state, nextMs: lateAtMs };
      return { kind: 'known', state: 'late', sinceMs: lateAtMs, nextMs: downAtMs };
    case 'down':
    case 'retired':
      if (nowMs >= forgottenAtMs) return { kind: 'forgotten' };
      return { kind: 'known', state, nextMs: forgottenAtMs };
  }
}

export const isAbsent = (state: InstanceState): boolean => state === 'late' || state === 'down';
