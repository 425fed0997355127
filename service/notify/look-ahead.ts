import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LivenessEvent } from '../contract/event.ts';
import { StoreUnavailable } from '../store/failure.ts';
import type { Store } from '../store/store.ts';
import type { LookAhead } from './notifier.ts';

/** What is looked ahead at most, and what of it in one turn of the event loop. */
const lookAheadEvents = 20_000;
const lookAheadSlice = 1_000;

/** Where the log cannot be read it ends: to know less of what follows is no harm. */
export function createLookAhead(
  log: Pick<Store['events'], 'seqOf' | 'read' | 'scan'>,
  concerns: (event: LivenessEvent) => boolean,
): LookAhead {
  function readBehind(seq: number): readonly LivenessEvent[] {
    return orNothing(() => log.read(seq, lookAheadSlice).records);
  }

  /**
   * Of a single event, which may be a dead letter of long ago: the newest of the same instance. An
   * id is made of a time, and clocks are set: what counts is the place in the log.
   */
  function newestOf([event, ...others]: readonly LivenessEvent[]): readonly LivenessEvent[] {
    if (others.length > 0 || !event?.subject || !('instance' in event.subject)) return [];
    const where = { column: 'instance', value: event.subject.instance } as const;
    const range = { afterId: event.id, beforeId: '~', order: 'descending', limit: 20 } as const;
    const from = log.seqOf(event.id);
    return orNothing(() => log.scan({ ...range, where })).filter(({ id }) => log.seqOf(id) > from);
  }

  function orNothing(read: () => readonly LivenessEvent[]): readonly LivenessEvent[] {
    try {
      return read();
    } catch (error) {
      if (error instanceof StoreUnavailable) return [];
      throw error;
    }
  }
  return async function* lookAhead(events) {
    const last = events.at(-1);
    if (last === undefined) return;
    yield* newestOf(events).filter(concerns);
    const from = log.seqOf(last.id);
    for (let seq = from; seq < from + lookAheadEvents; seq += lookAheadSlice) {
      const records = readBehind(seq);
      yield* records.filter(concerns);
      if (records.length < lookAheadSlice) return;
      await nextTurn();
    }
  };
}
