import NodeCache from 'node-cache';
import type { Identity } from '../../contract/instance.ts';
import type { MeasuredReader, MeasuredResult } from '../../contract/openstack/measured.ts';
import type { ActiveQuery } from '../period/query.ts';
import type { DeliveredHeartbeats } from './delivered.ts';

/** Heartbeats of a query, or why they cannot be read. */
export type DeliveredResult =
  | {
      readonly kind: 'delivered';
      /** The query for which they were read. */
      readonly query: ActiveQuery;
      readonly delivered: DeliveredHeartbeats;
    }
  | Exclude<MeasuredResult, { readonly kind: 'beats' }>;

export type DeliveredReader = (query: ActiveQuery, signal: AbortSignal) => Promise<DeliveredResult>;

/** Widths of the spans that Monasca counts where there are too many heartbeats. */
const widthsMs = [86_400_000, 3_600_000, 1_800_000, 900_000, 300_000, 60_000];

/** Reads heartbeats back from Monasca. `downMs` is the time without one after which an instance is down. */
export function createDeliveredReader(
  read: MeasuredReader,
  downMs: (identity: Identity) => number,
): DeliveredReader {
  return async (query, signal) => {
    const { fromMs, toMs, filter, steps } = query;
    // Every step but the first begins with a span, so no span is in two steps.
    const fitting = widthsMs.filter((width) => steps.slice(1).every((ms) => ms % width === 0));
    const question = { fromMs, toMs, filter, widthsMs: fitting, marginMs: downMs };
    const measured = await read(question, signal);
    if (measured.kind !== 'beats') return measured;
    const { widthMs } = measured;
    const instances = measured.instances.map((one) => ({ ...one, downMs: downMs(one) }));
    return { kind: 'delivered', query, delivered: { widthMs, instances } };
  };
}

/**
 * Keeps results for a short time: the panels of a dashboard send the same query within a second, and
 * each time the end "now" is a little later. Concurrent callers share one read; failures are not
 * kept. A result until now may be that of a moment ago, with the period of then; for every other
 * period it is exactly that of the query.
 *
 * A read goes on for the other callers if the first one leaves; it has a time limit of its own.
 */
export function cacheDelivered(read: DeliveredReader, keptSeconds: number): DeliveredReader {
  const cache = new NodeCache({ useClones: false, stdTTL: keptSeconds, checkperiod: keptSeconds });
  const never = new AbortController().signal;

  return (query, signal) => {
    const keys = cacheKeys(query);
    const cached = keys
      .map((key) => cache.get<Promise<DeliveredResult>>(key))
      .find((found) => found !== undefined);
    const result = cached ?? read(query, never);
    if (!cached) {
      for (const key of keys) cache.set(key, result);
      const forget = () => cache.del(keys);
      result.then(({ kind }) => kind === 'delivered' || forget(), forget);
    }
    return unlessAborted(result, signal);
  };
}

/** A query until now may mean a fixed beginning or a fixed length: the numbers fit both. */
function cacheKeys({ nowMs, steps: _, fromMs, toMs, ...query }: ActiveQuery): string[] {
  const key = (...period: readonly unknown[]) => `active:${JSON.stringify([query, period])}`;
  if (toMs <= nowMs) return [key(fromMs, toMs)];
  return [key('since', fromMs), key('for', nowMs - fromMs)];
}

function unlessAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([result, aborted]);
}
