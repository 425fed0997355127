import type { MaintenanceConfig } from '../config/sections/maintenance.ts';
import type { Silence } from '../contract/api/silence.ts';
import { defined } from '../contract/defined.ts';
import type { EventBody } from '../contract/event.ts';
import type { Component, Identity } from '../contract/instance.ts';
import type { FieldError } from '../contract/problem.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { MaintenanceWindows } from './maintenance-windows.ts';
import { readSilence } from './request.ts';
import {
  createCover,
  endOf,
  isDue,
  isPast,
  type SilenceRecord,
  silenceCreatedEvent,
  silenceEndedEvent,
  silenceRecordSchema,
  toSilence,
} from './silence.ts';

/** A silence with the function that applies it. */
type Entry = {
  record: SilenceRecord;
  readonly covers: (subject: Identity | Component) => boolean;
};

type Options = {
  readonly windows: MaintenanceConfig;
  /** How long silences are kept after their end. */
  readonly retentionMs: number;
  readonly saved: ReadonlyMap<string, string>;
  readonly save: (key: string, value: string | undefined) => void;
  readonly report: (body: EventBody, atMs: number) => void;
  readonly newId: (atMs: number) => string;
  readonly clock: Clock;
  readonly log: Log;
};

type SilenceCreation =
  | { readonly kind: 'made'; readonly silence: Silence }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

type SilenceEnding = 'ended' | 'unknown' | 'configured';

const keyPrefix = 'liveness.silence/';
/** Silences that are pending or active: each event is matched against all active ones. */
const maxSilences = 1_000;
/** Silences that are over: kept for the list, and searched for the one that ended last. */
const maxOver = 10_000;
const maxRecent = 100;

/**
 * All silences: the ones that callers make, and the maintenance windows of the configuration.
 *
 * Every change is saved together with its event. Silences become active and end at `update`, with
 * which each evaluation begins, and at `release`; only a silence that is made for now is active at
 * once.
 */
export class ActiveSilences {
  readonly #options: Options;
  readonly #windows: MaintenanceWindows;
  readonly #known = new Map<string, Entry>();
  #active: Entry[] = [];
  /** Silences that are over, the last one first. */
  #over: Entry[] = [];
  #isSorted = false;

  constructor(options: Options) {
    this.#options = options;
    this.#windows = new MaintenanceWindows(options.windows);
    for (const [key, text] of options.saved) {
      if (key.startsWith(keyPrefix)) this.#keep(silenceRecordSchema.parse(JSON.parse(text)));
    }
    this.#sort();
  }

  /** Whether any is active: most of the time there is nothing to match. */
  get hasActive(): boolean {
    return this.#active.length > 0;
  }

  /** Id of an active silence that covers the subject. */
  coveredBy(subject: Identity | Component): string | undefined {
    return this.#active.find(({ covers }) => covers(subject))?.record.id;
  }

  /**
   * Activates the silences whose time has come. Returns the ones whose time is over: they stay
   * active until `release`, so that what they suppressed can be marked before.
   */
  update(): readonly Entry[] {
    const nowMs = this.#options.clock.now();
    for (const record of this.#windows.open(nowMs)) this.#open(record, nowMs);
    const ended = [...this.#known.values()].filter((entry) => this.#hasEnded(entry, nowMs));
    this.#forgetOld(nowMs);
    this.#sort();
    return ended;
  }

  release(ended: readonly Entry[]): void {
    const nowMs = this.#options.clock.now();
    for (const entry of ended) {
      const { record } = entry;
      if (record.source === 'configuration' || isPast(record, nowMs)) this.#finish(entry, nowMs);
      // The clock was set back to before its beginning.
      else this.#change(entry, { phase: 'pending' });
    }
    this.#sort();
  }

  /** The silence over the subject that ended last, as far as it is still known. */
  lastEnded(subject: Identity | Component): SilenceRecord | undefined {
    return this.#over.slice(0, maxRecent).find(({ covers }) => covers(subject))?.record;
  }

  /** Makes a silence from a request; `by` is the caller. */
  create(request: unknown, by: string | undefined): SilenceCreation {
    const nowMs = this.#options.clock.now();
    const reading = readSilence(request, nowMs);
    if (reading.kind === 'invalid') return reading;
    const { draft } = reading;
    const current = [...this.#known.values()].filter(({ record }) => record.phase !== 'over');
    if (current.length >= maxSilences) return { kind: 'too-many' };
    const isImmediate = draft.fromMs <= nowMs;
    const record: SilenceRecord = {
      id: this.#options.newId(nowMs),
      ...draft,
      source: 'api',
      isImmediate,
      phase: isImmediate ? 'active' : 'pending',
      ...defined({ by }),
    };
    this.#change(this.#keep(record), {});
    this.#sort();
    this.#options.report(silenceCreatedEvent(record), nowMs);
    return { kind: 'made', silence: toSilence(record, nowMs) };
  }

  /** Ends a silence that a caller made. Does nothing when it is over already. */
  end(id: string, by: string | undefined): SilenceEnding {
    const nowMs = this.#options.clock.now();
    if (this.#windows.has(id)) return 'configured';
    const entry = this.#known.get(id);
    if (entry?.record.source !== 'api') return 'unknown';
    if (!isPast(entry.record, nowMs)) {
      this.#change(entry, { endedAtMs: nowMs, ...defined({ endedBy: by }) });
    }
    return 'ended';
  }

  find(id: string): Silence | undefined {
    return this.list().find((silence) => silence.id === id);
  }

  /** All silences; a window with its current or next period. */
  list(): Silence[] {
    const nowMs = this.#options.clock.now();
    const made = [...this.#known.values()].filter(({ record }) => record.source === 'api');
    return [...this.#windows.list(nowMs), ...made.map(({ record }) => toSilence(record, nowMs))];
  }

  #keep(record: SilenceRecord): Entry {
    const entry = { record, covers: createCover(record.matchers) };
    this.#known.set(record.id, entry);
    this.#isSorted = false;
    return entry;
  }

  #change(entry: Entry, changes: Partial<SilenceRecord>): void {
    entry.record = { ...entry.record, ...changes };
    this.#options.save(keyPrefix + entry.record.id, JSON.stringify(entry.record));
    this.#isSorted = false;
  }

  /** After a phase may have changed: finds the active ones and the ones that are over. */
  #sort(): void {
    if (this.#isSorted) return;
    this.#isSorted = true;
    const all = [...this.#known.values()];
    this.#active = all.filter(({ record }) => record.phase === 'active');
    this.#over = all
      .filter(({ record }) => record.phase === 'over')
      .sort((one, other) => endOf(other.record) - endOf(one.record));
  }

  #forgetOld(nowMs: number): void {
    const isOld = ({ record }: Entry, place: number) =>
      place >= maxOver || nowMs - endOf(record) > this.#options.retentionMs;
    for (const { record } of this.#over.filter(isOld)) {
      this.#known.delete(record.id);
      this.#options.save(keyPrefix + record.id, undefined);
      this.#isSorted = false;
    }
  }

  #finish(entry: Entry, nowMs: number): void {
    const { record } = entry;
    const isConfigured = record.source === 'configuration';
    const isRemoved = isConfigured && !this.#windows.isConfigured(record);
    const isDeleted = record.endedAtMs !== undefined;
    // Only what callers make can become active again when the clock is set back: a window reopens.
    const isEarly = isConfigured && nowMs < record.untilMs;
    this.#change(entry, { phase: 'over', ...(isEarly ? { endedAtMs: nowMs } : {}) });
    const ending = isRemoved ? 'removed' : isDeleted ? 'deleted' : 'expired';
    this.#options.report(
      silenceEndedEvent(entry.record, ending),
      Math.min(nowMs, endOf(entry.record)),
    );
  }

  /** A window is open, and may have been so before. */
  #open(record: SilenceRecord, nowMs: number): void {
    const before = this.#known.get(record.id)?.record;
    const wasOpen = before?.phase === 'active';
    if (wasOpen && before.untilMs === record.untilMs) return;
    // With other matchers than before the restart it is another one: the old one ends first.
    if (wasOpen && !this.#windows.isConfigured(before)) return;
    this.#change(this.#keep(record), {});
    if (!wasOpen) this.#options.report(silenceCreatedEvent(record), nowMs);
  }

  /** Brings the phase up to date. Says whether the silence is active, and its time is over. */
  #hasEnded(entry: Entry, nowMs: number): boolean {
    const { record } = entry;
    const isApi = record.source === 'api';
    const isWanted = isApi ? isDue(record, nowMs) : this.#windows.isOpen(record, nowMs);
    if (isWanted && record.phase !== 'active') {
      if (record.phase === 'over') {
        this.#options.log.warn(
          { id: record.id },
          'a silence is active again: the clock was set back',
        );
      }
      this.#change(entry, { phase: 'active' });
    } else if (record.phase === 'pending' && isPast(record, nowMs)) {
      this.#finish(entry, nowMs);
    }
    return !isWanted && record.phase === 'active';
  }
}
