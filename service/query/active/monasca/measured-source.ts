import type { Identity } from '../../../contract/instance.ts';
import type { MeasuredReader, MeasuredResult } from '../../../contract/openstack/measured.ts';
import type { Presence } from '../../../contract/presence.ts';
import { coalesce } from '../../../ledger/cover.ts';
import { createColumns } from '../../period/columns.ts';
import { type ActiveAnswer, answerOf, count } from '../answer.ts';
import type { AskedActive } from '../asked.ts';

/** `widthMs` is 0 where every heartbeat was read, else the span in which it is known to lie. */
export type MeasuredAnswer =
  | { readonly kind: 'answer'; readonly answer: ActiveAnswer; readonly widthMs: number }
  | Exclude<MeasuredResult, { readonly kind: 'beats' }>;

export type MeasuredSource = (asked: AskedActive, signal: AbortSignal) => Promise<MeasuredAnswer>;

/** Spans that Monasca is asked for where heartbeats are too many; a step begins with one. */
const widthsMs = [86_400_000, 3_600_000, 1_800_000, 900_000, 300_000, 60_000];

/**
 * Answers from the heartbeats that were delivered, by the same arithmetic as the ledger: each covers
 * the time until its instance would count as down, and covers that touch are one presence. So
 * several heartbeats in a step count once, and an instance that beats more rarely than the step is
 * long is there between them too.
 */
export function createMeasuredSource({
  read,
  downMs,
}: {
  readonly read: MeasuredReader;
  /** The silence after which an instance is down. */
  readonly downMs: (identity: Identity) => number;
}): MeasuredSource {
  return async (asked, signal) => {
    const { fromMs, toMs, filter } = asked;
    const question = { fromMs, toMs, filter, widthsMs: fitting(asked), marginMs: downMs };
    const measured = await read(question, signal);
    if (measured.kind !== 'beats') return measured;
    const { widthMs, instances } = measured;
    const columns = createColumns();
    for (const [place, { timesMs, ...identity }] of instances.entries()) {
      const reach = downMs(identity);
      const covers = timesMs.map((timeMs) => coverOf(timeMs, widthMs, reach, asked));
      for (const presence of coalesce(covers)) {
        if (presence.fromMs >= toMs || presence.toMs < fromMs) continue;
        columns.push(place, presence.fromMs, presence.toMs, presence.reachMs);
      }
    }
    return {
      kind: 'answer',
      answer: answerOf(asked, count(asked, columns.taken(), instances)),
      widthMs,
    };
  };
}

/** Of a span in which there was a heartbeat all that lies in the period counts. */
function coverOf(timeMs: number, widthMs: number, downMs: number, period: AskedActive): Presence {
  if (widthMs === 0) return { fromMs: timeMs, toMs: timeMs, reachMs: timeMs + Math.ceil(downMs) };
  const fromMs = Math.max(timeMs, period.fromMs);
  const toMs = Math.min(timeMs + widthMs, period.toMs) - 1;
  return { fromMs, toMs, reachMs: toMs + Math.ceil(downMs) };
}

/** Every step but the first begins with a span, so that none lies in two of them. */
const fitting = ({ steps }: AskedActive): number[] =>
  widthsMs.filter((width) => steps.slice(1).every((stepMs) => stepMs % width === 0));
