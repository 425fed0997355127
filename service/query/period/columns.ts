/** Presences in columns: a million take 28 MB, and another thread can be given them as they are. */
export type PresenceColumns = {
  readonly length: number;
  /** Whose it is: a number from 0 on for each instance. */
  readonly instance: Uint32Array<ArrayBuffer>;
  readonly fromMs: Float64Array<ArrayBuffer>;
  readonly toMs: Float64Array<ArrayBuffer>;
  readonly reachMs: Float64Array<ArrayBuffer>;
};

export type ColumnsBuilder = {
  push(instance: number, fromMs: number, toMs: number, reachMs: number): void;
  /** What was pushed; the arrays are as long as there is room, not as `length`. */
  taken(): PresenceColumns;
};

export function createColumns(): ColumnsBuilder {
  let room = 1_024;
  let length = 0;
  let instance = new Uint32Array(room);
  let from = new Float64Array(room);
  let to = new Float64Array(room);
  let reach = new Float64Array(room);

  function grow(): void {
    room *= 2;
    instance = filled(new Uint32Array(room), instance);
    from = filled(new Float64Array(room), from);
    to = filled(new Float64Array(room), to);
    reach = filled(new Float64Array(room), reach);
  }

  return {
    push(whose, fromMs, toMs, reachMs) {
      if (length === room) grow();
      instance[length] = whose;
      from[length] = fromMs;
      to[length] = toMs;
      reach[length] = reachMs;
      length += 1;
    },
    taken: () => ({ length, instance, fromMs: from, toMs: to, reachMs: reach }),
  };
}

function filled<A extends Uint32Array | Float64Array>(column: A, start: A): A {
  column.set(start);
  return column;
}
