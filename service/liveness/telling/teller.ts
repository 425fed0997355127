import { type InstanceState, instanceStates } from '../../contract/instance.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { ChangeQueue } from '../change-queue.ts';
import { changeKind } from '../state.ts';
import type { ThresholdsMs } from '../thresholds.ts';
import { createFlapping, type FlappingSettings } from './flapping.ts';
import {
  calmEvent,
  changeEvent,
  type EventBody,
  type Facts,
  flappingEvent,
  type Retirement,
} from './instance-event.ts';
import { createWaitingLine } from './waiting-line.ts';

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
export type Teller = {
  /** The state of an instance has changed, and is to be told at once. */
  changed(ref: Ref, how: Circumstances): void;
  /** It has fallen silent, or further: to be told by `tellSilences`. */
  fell(ref: Ref, how: Circumstances): void;
  /**
   * Tells of those that fell silent lately, then of earlier ones: at most `limit`. Says whether
   * there are more that can be told.
   */
  tellSilences(nowMs: number, limit: number): boolean;
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
};

/** Those that fell silent lately and are told first; beyond, they stand in line with the others. */
const mostFresh = 2_000;

/** The bits of the flags: what was told, and whether it is flapping. */
const toldBits = 0b011;
const flappingBit = 0b100;
/** Nothing was told: whoever is not known counts as retired. */
export const untold = instanceStates.indexOf('retired');

const toldOf = (flags: number): InstanceState => instanceStates[flags & toldBits] ?? 'retired';

export function createTeller(options: {
  registry: Registry;
  queue: ChangeQueue;
  flapping: FlappingSettings;
  thresholdsOf: (ref: Ref) => ThresholdsMs;
  newId: (atMs: number) => string;
}): Teller {
  const { registry, queue, thresholdsOf, newId } = options;
  const { changes, seconds } = options.flapping;
  const flapping = createFlapping(options.flapping);
  let fresh: Ref[] = [];
  const owed = createWaitingLine();

  const factsOf = (ref: Ref, silentMs: number): Facts => ({
    identity: registry.identity(ref),
    state: registry.state(ref),
    previous: toldOf(registry.flags(ref)),
    silentMs,
    thresholds: thresholdsOf(ref),
  });

  function add(ref: Ref, atMs: number, body: EventBody, isFlapping: boolean): void {
    const told = instanceStates.indexOf(registry.state(ref));
    registry.setFlags(ref, told | (isFlapping ? flappingBit : 0));
    owed.remove(ref);
    queue.add({ id: newId(atMs), atMs, ...body }, ref);
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

  /** Whether single changes of it are told. */
  function isTold(ref: Ref, { nowMs, atMs, silentMs, isNew }: Circumstances): boolean {
    if (isNew) return true;
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
      if (flags & flappingBit) {
        flapping.restore(ref, nowMs);
        return false;
      }
      const isOwed = toldOf(flags) !== registry.state(ref);
      if (isOwed) owed.add(ref);
      return isOwed;
    },

    forget(ref, { atMs, silentMs, retirement }) {
      const facts = factsOf(ref, silentMs);
      if (facts.previous !== 'retired') {
        queue.add({ id: newId(atMs), atMs, ...changeEvent('retired', facts, retirement) });
      }
      flapping.forget(ref);
      owed.remove(ref);
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
