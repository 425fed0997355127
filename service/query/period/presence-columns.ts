import type { Identity } from '../../contract/instance.ts';
import { withRoom } from '../../runtime/collections/growing-array.ts';

/** Presences in columns: a million take 28 MB, and can be transferred to another thread. */
export type PresenceColumns = {
  readonly length: number;
  /** Number of the instance of each presence. */
  readonly instance: Uint32Array<ArrayBuffer>;
  readonly fromMs: Float64Array<ArrayBuffer>;
  readonly toMs: Float64Array<ArrayBuffer>;
  readonly reachMs: Float64Array<ArrayBuffer>;
};

/** Presences whose `instance` is an index into `instances`. */
export type PresenceSet = {
  readonly presences: PresenceColumns;
  readonly instances: readonly Identity[];
};

/** Builder of columns; the arrays of the result may be longer than `length`. */
export function createPresenceColumns() {
  let length = 0;
  let instances = new Uint32Array(0);
  let from = new Float64Array(0);
  let to = new Float64Array(0);
  let reach = new Float64Array(0);

  return {
    push(instance: number, fromMs: number, toMs: number, reachMs: number): void {
      if (length === instances.length) {
        instances = withRoom(Uint32Array, instances, length + 1);
        from = withRoom(Float64Array, from, length + 1);
        to = withRoom(Float64Array, to, length + 1);
        reach = withRoom(Float64Array, reach, length + 1);
      }
      instances[length] = instance;
      from[length] = fromMs;
      to[length] = toMs;
      reach[length] = reachMs;
      length += 1;
    },
    columns: (): PresenceColumns => ({
      length,
      instance: instances,
      fromMs: from,
      toMs: to,
      reachMs: reach,
    }),
  };
}

export const buffersOf = (columns: PresenceColumns): ArrayBuffer[] =>
  [columns.instance, columns.fromMs, columns.toMs, columns.reachMs].map(({ buffer }) => buffer);
