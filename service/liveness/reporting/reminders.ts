import { z } from 'zod';
import type { LivenessConfig } from '../../config/sections/liveness.ts';
import type { EventBody } from '../../contract/event.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import { componentReminder, type DownInstances, fleetReminder, maxNames } from './events.ts';
import { RefQueue } from './ref-queue.ts';

/** Most instances of a component that are reminded of singly; one event stands for more. */
const maxSingle = 10;
/** If there would be more events than this, one stands for all components. */
const maxEvents = 100;
/** Instances handled before other work may run. */
const slice = 2_000;

const savedKey = 'liveness.reminders';
const savedSchema = z.object({ everySeconds: z.number(), round: z.number() });

/** Decides about the reminder of an instance, and makes it. */
type ReminderReporter = {
  readonly isHeld: boolean;
  isReminderDue(ref: Ref): boolean;
  remind(ref: Ref, nowMs: number): void;
};

type Group = DownInstances & { readonly refs: Ref[]; count: number; longestMs: number };

/**
 * Reminders of instances that are still down.
 *
 *   logical time   ┼───────────┼───────────┼───────────┼──▶   a round every `everySeconds`
 *                       │  ╰ half a round    ╰ reminder ╰ and again
 *                       ╰ down
 *
 * A round is the same for all instances, so reminders can be grouped; it counts for an instance that
 * has been down for half a round. Both are in logical time: neither blind time nor a step of the wall
 * clock makes reminders come sooner or twice. The number of the last round is saved together with
 * its events.
 *
 * Times are logical milliseconds.
 */
export class Reminders {
  readonly #settings: LivenessConfig['reminders'];
  readonly #everyMs: number;
  readonly #save: (key: string, value: string) => void;
  /** Instances whose deadline for a round has passed. */
  readonly #noted = new RefQueue();
  #round: number;

  constructor(options: {
    settings: LivenessConfig['reminders'];
    nowMs: number;
    saved: ReadonlyMap<string, string>;
    save: (key: string, value: string) => void;
  }) {
    const { everySeconds } = options.settings;
    this.#settings = options.settings;
    this.#everyMs = everySeconds === 0 ? Number.POSITIVE_INFINITY : everySeconds * 1_000;
    this.#save = options.save;
    const text = options.saved.get(savedKey);
    const saved = text === undefined ? undefined : savedSchema.parse(JSON.parse(text));
    this.#round = saved?.everySeconds === everySeconds ? saved.round : this.#roundAt(options.nowMs);
    if (everySeconds !== 0 && this.#round !== saved?.round) this.#saveRound();
  }

  /** The next round for an instance that is down since then; never, when it has had all of them. */
  nextMs(downMs: number): number {
    return this.#roundMs(downMs, this.#round + 1);
  }

  /** The same after the round of `nowMs` was noted. */
  followingMs(downMs: number, nowMs: number): number {
    return this.#roundMs(downMs, this.#roundAt(nowMs) + 1);
  }

  note(ref: Ref): void {
    this.#noted.add(ref);
  }

  forget(ref: Ref): void {
    this.#noted.remove(ref);
  }

  /** Makes the reminders of a round that has come; in few events, however many instances are down. */
  async report(
    nowMs: number,
    registry: Registry,
    reporter: ReminderReporter,
    add: (body: EventBody) => void,
    pause: () => Promise<void>,
  ): Promise<void> {
    if (this.#roundAt(nowMs) <= this.#round || reporter.isHeld) return;
    const groups = await this.#gather(nowMs, registry, reporter, pause);
    const events = groups.reduce((sum, { count }) => sum + (count > maxSingle ? 1 : count), 0);
    if (events > maxEvents) add(fleetReminder(groups));
    for (const group of events > maxEvents ? [] : groups) {
      if (group.count > maxSingle) {
        const instances = group.refs.map((ref) => registry.identity(ref).instance);
        add(componentReminder(group, instances));
        continue;
      }
      // A heartbeat may have come while the others were gathered.
      for (const ref of group.refs) if (reporter.isReminderDue(ref)) reporter.remind(ref, nowMs);
    }
    this.#round = this.#roundAt(nowMs);
    this.#saveRound();
  }

  async #gather(
    nowMs: number,
    registry: Registry,
    reporter: ReminderReporter,
    pause: () => Promise<void>,
  ): Promise<Group[]> {
    const groups = new Map<number, Group>();
    let handled = 0;
    for (let ref = this.#noted.take(); ref !== undefined; ref = this.#noted.take()) {
      if (reporter.isReminderDue(ref)) {
        const index = registry.component(ref);
        const component = registry.componentOf(index);
        const group = groups.get(index) ?? { component, refs: [], count: 0, longestMs: 0 };
        group.count += 1;
        group.longestMs = Math.max(group.longestMs, nowMs - registry.lastHeardMs(ref));
        if (group.refs.length < maxNames) group.refs.push(ref);
        groups.set(index, group);
      }
      handled += 1;
      if (handled % slice === 0) await pause();
    }
    return [...groups.values()];
  }

  #roundAt(nowMs: number): number {
    return Math.floor(nowMs / this.#everyMs);
  }

  /** Time of the first round from `least` on that counts for the instance. */
  #roundMs(downMs: number, least: number): number {
    const first = Math.ceil(downMs / this.#everyMs + 0.5);
    const next = Math.max(first, least);
    return next - first < this.#settings.most ? next * this.#everyMs : Number.POSITIVE_INFINITY;
  }

  #saveRound(): void {
    const { everySeconds } = this.#settings;
    this.#save(savedKey, JSON.stringify({ everySeconds, round: this.#round }));
  }
}
