import type { Identity } from '../../contract/instance.ts';
import type { Presence } from '../../contract/presence.ts';
import type { Slicer } from '../slicer.ts';

/** What memory knows and the store may not: as the ledger gives it. */
export type Unwritten = { readonly whose: number | Identity; readonly presence: Presence };

/** The same in columns. */
export type Memory = {
  readonly length: number;
  /** The number of the instance in the store, or 0: then the next one of `identities` is meant. */
  readonly instanceId: Uint32Array<ArrayBuffer>;
  /** From, to, reach of each. */
  readonly times: Float64Array<ArrayBuffer>;
  readonly identities: readonly Identity[];
};

/** On its way to another thread: to copy a long text costs nothing, to copy many objects does. */
export type PackedMemory = Omit<Memory, 'identities'> & {
  /** Some identities each, as JSON. */
  readonly identities: readonly string[];
};

export const unpackMemory = ({ identities, ...columns }: PackedMemory): Memory => ({
  ...columns,
  identities: identities.flatMap((text): Identity[] => JSON.parse(text)),
});

/** Taken in one piece: some milliseconds. */
const piece = 5_000;

/** Packs all of it, a piece a turn. */
export async function packMemory(
  unwritten: Iterable<Unwritten>,
  turns: Slicer,
  signal: AbortSignal,
): Promise<PackedMemory> {
  const iterator = unwritten[Symbol.iterator]();
  const identities: string[] = [];
  let named: Identity[] = [];
  let instanceId = new Uint32Array(1_024);
  let times = new Float64Array(3 * 1_024);
  let length = 0;

  function take({ whose, presence }: Unwritten): void {
    if (length === instanceId.length) {
      instanceId = longer(instanceId, new Uint32Array(2 * length));
      times = longer(times, new Float64Array(6 * length));
    }
    if (typeof whose === 'number') instanceId[length] = whose;
    else named.push({ name: whose.name, version: whose.version, instance: whose.instance });
    times.set([presence.fromMs, presence.toMs, presence.reachMs], 3 * length);
    length += 1;
  }

  function takePiece(): boolean {
    let isOver = false;
    for (let taken = 0; taken < piece && !isOver; taken++) {
      const { done = false, value } = iterator.next();
      if (done) isOver = true;
      else take(value);
    }
    if (named.length > 0) identities.push(JSON.stringify(named));
    named = [];
    return isOver;
  }

  const isDone = () => turns.take(takePiece);
  while (!(await isDone())) signal.throwIfAborted();
  return { length, instanceId, times, identities };
}

function longer<A extends Uint32Array | Float64Array>(old: A, room: A): A {
  room.set(old);
  return room;
}

/** Whether a component, or that instance of it, has a cover from before a time that is named. */
export function wasThereInMemory(
  { length, instanceId, times, identities }: Memory,
  whose: { readonly name: string; readonly version: string; readonly instance?: string },
  beforeMs: number,
): boolean {
  let named = 0;
  for (let at = 0; at < length; at++) {
    const identity = instanceId[at] === 0 ? identities[named++] : undefined;
    if (!identity || (times[3 * at] ?? 0) >= beforeMs) continue;
    if (identity.name !== whose.name || identity.version !== whose.version) continue;
    if (whose.instance === undefined || whose.instance === identity.instance) return true;
  }
  return false;
}
