import { minSkewMs } from '../../contract/heartbeat.ts';
import type { SenderClock, Suspect } from '../../registry/sender-clocks.ts';

/*
 * Whether a heartbeat says something about now, although the clock of its sender may be wrong.
 *
 * The offset of a heartbeat is its time of receipt minus its timestamp: how far the sender's clock is
 * behind, plus the time for which the heartbeat waited. Waiting only adds to it. So:
 *
 *   live, slow clock   offset ─ ─ ─ ─ ─ ─   steady: as much time passes here as there
 *   replay             offset ╲╲╲╲╲╲╲╲╲╲╲   shrinks (or grows, or jumps): many come at once
 *   both               the live ones have the smallest offset
 *
 * A heartbeat is history if it is too old even by the clock of its sender. An old heartbeat whose
 * sender's clock is not known is a suspect: it counts as history, and the clock is known when the
 * next heartbeat with the same offset arrives. A heartbeat that states when it was sent decides at
 * once.
 */

export type Arrival = {
  /** Time of receipt minus timestamp. */
  readonly offsetMs: number;
  readonly receivedAtMs: number;
  /** Time since the last live heartbeat was received. */
  readonly sinceLastMs: number;
  /** Offset of the clock as the heartbeat itself shows it. */
  readonly clockOffsetMs: number | undefined;
  /** Age above which a heartbeat is history. */
  readonly maxAgeMs: number;
};

export type Judgement = {
  readonly isHistory: boolean;
  readonly clock: SenderClock;
};

/** Most that a clock gains or loses, as a share of time. */
const maxDrift = 0.01;
/** Two heartbeats that came closer together say nothing about a clock. */
const minGapMs = 500;
/** Most by which steady offsets differ, and the share of the time between the two heartbeats. */
const maxJitterMs = 30_000;
const jitterShare = 1 / 3;

export const unknownClock: SenderClock = { offsetMs: 0, suspect: undefined };

/** Judges a heartbeat by what is known of the clock of its sender, and learns from it. */
export function judgeHeartbeat(clock: SenderClock, arrival: Arrival): Judgement {
  const { offsetMs, clockOffsetMs, maxAgeMs } = arrival;
  if (clockOffsetMs !== undefined) {
    const isHistory = offsetMs - Math.max(clockOffsetMs, 0) > maxAgeMs;
    return { isHistory, clock: known(skewOf(clockOffsetMs, clock.offsetMs)) };
  }
  if (offsetMs - Math.max(clock.offsetMs, 0) <= maxAgeMs) {
    return { isHistory: false, clock: known(followed(clock.offsetMs, arrival)) };
  }
  const step = stepFrom(clock.suspect, arrival);
  if (step === 'steady' && clock.suspect?.isInReplay === false) {
    return { isHistory: false, clock: known(offsetMs) };
  }
  const suspect = nextSuspect(clock.suspect, arrival, step);
  return { isHistory: true, clock: { offsetMs: clock.offsetMs, suspect } };
}

const known = (offsetMs: number): SenderClock => ({ offsetMs, suspect: undefined });

/** A skewed clock is right again when it is wrong by less than half of the least skew. */
function skewOf(offsetMs: number, beforeMs: number): number {
  const leastMs = beforeMs === 0 ? minSkewMs : minSkewMs / 2;
  return Math.abs(offsetMs) > leastMs ? offsetMs : 0;
}

/**
 * The offset of a clock after a live heartbeat. A smaller one is nearer to the truth; a greater one
 * may be a heartbeat that waited, so the offset grows no faster than a clock drifts.
 */
function followed(knownMs: number, { offsetMs, sinceLastMs }: Arrival): number {
  if (knownMs === 0 || (knownMs < 0 && offsetMs >= 0)) return 0;
  if (knownMs < 0 || offsetMs <= knownMs) return skewOf(offsetMs, knownMs);
  return Math.min(offsetMs, knownMs + maxDrift * Math.max(0, sinceLastMs));
}

type Step = 'first' | 'steady' | 'same' | 'smaller' | 'greater';

function stepFrom(
  suspect: Suspect | undefined,
  { offsetMs, receivedAtMs, maxAgeMs }: Arrival,
): Step {
  if (suspect === undefined) return 'first';
  const gapMs = receivedAtMs - suspect.receivedAtMs;
  // A live sender sends more often. And what was kept before the wall clock was set back says nothing.
  if (gapMs > maxAgeMs || gapMs < 0) return 'first';
  const changeMs = offsetMs - suspect.offsetMs;
  if (Math.abs(changeMs) <= Math.min(maxJitterMs, jitterShare * gapMs)) {
    return gapMs < minGapMs ? 'same' : 'steady';
  }
  return changeMs < 0 ? 'smaller' : 'greater';
}

/** The suspect to compare the next heartbeat with: the one of the smallest offset. */
function nextSuspect(
  before: Suspect | undefined,
  { offsetMs, receivedAtMs }: Arrival,
  step: Step,
): Suspect | undefined {
  switch (step) {
    case 'first':
    case 'steady':
      return { offsetMs, receivedAtMs, isInReplay: false };
    case 'smaller':
      return { offsetMs, receivedAtMs, isInReplay: true };
    case 'same':
    case 'greater':
      return before;
  }
}
