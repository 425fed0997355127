import type { Registry } from '../registry/registry.ts';
import type { ChangeQueue } from './change-queue.ts';
import type { ComponentWatch } from './components/watch.ts';
import type { InstanceWatch } from './instance-watch.ts';
import type { EventBody } from './telling/instance-event.ts';
import type { MassSilence } from './telling/mass-silence.ts';
import {
  massSilenceEndedEvent,
  massSilenceEvent,
  mostNames,
  type Toll,
} from './telling/mass-silence-event.ts';
import type { Teller } from './telling/teller.ts';

/** The setting that holds the mass silence that lasts. */
export const massSilenceKey = 'liveness.massSilence';

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
export function createSilenceLook(parts: {
  registry: Registry;
  instances: InstanceWatch;
  teller: Teller;
  massSilence: MassSilence;
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
  const { registry, instances, teller, massSilence, components, queue } = parts;
  const { turnSilences, remind, tell, now, nextTurn, saveAll } = parts;
  let savedStorm = massSilence.storm;

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
      if (!teller.tellSilences(nowMs, toldSlice)) return;
      await nextTurn();
    }
    teller.holdSilences();
  }

  /** Of those that are down still after a silence over them has ended. */
  async function tellReleased(nowMs: number): Promise<void> {
    for (let told = 0; told < toldPerLook; told += toldSlice) {
      if (!teller.tellReleased(nowMs, now(), toldSlice)) return;
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
    const phase = massSilence.assess(nowMs, registry.counts().up);
    if (phase.kind === 'calm') {
      await tellEach(nowMs);
      await tellReleased(nowMs);
      await remind(nowMs);
      await tellComponents(nowMs);
      return;
    }
    teller.holdSilences();
    if (phase.kind === 'began') {
      const some = teller.owed(mostNames).map(registry.identity);
      tell(massSilenceEvent(phase.storm, tolls(), some));
    } else if (phase.kind === 'ended') {
      tell(massSilenceEndedEvent(phase.storm, nowMs, teller.owedCount));
    }
  }

  /** Not before all rows that this speaks of are on disk, or go there with it. */
  async function tellComponents(nowMs: number): Promise<void> {
    if (queue.isBehind && (await saveAll())) return;
    for (const body of components.examine(nowMs)) tell(body);
  }

  function noteStorm(): void {
    const { storm } = massSilence;
    if (storm === savedStorm) return;
    savedStorm = storm;
    queue.set(massSilenceKey, storm && JSON.stringify(storm));
  }

  return async (nowMs) => {
    await turnSilences();
    await judgeDue(nowMs);
    await tellAll(nowMs);
    teller.tellCalm(nowMs);
    noteStorm();
  };
}
