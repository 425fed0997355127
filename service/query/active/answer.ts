import type { Identity } from '../../contract/instance.ts';
import type { PresenceColumns } from '../period/columns.ts';
import { type Group, groupsOf } from '../period/groups.ts';
import type { Format } from '../rows/writer.ts';
import type { AskedActive } from './asked.ts';
import { mostRows } from './most-rows.ts';
import { type SweptRows, sweep } from './sweep.ts';

/** One step of one group, or the whole period. */
export type ActiveRow = Group & {
  /** When the step begins; undefined where totals were asked for. */
  readonly timeMs?: number;
  /** Distinct instances that were active in the step. */
  readonly active: number;
  /** Most of them at the same moment. */
  readonly max: number;
  /** Presences that began in the step, and that ended in it for good. */
  readonly started: number;
  readonly ended: number;
};

export type ActiveAnswer =
  /** Ascending in time, then by group. */
  | { readonly kind: 'rows'; readonly count: number; readonly rows: Iterable<ActiveRow> }
  | { readonly kind: 'too-many'; readonly groups: number };

/**
 * Whoever can say who was active when: the ledger, or another record of the same heartbeats.
 * Rejects with the reason of the signal once nobody waits for the answer any more.
 */
export type ActiveSource = (asked: AskedActive, signal: AbortSignal) => Promise<ActiveAnswer>;

/** The same, as the text of an answer: it may be written on whatever thread it was found. */
export type WrittenSource = (
  asked: AskedActive,
  format: Format,
  signal: AbortSignal,
) => Promise<WrittenAnswer>;

export type WrittenAnswer =
  | { readonly kind: 'written'; readonly text: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'too-many'; readonly groups: number };

/** Counted rows, and what the numbers of their groups mean: what one thread hands to another. */
export type Counted =
  | { readonly kind: 'rows'; readonly rows: SweptRows; readonly groups: readonly Group[] }
  | { readonly kind: 'too-many'; readonly groups: number };

/** Counts presences that are in the period; they name their instances by place. */
export function count(
  asked: AskedActive,
  presences: PresenceColumns,
  instances: readonly Identity[],
): Counted {
  const { steps, toMs, nowMs, hasZeros } = asked;
  const { groups, groupOf } = groupsOf(instances, asked.by);
  const swept = sweep({
    ...{ presences, groupOf, groups: groups.length },
    ...{ steps, toMs, nowMs, hasZeros, mostRows },
  });
  if (swept.kind === 'too-many') return { kind: 'too-many', groups: groups.length };
  return { kind: 'rows', rows: swept.rows, groups };
}

export function answerOf({ step, steps }: AskedActive, counted: Counted): ActiveAnswer {
  if (counted.kind === 'too-many') return counted;
  const { rows, groups } = counted;
  const row = (at: number): ActiveRow => ({
    ...(step ? { timeMs: steps[rows.step[at] ?? 0] ?? 0 } : {}),
    ...groups[rows.group[at] ?? 0],
    active: rows.active[at] ?? 0,
    max: rows.max[at] ?? 0,
    started: rows.started[at] ?? 0,
    ended: rows.ended[at] ?? 0,
  });
  return {
    kind: 'rows',
    count: rows.length,
    // To be gone through as often as one likes: an answer may be kept.
    rows: {
      *[Symbol.iterator]() {
        for (let at = 0; at < rows.length; at++) yield row(at);
      },
    },
  };
}
