import type { EventBody } from '../contract/event.ts';
import type { Registry } from '../registry/registry.ts';
import type { ChangeQueue } from './change-queue.ts';
import type { ComponentWatch } from './components/watch.ts';
import type { InstanceWatch } from './instance-watch.ts';
import type { MassOutage } from './reporting/mass-outage.ts';
import {
  massOutageEndedEvent,
  massOutageEvent,
  mostNames,
  type Toll,
} from './reporting/mass-outage-event.ts';
import type { Reporter } from './reporting/reporter.ts';

/** The setting that holds the mass outage that lasts. */
export const massOutageKey = 'liveness.massOutage';

/** Instances that are judged, and told of, before other work has its turn. */
const judgedSlice = 1_000;
const toldSlice = 200;
/** Those that are told of in one look at most: bounds the size of a commit. */
const toldPerLook = 2_000;

/**
 * Makes the look at what silence has brought until a logical time: first who wants to hear of it,
 * then all states, then, in view of how many fell silent, what is told of instances, and of
 * components.
 */
export function createEvaluation(parts: {
  registry: Registry;
  instances: InstanceWatch;
  reporter: Reporter;
  massOutage: MassOutage;
  components: ComponentWatch;
  /** Lets silences begin and end. */
  turnSilences: () => Promise<void>;
  remind: (nowMs: number) => Promise<void>;
  queue: ChangeQueue;
  tell: (body: EventBody) => void;
  /** The wall clock. */
  now: () => number;
  /** Lets other work have its turn. */
  nextTurn: () => Promise<void>;
  /** A checkpoint: gives why it failed. */
  saveAll: () => Promise<Error | undefined>;
}): (nowMs: number) => Promise<void> {
  const { registry, instances, reporter, massOutage, components, queue } = parts;
  const { turnSilences, remind, tell, now, nextTurn, saveAll } = parts;
  let savedStorm = massOutage.storm;

  async function judgeDue(nowMs: number): Promise<void> {
    for (;;) {
      const due = registry.takeDue(nowMs, judgedSlice);
      for (const ref of due) instances.judge(ref, nowMs);
      if (due.length < judgedSlice) return;
      await nextTurn();
    }
  }

  async function tellEach(nowMs: number): Promise<void> {
    for (let told = 0; told < toldPerLook; told += toldSlice) {
      if (!reporter.tellSilences(nowMs, toldSlice)) return;
      await nextTurn();
    }
    reporter.holdSilences();
  }

  /** Of those that are down still after a silence over them has ended. */
  async function tellReleased(nowMs: number): Promise<void> {
    for (let told = 0; told < toldPerLook; told += toldSlice) {
      if (!reporter.tellReleased(nowMs, now(), toldSlice)) return;
      await nextTurn();
    }
  }

  function tolls(): Toll[] {
    return [...registry.components()].map((index) => {
      const { up, late, down } = registry.counts(index);
      return { ...registry.componentOf(index), silent: late + down, up };
    });
  }

  /** In a storm neither single instances nor components are told of. */
  async function tellAll(nowMs: number): Promise<void> {
    const phase = massOutage.assess(nowMs, registry.counts().up);
    if (phase.kind === 'calm') {
      await tellEach(nowMs);
      await tellReleased(nowMs);
      await remind(nowMs);
      await tellComponents(nowMs);
      return;
    }
    reporter.holdSilences();
    if (phase.kind === 'began') {
      const some = reporter.owed(mostNames).map(registry.identity);
      tell(massOutageEvent(phase.storm, tolls(), some));
    } else if (phase.kind === 'ended') {
      tell(massOutageEndedEvent(phase.storm, nowMs, reporter.owedCount));
    }
  }

  /** Not before all rows that this speaks of are on disk, or go there with it. */
  async function tellComponents(nowMs: number): Promise<void> {
    if (queue.isBehind && (await saveAll())) return;
    for (const body of components.examine(nowMs)) tell(body);
  }

  function noteStorm(): void {
    const { storm } = massOutage;
    if (storm === savedStorm) return;
    savedStorm = storm;
    queue.set(massOutageKey, storm && JSON.stringify(storm));
  }

  return async (nowMs) => {
    await turnSilences();
    await judgeDue(nowMs);
    await tellAll(nowMs);
    reporter.tellCalm(nowMs);
    noteStorm();
  };
}
