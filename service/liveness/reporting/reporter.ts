import type { EventBody } from '../../contract/event.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { ActiveSilences } from '../../silences/active-silences.ts';
import type { ChangeQueue } from '../change-queue.ts';
import { changeKind } from '../state.ts';
import type { ThresholdsMs } from '../thresholds.ts';
import { createFlapping, type FlappingSettings } from './flapping.ts';
import {
  calmEvent,
  changeEvent,
  type Facts,
  flappingEvent,
  type Retirement,
  reminderEvent,
  stillDownEvent,
} from './instance-event.ts';
import { createRefQueue } from './ref-queue.ts';
import type { Reminders } from './reminders.ts';
import { flagsAfter, hushed, isFlapping, isHeard, isHushed, toldOf } from './report-flags.ts';

/**
 * Tells what instances have become.
 *
 * Each instance has two states: the one it is in, and the one that was last *told*. Both are kept
 * in its row (the told one in the flags), and an event is on disk together with the row in which
 * they agree. Where they differ, an event is owed; everything that holds events back (a mass
 * silence, flapping, a store that is unwell) does no more than not to tell. So nothing is told
 * twice or forgotten, whoever dies, and what was held back costs no memory: when it is told at
 * last, one event says what the instance is then, and one that is what it was before needs none.
 */
export type Reporter = {
  /** The state of an instance has changed, and is to be told at once. */
  changed(ref: Ref, how: Circumstances): void;
  /** It has fallen silent, or further: to be told by `tellSilences`. */
  fell(ref: Ref, how: Circumstances): void;
  /**
   * Tells of those that fell silent lately, then of earlier ones: at most `limit`. Says whether
   * there are more that can be told.
   */
  tellSilences(nowMs: number, limit: number): boolean;
  /**
   * The silence over it ends: if it was told to be down, that is news once more, to be told by
   * `tellReleased`; so is that it flaps, if nobody heard of that. Says whether its row has to be on
   * disk before.
   */
  release(ref: Ref): boolean;
  /** Tells of those that no silence covers any longer, as `tellSilences` does. */
  tellReleased(nowMs: number, atMs: number, limit: number): boolean;
  /** Whether people were told that it is down, and may be reminded of that. */
  isRemindable(ref: Ref): boolean;
  remind(ref: Ref, nowMs: number, atMs: number): void;
  /** Lets those that fell silent lately wait. */
  holdSilences(): void;
  /** Tells of those that flap no longer. */
  tellCalm(nowMs: number): void;
  /** The instance is there since before our start. Is an event owed of it? */
  restore(ref: Ref, nowMs: number): boolean;
  /** It is about to be forgotten: tells of that if it was not retired before. */
  forget(ref: Ref, how: Circumstances): void;
  /** Some of those of whom an event is owed. */
  owed(limit: number): Ref[];
  readonly owedCount: number;
  readonly flappingCount: number;
};

export type Circumstances = {
  /** The logical time, and the epoch milliseconds from which on it is true. */
  readonly nowMs: number;
  readonly atMs: number;
  readonly silentMs: number;
  readonly retirement?: Retirement;
  /** It was not known before: no change that could be one of flapping. */
  readonly isNew?: boolean;
  /** Each change of it is told, however often it changes. */
  readonly isSingle?: boolean;
};

/** Those that fell silent lately and are told first; beyond, they stand in line with the others. */
const mostFresh = 2_000;

const closing: ReadonlySet<EventBody['kind']> = new Set(['recovered', 'retired', 'calm']);

export function createReporter(options: {
  registry: Registry;
  queue: ChangeQueue;
  silences: Pick<ActiveSilences, 'coveredBy' | 'isHolding' | 'lastOver'>;
  reminders: Pick<Reminders, 'forget'>;
  flapping: FlappingSettings;
  thresholdsOf: (ref: Ref) => ThresholdsMs;
  newId: (atMs: number) => string;
}): Reporter {
  const { registry, queue, silences, reminders, thresholdsOf, newId } = options;
  const { changes, seconds } = options.flapping;
  const flapping = createFlapping(options.flapping);
  let fresh: Ref[] = [];
  const owed = createRefQueue();
  const released = createRefQueue();

  const factsOf = (ref: Ref, silentMs: number): Facts => ({
    identity: registry.identity(ref),
    state: registry.state(ref),
    previous: toldOf(registry.flags(ref)),
    silentMs,
    thresholds: thresholdsOf(ref),
  });

  const coveredBy = (ref: Ref): string | undefined =>
    silences.isHolding ? silences.coveredBy(registry.identity(ref)) : undefined;

  /** What closes something that people were told of reaches them too; all else a silence keeps. */
  const silencedBy = (ref: Ref, kind: EventBody['kind']): string | undefined =>
    closing.has(kind) && isHeard(registry.flags(ref)) ? undefined : coveredBy(ref);

  function add(ref: Ref, atMs: number, body: EventBody, flaps: boolean): void {
    const silence = silencedBy(ref, body.kind);
    const isSilenced = silence !== undefined;
    const how = { isFlapping: flaps, isSilenced };
    registry.setFlags(ref, flagsAfter(registry.flags(ref), registry.state(ref), how));
    owed.remove(ref);
    const mark = isSilenced ? { silencedBy: silence } : {};
    queue.add({ id: newId(atMs), atMs, ...body, ...mark }, ref);
  }

  function tell(ref: Ref, atMs: number, silentMs: number, retirement?: Retirement): void {
    const kind = changeKind(toldOf(registry.flags(ref)), registry.state(ref));
    if (kind === undefined) owed.remove(ref);
    else if (queue.isFull) owed.add(ref);
    else add(ref, atMs, changeEvent(kind, factsOf(ref, silentMs), retirement), false);
  }

  function tellSilent(ref: Ref, nowMs: number): void {
    if (flapping.has(ref)) owed.remove(ref);
    else tell(ref, registry.stateSinceMs(ref), nowMs - registry.lastHeardMs(ref));
  }

  /** Of whoever flaps, that it is calm will be told. */
  const isToldDown = (ref: Ref): boolean => {
    const flags = registry.flags(ref);
    return registry.state(ref) === 'down' && toldOf(flags) === 'down' && !isFlapping(flags);
  };

  function tellAnew(ref: Ref, nowMs: number, atMs: number): void {
    const flags = registry.flags(ref);
    if (!isHushed(flags) || coveredBy(ref) !== undefined) return;
    const facts = factsOf(ref, nowMs - registry.lastHeardMs(ref));
    if (isFlapping(flags)) {
      add(ref, atMs, flappingEvent(facts, changes, seconds), true);
    } else if (isToldDown(ref)) {
      reminders.forget(ref);
      add(ref, atMs, stillDownEvent(facts, silences.lastOver(facts.identity)), false);
    }
  }

  /** Whether single changes of it are told. */
  function isTold(ref: Ref, { nowMs, atMs, silentMs, isNew, isSingle }: Circumstances): boolean {
    if (isNew || isSingle) return true;
    const phase = flapping.change(ref, nowMs);
    if (phase === 'begins') {
      add(ref, atMs, flappingEvent(factsOf(ref, silentMs), changes, seconds), true);
    }
    return phase === 'calm';
  }

  return {
    changed(ref, how) {
      if (isTold(ref, how)) tell(ref, how.atMs, how.silentMs, how.retirement);
    },

    fell(ref, how) {
      if (!isTold(ref, how)) return;
      if (fresh.length < mostFresh) fresh.push(ref);
      else owed.add(ref);
    },

    tellSilences(nowMs, limit) {
      const now = fresh.splice(0, limit);
      for (const ref of now) tellSilent(ref, nowMs);
      for (let told = now.length; told < limit && !queue.isFull; told++) {
        const ref = owed.take();
        if (ref === undefined) break;
        tellSilent(ref, nowMs);
      }
      return fresh.length + owed.size > 0 && !queue.isFull;
    },

    release(ref) {
      const flags = registry.flags(ref);
      // Who flaps is told of anew if that began within the silence: it may go on for ever.
      if (!isToldDown(ref) && !(isFlapping(flags) && isHushed(flags))) return false;
      released.add(ref);
      if (isHushed(flags)) return false;
      registry.setFlags(ref, hushed(flags));
      return true;
    },

    tellReleased(nowMs, atMs, limit) {
      for (let looked = 0; looked < limit && !queue.isFull; looked++) {
        const ref = released.take();
        if (ref === undefined) break;
        tellAnew(ref, nowMs, atMs);
      }
      return released.size > 0 && !queue.isFull;
    },

    isRemindable: (ref) =>
      isToldDown(ref) && !isHushed(registry.flags(ref)) && coveredBy(ref) === undefined,
    remind(ref, nowMs, atMs) {
      const facts = factsOf(ref, nowMs - registry.lastHeardMs(ref));
      add(ref, atMs, reminderEvent(facts), false);
    },

    holdSilences() {
      for (const ref of fresh) owed.add(ref);
      fresh = [];
    },

    tellCalm(nowMs) {
      for (const ref of flapping.takeCalm(nowMs)) {
        const silentMs = nowMs - registry.lastHeardMs(ref);
        const atMs = registry.stateSinceMs(ref) + seconds * 1_000;
        add(ref, atMs, calmEvent(factsOf(ref, silentMs), seconds), false);
      }
    },

    restore(ref, nowMs) {
      const flags = registry.flags(ref);
      if (isFlapping(flags)) {
        flapping.restore(ref, nowMs);
        if (isHushed(flags)) released.add(ref);
        return false;
      }
      const isOwed = toldOf(flags) !== registry.state(ref);
      if (isOwed) owed.add(ref);
      else if (isHushed(flags)) released.add(ref);
      return isOwed;
    },

    forget(ref, { atMs, silentMs, retirement }) {
      const facts = factsOf(ref, silentMs);
      if (facts.previous !== 'retired') {
        const silence = silencedBy(ref, 'retired');
        const by = silence === undefined ? {} : { silencedBy: silence };
        queue.add({ id: newId(atMs), atMs, ...changeEvent('retired', facts, retirement), ...by });
      }
      flapping.forget(ref);
      owed.remove(ref);
      released.remove(ref);
      reminders.forget(ref);
    },

    owed: owed.first,
    get owedCount() {
      return owed.size;
    },
    get flappingCount() {
      return flapping.size;
    },
  };
}
