import { z } from 'zod';
import type { LivenessConfig } from '../../config/sections/liveness.ts';
import type { Ref } from '../../registry/registry.ts';
import { withRoom } from '../../runtime/collections/growing-array.ts';

const savedOutageSchema = z.object({
  beganMs: z.number(),
  wereUp: z.number(),
  absent: z.number(),
  returned: z.number(),
  lastAbsentMs: z.number(),
});
type Outage = Readonly<z.output<typeof savedOutageSchema>>;

/** What an assessment finds. `suspected`: one may be beginning. */
type Assessment =
  | { readonly kind: 'none' | 'suspected' | 'lasts' }
  | { readonly kind: 'began' | 'ended'; readonly outage: Outage };

const savedKey = 'liveness.massOutage';

/**
 * Recognizes a mass outage: within a window, more than a share of the instances that were up become
 * absent. An instance that returns does not count any more.
 *
 *   none ──▶ suspected ──▶ mass outage ──▶ none
 *     ▲          │
 *     └──────────┘
 *
 * One event is made when it is recognized and one when it ends. Absences are deferred as soon as it
 * is suspected; the ones that last are reported one by one after its end, each in one event. Other
 * changes are reported as ever: the return of an instance whose absence was reported, stopping, first
 * heartbeats.
 *
 * A mass outage is recognized only when much of it has passed. It is suspected while the absences of
 * the last seconds, if they went on like this, would become one. It ends a window after the last new
 * absence. An ordinary death is never deferred: a suspicion takes half of `minInstances` in
 * `holdSeconds`, and about a twelfth of the share.
 *
 * Times are logical milliseconds.
 */
export class MassOutage {
  readonly #settings: LivenessConfig['massOutage'];
  readonly #save: (key: string, value: string | undefined) => void;
  /** How many became absent in each second, and still are; a ring as long as the window. */
  readonly #ring: Uint32Array;
  #ringSecond = 0;
  /** By ref, the second in which an instance became absent; 0 for none. */
  #absentSince = new Uint32Array(1_024);
  #outage: Outage | undefined;
  #saved: Outage | undefined;

  constructor(
    settings: LivenessConfig['massOutage'],
    saved: ReadonlyMap<string, string>,
    save: (key: string, value: string | undefined) => void,
  ) {
    this.#settings = settings;
    this.#save = save;
    this.#ring = new Uint32Array(settings.windowSeconds);
    const text = saved.get(savedKey);
    if (text !== undefined) this.#outage = savedOutageSchema.parse(JSON.parse(text));
    this.#saved = this.#outage;
  }

  get isUnderWay(): boolean {
    return this.#outage !== undefined;
  }

  becameAbsent(ref: Ref, nowMs: number): void {
    this.#count(ref, nowMs);
    const outage = this.#outage;
    if (outage) this.#outage = { ...outage, absent: outage.absent + 1, lastAbsentMs: nowMs };
  }

  /** The instance became absent before the start: a mass outage that lasts has counted it. */
  restore(ref: Ref, nowMs: number): void {
    this.#count(ref, nowMs);
    if (this.#outage) this.#outage = { ...this.#outage, lastAbsentMs: nowMs };
  }

  /** The instance is not absent any more, or is not considered. */
  returned(ref: Ref): void {
    const second = this.#absentSince[ref] ?? 0;
    if (second === 0) return;
    this.#absentSince[ref] = 0;
    const { windowSeconds } = this.#settings;
    const place = second % windowSeconds;
    if (second > this.#ringSecond - windowSeconds) {
      this.#ring[place] = Math.max(0, (this.#ring[place] ?? 0) - 1);
    }
    const outage = this.#outage;
    if (outage) this.#outage = { ...outage, returned: outage.returned + 1 };
  }

  /** To be called in each evaluation after the states, with the number of instances that are up. */
  assess(nowMs: number, up: number): Assessment {
    this.#turnTo(secondOf(nowMs));
    const assessment = this.#outage ? this.#assessEnd(nowMs, this.#outage) : this.#find(nowMs, up);
    if (this.#outage !== this.#saved) {
      this.#saved = this.#outage;
      this.#save(savedKey, this.#outage && JSON.stringify(this.#outage));
    }
    return assessment;
  }

  #assessEnd(nowMs: number, outage: Outage): Assessment {
    if (nowMs - outage.lastAbsentMs < this.#settings.windowSeconds * 1_000)
      return { kind: 'lasts' };
    this.#outage = undefined;
    return { kind: 'ended', outage };
  }

  #find(nowMs: number, up: number): Assessment {
    const { minInstances, windowSeconds, holdSeconds } = this.#settings;
    const absent = this.#absentWithin(windowSeconds);
    const wereUp = up + absent;
    if (this.#isMass(absent, wereUp)) {
      const outage = { beganMs: nowMs, wereUp, absent, returned: 0, lastAbsentMs: nowMs };
      this.#outage = outage;
      return { kind: 'began', outage };
    }
    const lately = this.#absentWithin(holdSeconds);
    const isSuspected =
      wereUp >= minInstances &&
      lately >= minInstances / 2 &&
      this.#isMass((lately * windowSeconds) / holdSeconds, wereUp);
    return { kind: isSuspected ? 'suspected' : 'none' };
  }

  #isMass(absent: number, wereUp: number): boolean {
    const { share, minInstances } = this.#settings;
    return absent >= minInstances && absent > share * wereUp;
  }

  #count(ref: Ref, nowMs: number): void {
    const second = secondOf(nowMs);
    this.#turnTo(second);
    this.#absentSince = withRoom(Uint32Array, this.#absentSince, ref + 1);
    this.#absentSince[ref] = second;
    const place = second % this.#ring.length;
    this.#ring[place] = (this.#ring[place] ?? 0) + 1;
  }

  /** Empties the places of the seconds that have left the window. */
  #turnTo(second: number): void {
    const { length } = this.#ring;
    const steps = Math.min(length, second - this.#ringSecond);
    for (let step = 0; step < steps; step++) this.#ring[(second - step) % length] = 0;
    this.#ringSecond = Math.max(this.#ringSecond, second);
  }

  #absentWithin(seconds: number): number {
    let sum = 0;
    for (let back = 0; back < seconds && back < this.#ringSecond; back++) {
      sum += this.#ring[(this.#ringSecond - back) % this.#ring.length] ?? 0;
    }
    return sum;
  }
}

const secondOf = (ms: number) => Math.floor(ms / 1_000) + 1;
