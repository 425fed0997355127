import { z } from 'zod';
import type { PatternConfig } from '../../config/sections/records/records.ts';
import type { EventBody } from '../../contract/event.ts';
import type { LogRecord } from '../../contract/records/log-record.ts';
import { formatDuration } from '../../contract/values/duration.ts';
import { createWakeUp } from '../../runtime/concurrency/wake-up.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { StoreUnavailable } from '../../store/failure.ts';
import type { RecordLog } from '../../store/records/record-log.ts';
import { createCondition } from './condition.ts';
import {
  afterBlindTime,
  afterRecord,
  afterTime,
  initialState,
  type PatternState,
  type PatternStep,
} from './pattern.ts';

export type PatternParts = {
  readonly log: Pick<RecordLog, 'head' | 'read' | 'onAppend'>;
  /** Values as `record` has saved them. */
  readonly saved: ReadonlyMap<string, string>;
  /** Logs an event and saves settings in one commit. Throws `StoreUnavailable`: it may be repeated. */
  readonly record: (
    event: EventBody | undefined,
    settings: readonly (readonly [string, string])[],
  ) => Promise<void>;
};

const settingKey = 'records.patterns';
const recordsPerRead = 200;
const everyMs = 1_000;
/** States are saved with each event, and otherwise so often. */
const saveEveryMs = 10_000;

const identitySchema = z.object({ name: z.string(), version: z.string(), instance: z.string() });

const savedSchema = z.object({
  seq: z.number(),
  atMs: z.number(),
  states: z.record(
    z.string(),
    z.object({
      matchesMs: z.array(z.number()),
      lastMs: z.number(),
      sinceMs: z.number().optional(),
      records: z.number(),
      subject: identitySchema.optional(),
    }),
  ),
});

type Pattern = {
  readonly config: PatternConfig;
  readonly matches: (record: LogRecord) => boolean;
};

/**
 * Watches the log of records for patterns. The position in the log and the states of the patterns are
 * saved in the commit of each event, so a crash neither loses nor repeats one.
 */
export class Patterns {
  readonly #patterns: readonly Pattern[];
  readonly #parts: PatternParts;
  readonly #runtime: Pick<Runtime, 'clock' | 'log' | 'metrics'>;
  readonly #states = new Map<string, PatternState>();
  #seq: number;
  #savedAtMs: number;

  constructor(
    patterns: readonly PatternConfig[],
    parts: PatternParts,
    runtime: Pick<Runtime, 'clock' | 'log' | 'metrics'>,
  ) {
    this.#patterns = patterns.map((config) => ({ config, matches: createCondition(config) }));
    this.#parts = parts;
    this.#runtime = runtime;
    const nowMs = runtime.clock.now();
    const saved = readSaved(parts.saved);
    this.#seq = Math.min(saved?.seq ?? parts.log.head(), parts.log.head());
    this.#savedAtMs = nowMs;
    for (const { name } of patterns) {
      const state = saved?.states[name];
      const blindMs = Math.max(0, nowMs - (saved?.atMs ?? nowMs));
      this.#states.set(name, state ? afterBlindTime(state, blindMs) : initialState(nowMs));
    }
  }

  /** Watches until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const wakeUp = createWakeUp(this.#runtime.clock);
    const stopListening = this.#parts.log.onAppend(wakeUp.notify);
    signal.addEventListener('abort', wakeUp.notify, { once: true });
    while (!signal.aborted) {
      const hasMore = await this.#retry(() => this.readOn(), signal);
      if (!hasMore) await wakeUp.wait(everyMs);
    }
    stopListening();
    await this.#save(undefined).catch(() => undefined);
  }

  /** Applies the next records, and the time; true if there may be more records. */
  async readOn(): Promise<boolean> {
    const { firstSeq, records } = this.#parts.log.read(this.#seq, recordsPerRead);
    for (const [n, record] of records.entries()) {
      for (const pattern of this.#patterns) {
        if (!pattern.matches(record)) continue;
        await this.#apply(pattern, record, (state) => afterRecord(pattern.config, state, record));
      }
      this.#seq = firstSeq + n;
    }
    if (records.length === recordsPerRead) return true;
    const nowMs = this.#runtime.clock.now();
    for (const pattern of this.#patterns) {
      await this.#apply(pattern, undefined, (state) => afterTime(pattern.config, state, nowMs));
    }
    if (nowMs - this.#savedAtMs >= saveEveryMs) await this.#save(undefined);
    return false;
  }

  /** The state changes when the event is on disk, so a repetition begins where this one began. */
  async #apply(
    { config }: Pattern,
    record: LogRecord | undefined,
    step: (state: PatternState) => PatternStep,
  ): Promise<void> {
    const before = this.#states.get(config.name);
    if (before === undefined) return;
    const { state, change } = step(before);
    if (change === undefined) {
      this.#states.set(config.name, state);
      return;
    }
    this.#states.set(config.name, state);
    try {
      await this.#save(patternEvent(config, change, { before, after: state }, record));
    } catch (error) {
      this.#states.set(config.name, before);
      throw error;
    }
    if (change === 'matched') this.#runtime.metrics.patternMatches.inc();
  }

  async #save(event: EventBody | undefined): Promise<void> {
    const atMs = this.#runtime.clock.now();
    const value = { seq: this.#seq, atMs, states: Object.fromEntries(this.#states) };
    await this.#parts.record(event, [[settingKey, JSON.stringify(value)]]);
    this.#savedAtMs = atMs;
  }

  async #retry(work: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      await this.#runtime.clock.sleep(everyMs, signal);
      return false;
    }
  }
}

function readSaved(settings: ReadonlyMap<string, string>) {
  const text = settings.get(settingKey);
  if (text === undefined) return undefined;
  const result = savedSchema.safeParse(JSON.parse(text));
  return result.success ? result.data : undefined;
}

function patternEvent(
  config: PatternConfig,
  change: 'matched' | 'ended',
  { before, after }: { readonly before: PatternState; readonly after: PatternState },
  record: LogRecord | undefined,
): EventBody {
  const { name, count, withinSeconds, absentSeconds } = config;
  const { records, sinceMs } = before;
  const isMatched = change === 'matched';
  return {
    kind: isMatched ? 'pattern.matched' : 'pattern.ended',
    subject: isMatched ? after.subject : before.subject,
    reason: reasonOf(config, isMatched, records),
    data: {
      pattern: name,
      ...(absentSeconds === undefined ? { count, withinSeconds } : { absentSeconds }),
      ...(isMatched ? {} : { records, since: new Date(sinceMs ?? 0).toISOString() }),
      ...(record === undefined ? {} : { message: record.message.slice(0, 500) }),
    },
  };
}

function reasonOf(config: PatternConfig, isMatched: boolean, records: number): string {
  const { name, count, withinSeconds, absentSeconds, quietSeconds } = config;
  const duration = (seconds: number) => formatDuration(seconds * 1_000);
  if (absentSeconds !== undefined) {
    return isMatched
      ? `Pattern ${name}: no such record for ${duration(absentSeconds)}.`
      : `Pattern ${name}: such records arrive again.`;
  }
  if (!isMatched) {
    return `Pattern ${name}: no such record for ${duration(quietSeconds)}, after ${records} of them.`;
  }
  return count === 1
    ? `Pattern ${name}: a record matches.`
    : `Pattern ${name}: ${count} records within ${duration(withinSeconds)} match.`;
}
