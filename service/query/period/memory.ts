import type { Identity } from '../../contract/instance.ts';
import type { Unwritten } from '../../ledger/reading.ts';
import type { Slicer } from '../../runtime/concurrency/slicer.ts';
import { createPresenceColumns, type PresenceColumns } from './presence-columns.ts';

/** Presences that the ledger has in memory, and the store perhaps not. */
export type Memory = {
  /** `instance` is the number in the store; 0 stands for the next one of `identities`. */
  readonly presences: PresenceColumns;
  readonly identities: readonly Identity[];
};

/** The same as a message to another thread: one long text is copied much faster than many objects. */
export type PackedMemory = Omit<Memory, 'identities'> & {
  /** JSON arrays of identities. */
  readonly identities: readonly string[];
};

export const unpackMemory = ({ presences, identities }: PackedMemory): Memory => ({
  presences,
  identities: identities.flatMap((text): Identity[] => JSON.parse(text)),
});

/** Presences that are packed in one slice: some milliseconds. */
const slicePresences = 5_000;

export async function packMemory(
  unwritten: Iterable<Unwritten>,
  slicer: Slicer,
  signal: AbortSignal,
): Promise<PackedMemory> {
  const iterator = unwritten[Symbol.iterator]();
  const builder = createPresenceColumns();
  const identities: string[] = [];

  function packSlice(): boolean {
    const named: Identity[] = [];
    let isOver = false;
    for (let taken = 0; taken < slicePresences && !isOver; taken++) {
      const { done = false, value } = iterator.next();
      isOver = done;
      if (done) break;
      const { whose, presence } = value;
      const isNumber = typeof whose === 'number';
      if (!isNumber) {
        named.push({ name: whose.name, version: whose.version, instance: whose.instance });
      }
      builder.push(isNumber ? whose : 0, presence.fromMs, presence.toMs, presence.reachMs);
    }
    if (named.length > 0) identities.push(JSON.stringify(named));
    return isOver;
  }

  while (!(await slicer.run(packSlice))) signal.throwIfAborted();
  return { presences: builder.columns(), identities };
}

/** Whether a component, or one instance of it, has a cover that begins before a time. */
export function wasActiveInMemory(
  { presences, identities }: Memory,
  subject: { readonly name: string; readonly version: string; readonly instance?: string },
  beforeMs: number,
): boolean {
  let named = 0;
  for (let at = 0; at < presences.length; at++) {
    const identity = presences.instance[at] === 0 ? identities[named++] : undefined;
    if (!identity || (presences.fromMs[at] ?? 0) >= beforeMs) continue;
    if (identity.name !== subject.name || identity.version !== subject.version) continue;
    if (subject.instance === undefined || subject.instance === identity.instance) return true;
  }
  return false;
}
