import type { PatternConfig } from '../../config/sections/records/records.ts';
import type { Identity } from '../../contract/instance.ts';

/** What is kept of a pattern between runs. */
export type PatternState = {
  /** Times of the newest matching records, at most `count` of them; epoch ms. */
  readonly matchesMs: readonly number[];
  /** Time of the newest matching record, or of the time from which absence counts. */
  readonly lastMs: number;
  /** Since when the pattern is matched, or its records are absent; undefined while all is quiet. */
  readonly sinceMs?: number | undefined;
  /** The instance whose record made the event. */
  readonly subject?: Identity | undefined;
  /** Matching records since then. */
  readonly records: number;
};

/** A change of a pattern that is an event. */
type PatternChange = 'matched' | 'ended';

export type PatternStep = {
  readonly state: PatternState;
  readonly change?: PatternChange;
};

type Rule = Pick<PatternConfig, 'count' | 'withinSeconds' | 'absentSeconds' | 'quietSeconds'>;

export const initialState = (nowMs: number): PatternState => ({
  matchesMs: [],
  lastMs: nowMs,
  records: 0,
});

/** A record that matches has arrived. */
export function afterRecord(
  rule: Rule,
  state: PatternState,
  { name, version, instance, receivedAtMs: atMs }: Identity & { readonly receivedAtMs: number },
): PatternStep {
  const { sinceMs } = state;
  if (rule.absentSeconds !== undefined) {
    const ended: PatternStep = { state: { ...initialState(atMs), records: 1 }, change: 'ended' };
    return sinceMs === undefined ? { state: { ...state, lastMs: atMs } } : ended;
  }
  if (sinceMs !== undefined) {
    return { state: { ...state, lastMs: atMs, records: state.records + 1 } };
  }
  const oldestMs = atMs - rule.withinSeconds * 1_000;
  const matchesMs = [...state.matchesMs.filter((ms) => ms > oldestMs), atMs].slice(-rule.count);
  const next = { ...state, matchesMs, lastMs: atMs };
  if (matchesMs.length < rule.count) return { state: next };
  return {
    state: {
      ...next,
      matchesMs: [],
      sinceMs: atMs,
      records: rule.count,
      subject: { name, version, instance },
    },
    change: 'matched',
  };
}

/** Time has passed. */
export function afterTime(rule: Rule, state: PatternState, nowMs: number): PatternStep {
  const quietMs = nowMs - state.lastMs;
  const { absentSeconds } = rule;
  if (absentSeconds !== undefined) {
    const isAbsent = state.sinceMs === undefined && quietMs >= absentSeconds * 1_000;
    return isAbsent ? { state: { ...state, sinceMs: nowMs }, change: 'matched' } : { state };
  }
  if (state.sinceMs === undefined || quietMs < rule.quietSeconds * 1_000) return { state };
  return { state: { ...initialState(state.lastMs) }, change: 'ended' };
}

/** Time in which no record could be received does not count as absence, and ends no window. */
export function afterBlindTime(state: PatternState, blindMs: number): PatternState {
  return {
    ...state,
    lastMs: state.lastMs + blindMs,
    matchesMs: state.matchesMs.map((ms) => ms + blindMs),
  };
}
