/**
 * A copy of `fields` without those whose value is undefined, for types whose optional properties
 * may be absent but not undefined.
 */
export function defined<T extends object>(fields: T): Defined<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  // What is left has the keys of T, and none of them is undefined.
  return Object.fromEntries(entries) as Defined<T>;
}

type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
