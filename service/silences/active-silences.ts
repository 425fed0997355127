import type { MaintenanceConfig } from '../config/sections/maintenance.ts';
import type { Silence, SilenceDraft } from '../contract/api/silence.ts';
import type { EventBody } from '../contract/event.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { createWindows } from './maintenance-windows.ts';
import {
  createCover,
  endOf,
  inPublic,
  isDue,
  isPast,
  type SilenceRecord,
  type Subject,
  silenceRecordSchema,
} from './silence.ts';
import { silenceCreatedEvent, silenceEndedEvent } from './silence-event.ts';

/**
 * All silences: those that callers make, and the maintenance windows of the configuration.
 *
 * Every change is saved together with the event that tells of it. Who holds changes at `turn`, which
 * begins each look for silence, and at `letGo`; only a silence that is made for now holds at once.
 */
export type ActiveSilences = {
  /** The id of a silence that holds and covers the subject. */
  coveredBy(subject: Subject): string | undefined;
  /** Whether any holds: most of the time there is nothing to match. */
  readonly isHolding: boolean;
  /**
   * Lets those hold whose time has come. Gives those whose time is over: they go on holding until
   * `letGo`, so that what they kept back can be taken up before.
   */
  turn(): readonly Held[];
  letGo(ended: readonly Held[]): void;
  /** The last that is over of those that covered the subject, as far as we still know. */
  lastOver(subject: Subject): SilenceRecord | undefined;
  create(draft: SilenceDraft, by: string | undefined): Silence | 'too-many';
  /** Ends one that a caller made; that of one which is over already changes nothing. */
  end(id: string, by: string | undefined): 'ended' | 'unknown' | 'configured';
  find(id: string): Silence | undefined;
  /** All that are known; of a window the time that it is open, or will be next. */
  list(): Silence[];
};

/** A silence with what it takes to apply it. */
export type Held = { record: SilenceRecord; readonly covers: (subject: Subject) => boolean };

const keyPrefix = 'liveness.silence/';
/** Silences that wait or hold: each event is matched against all that hold. */
export const mostSilences = 1_000;
/** Those that are over, remembered for the list, and to say which one it was. */
const mostOver = 10_000;
const mostRecent = 100;

export function createActiveSilences(options: {
  windows: MaintenanceConfig;
  /** How long those that are over are kept. */
  retentionMs: number;
  saved: ReadonlyMap<string, string>;
  save: (key: string, value: string | undefined) => void;
  tell: (body: EventBody, atMs: number) => void;
  newId: (atMs: number) => string;
  clock: Clock;
  log: Log;
}): ActiveSilences {
  const { retentionMs, saved, save, tell, newId, clock, log } = options;
  const known = new Map<string, Held>();
  const windows = createWindows(options.windows);
  let holding: Held[] = [];
  /** Those that were over last come first. */
  let over: Held[] = [];
  let isSorted = false;

  for (const [key, text] of saved) {
    if (key.startsWith(keyPrefix)) keep(silenceRecordSchema.parse(JSON.parse(text)));
  }
  sort();

  function keep(record: SilenceRecord): Held {
    const held = { record, covers: createCover(record.matchers) };
    known.set(record.id, held);
    isSorted = false;
    return held;
  }

  function change(held: Held, changes: Partial<SilenceRecord>): void {
    held.record = { ...held.record, ...changes };
    save(keyPrefix + held.record.id, JSON.stringify(held.record));
    isSorted = false;
  }

  /** After whatever may have changed a phase: sorts out those that hold and those that are over. */
  function sort(): void {
    if (isSorted) return;
    isSorted = true;
    const all = [...known.values()];
    holding = all.filter(({ record }) => record.phase === 'holding');
    over = all
      .filter(({ record }) => record.phase === 'over')
      .sort((one, other) => endOf(other.record) - endOf(one.record));
  }

  function forgetOld(nowMs: number): void {
    for (const { record } of over.filter(
      ({ record }, place) => place >= mostOver || nowMs - endOf(record) > retentionMs,
    )) {
      known.delete(record.id);
      save(keyPrefix + record.id, undefined);
      isSorted = false;
    }
  }

  function finish(held: Held, nowMs: number): void {
    const { record } = held;
    const isMissing = record.source === 'configuration' && !windows.isConfigured(record);
    const isDeleted = record.endedAtMs !== undefined;
    // Only what callers make can hold again when the clock is set back: a window opens anew.
    const isEarly = record.source === 'configuration' && nowMs < record.untilMs;
    change(held, { phase: 'over', ...(isEarly ? { endedAtMs: nowMs } : {}) });
    const ending = isMissing ? 'removed' : isDeleted ? 'deleted' : 'expired';
    tell(silenceEndedEvent(held.record, ending), Math.min(nowMs, endOf(held.record)));
  }

  /** A window that is open, and may have been so before. */
  function open(record: SilenceRecord, nowMs: number): void {
    const before = known.get(record.id)?.record;
    const isOpen = before?.phase === 'holding';
    if (isOpen && before.untilMs === record.untilMs) return;
    // With other matchers than before the restart it is another one: the old one ends first.
    if (isOpen && !windows.isConfigured(before)) return;
    change(keep(record), {});
    if (!isOpen) tell(silenceCreatedEvent(record), nowMs);
  }

  function turnOne(held: Held, nowMs: number): Held[] {
    const { record } = held;
    const isWanted = record.source === 'api' ? isDue(record, nowMs) : windows.isOpen(record, nowMs);
    if (isWanted && record.phase !== 'holding') {
      if (record.phase === 'over') {
        log.warn({ id: record.id }, 'a silence holds again: the clock was set back');
      }
      change(held, { phase: 'holding' });
    } else if (record.phase === 'waiting' && isPast(record, nowMs)) {
      finish(held, nowMs);
    }
    return !isWanted && record.phase === 'holding' ? [held] : [];
  }

  function list(): Silence[] {
    const nowMs = clock.now();
    const made = [...known.values()].filter(({ record }) => record.source === 'api');
    return [...windows.list(nowMs), ...made.map(({ record }) => inPublic(record, nowMs))];
  }

  return {
    coveredBy: (subject) => holding.find(({ covers }) => covers(subject))?.record.id,
    get isHolding() {
      return holding.length > 0;
    },

    turn() {
      const nowMs = clock.now();
      for (const record of windows.open(nowMs)) open(record, nowMs);
      const ended = [...known.values()].flatMap((held) => turnOne(held, nowMs));
      forgetOld(nowMs);
      sort();
      return ended;
    },

    letGo(ended) {
      const nowMs = clock.now();
      for (const held of ended) {
        const { record } = held;
        if (record.source === 'configuration' || isPast(record, nowMs)) finish(held, nowMs);
        // The clock was set back to before its beginning.
        else change(held, { phase: 'waiting' });
      }
      sort();
    },

    lastOver: (subject) => over.slice(0, mostRecent).find(({ covers }) => covers(subject))?.record,

    create(draft, by) {
      const nowMs = clock.now();
      const standing = [...known.values()].filter(({ record }) => record.phase !== 'over');
      if (standing.length >= mostSilences) return 'too-many';
      const isImmediate = draft.fromMs <= nowMs;
      const record: SilenceRecord = {
        ...{ id: newId(nowMs), ...draft, source: 'api', isImmediate },
        phase: isImmediate ? 'holding' : 'waiting',
        ...(by === undefined ? {} : { by }),
      };
      change(keep(record), {});
      sort();
      tell(silenceCreatedEvent(record), nowMs);
      return inPublic(record, nowMs);
    },

    end(id, by) {
      const nowMs = clock.now();
      if (windows.has(id)) return 'configured';
      const held = known.get(id);
      if (held?.record.source !== 'api') return 'unknown';
      if (!isPast(held.record, nowMs)) {
        change(held, { endedAtMs: nowMs, ...(by === undefined ? {} : { endedBy: by }) });
      }
      return 'ended';
    },

    find: (id) => list().find((silence) => silence.id === id),
    list,
  };
}
