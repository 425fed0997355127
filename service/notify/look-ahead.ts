import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LivenessEvent } from '../contract/event.ts';
import { StoreUnavailable } from '../store/failure.ts';
import type { Store } from '../store/store.ts';
import type { LookAhead, RoutedLog } from './notifier.ts';

/** Most events that are read, and most in one turn of the event loop. */
const lookAheadEvents = 20_000;
const lookAheadSlice = 1_000;

type Log = Pick<Store['events'], 'seqOf' | 'read' | 'scan'>;
type IsRouted = (event: LivenessEvent) => boolean;

/** If the log cannot be read, the result ends early, which is harmless. */
export const createLookAhead = (log: Log, isRouted: IsRouted): LookAhead =>
  createRoutedLog(log, isRouted).lookAhead;

export function createRoutedLog(log: Log, isRouted: IsRouted): RoutedLog {
  const seqOf = ({ id }: LivenessEvent) => log.seqOf(id);

  function readAfter(seq: number) {
    const batch = orUndefined(() => log.read(seq, lookAheadSlice));
    const records = batch?.records ?? [];
    const lastSeq = batch && records.length > 0 ? batch.firstSeq + records.length - 1 : seq;
    return { events: records.filter(isRouted), lastSeq };
  }

  /** They are compared by their places in the log, because ids contain times, and clocks may be set. */
  function newestOf(event: LivenessEvent): readonly LivenessEvent[] {
    const { id, subject } = event;
    if (!subject || !('instance' in subject)) return [];
    const where = { column: 'instance', value: subject.instance } as const;
    const range = { afterId: id, beforeId: '~', order: 'descending', limit: 20 } as const;
    const from = seqOf(event);
    const found = orUndefined(() => log.scan({ ...range, where })) ?? [];
    return found.filter((other) => seqOf(other) > from && isRouted(other));
  }

  return {
    seqOf,
    readAfter,
    newestOf,
    async *lookAhead(events) {
      const [first, last] = [events[0], events.at(-1)];
      if (first === undefined || last === undefined) return;
      // A single event may be an old dead letter.
      if (events.length === 1) yield* newestOf(first);
      const from = seqOf(last);
      for (let seq = from; seq < from + lookAheadEvents; ) {
        const { events: later, lastSeq } = readAfter(seq);
        yield* later;
        if (lastSeq - seq < lookAheadSlice) return;
        seq = lastSeq;
        await nextTurn();
      }
    },
  };
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
  }
}
