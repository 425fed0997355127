import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LivenessEvent } from '../contract/event.ts';
import { StoreUnavailable } from '../store/failure.ts';
import type { Store } from '../store/store.ts';
import type { LookAhead } from './notifier.ts';

/** Most events that are read, and most in one turn of the event loop. */
const lookAheadEvents = 20_000;
const lookAheadSlice = 1_000;

/** If the log cannot be read, the result ends early, which is harmless. */
export function createLookAhead(
  log: Pick<Store['events'], 'seqOf' | 'read' | 'scan'>,
  isRouted: (event: LivenessEvent) => boolean,
): LookAhead {
  function readBehind(seq: number): readonly LivenessEvent[] {
    return orNothing(() => log.read(seq, lookAheadSlice).records);
  }

  /**
   * For a single event, which may be an old dead letter: the newest events of the same instance. They
   * are compared by their places in the log, because ids contain times, and clocks may be set.
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
    yield* newestOf(events).filter(isRouted);
    const from = log.seqOf(last.id);
    for (let seq = from; seq < from + lookAheadEvents; seq += lookAheadSlice) {
      const records = readBehind(seq);
      yield* records.filter(isRouted);
      if (records.length < lookAheadSlice) return;
      await nextTurn();
    }
  };
}
