import type { EventKind } from '../contract/event.ts';
import type { InstanceState } from '../contract/instance.ts';
import type { ThresholdsMs } from './thresholds.ts';

/*
 * The states of an instance, as pure functions of logical time.
 *
 *        ┌──────────── heartbeat ────────────┐
 *        ▼                                   │
 *   ──▶ up ──── silence ──▶ late ──────▶ down ──▶ forgotten
 *        ▲                   │            │           ▲
 *        │      goodbye, or taken out     │           │
 *        └─ heartbeat ── retired ◀────────┘───────────┘
 */

/** How much of the threshold a sender has from our return, when it was silent before. */
const returnShare = 0.75;

/**
 * When silence since `lastHeardMs` reaches a threshold. Who was silent when we went blind may have
 * lost a heartbeat to that, and sends the next one up to an interval after our return: half of the
 * threshold or less. Only the first return counts, so that whoever restarts us for ever cannot
 * hide a death.
 */
export function deadlineMs(
  lastHeardMs: number,
  thresholdMs: number,
  firstReturnMs: number | undefined,
): number {
  const usual = lastHeardMs + thresholdMs;
  if (firstReturnMs === undefined) return usual;
  return Math.max(usual, firstReturnMs + returnShare * thresholdMs);
}

export type Silence = {
  readonly state: InstanceState;
  readonly lastHeardMs: number;
  readonly thresholds: ThresholdsMs;
  readonly firstReturnMs: number | undefined;
  readonly retireAfterMs: number;
};

/** What silence makes of an instance by a time, and when it has to be looked at again. */
export type Judgement =
  | { readonly kind: 'forgotten' }
  | {
      readonly kind: 'known';
      readonly state: InstanceState;
      /** When it came into that state, if it was in another one before. */
      readonly sinceMs?: number;
      readonly nextMs: number;
    };

export function judge(silence: Silence, nowMs: number): Judgement {
  const { state, lastHeardMs, thresholds, firstReturnMs, retireAfterMs } = silence;
  const lateAtMs = deadlineMs(lastHeardMs, thresholds.lateMs, firstReturnMs);
  const downAtMs = deadlineMs(lastHeardMs, thresholds.downMs, firstReturnMs);
  const forgottenAtMs = (state === 'retired' ? lastHeardMs : downAtMs) + retireAfterMs;
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

/**
 * What is to be told to whoever was last told of one state when the instance is in another;
 * undefined when there is nothing to tell. What is not known yet counts as retired.
 */
export function changeKind(
  told: InstanceState,
  state: InstanceState,
): Extract<EventKind, 'started' | 'late' | 'down' | 'recovered' | 'retired'> | undefined {
  if (told === state) return undefined;
  if (state !== 'up') return state;
  return told === 'retired' ? 'started' : 'recovered';
}
