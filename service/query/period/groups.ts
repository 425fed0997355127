import type { Identity } from '../../contract/instance.ts';

/** What instances can be put together by. */
export const groupKeys = ['name', 'version', 'instance'] as const;
export type GroupKey = (typeof groupKeys)[number];

/** A group: the parts of the identity that are asked for. */
export type Group = { readonly [Key in GroupKey]?: string };

export type Groups = {
  /** In the order of their parts as texts. */
  readonly groups: readonly Group[];
  /** By instance, the place of its group. */
  readonly groupOf: Uint32Array<ArrayBuffer>;
};

/** Puts instances together. Without any part there is one group, even of nobody. */
export function groupsOf(instances: readonly Identity[], by: readonly GroupKey[]): Groups {
  const keys = groupKeys.filter((key) => by.includes(key));
  const known = new Map<string, number>();
  const found: { readonly group: Group; readonly parts: readonly string[] }[] = [];
  const groupOf = Uint32Array.from(instances, (identity) => {
    const parts = keys.map((part) => identity[part]);
    const key = parts.length === 1 ? (parts[0] ?? '') : JSON.stringify(parts);
    const before = known.get(key);
    if (before !== undefined) return before;
    const group = Object.fromEntries(keys.map((part) => [part, identity[part]]));
    known.set(key, found.length);
    return found.push({ group, parts }) - 1;
  });
  if (keys.length === 0) return { groups: [{}], groupOf };

  const order = Array.from(found.keys()).sort((one, other) =>
    compareParts(found[one]?.parts ?? [], found[other]?.parts ?? []),
  );
  const rank = new Uint32Array(order.length);
  for (const [place, group] of order.entries()) rank[group] = place;
  return {
    groups: order.flatMap((group) => found[group]?.group ?? []),
    groupOf: groupOf.map((group) => rank[group] ?? 0),
  };
}

export function compareParts(one: readonly string[], other: readonly string[]): number {
  for (const [at, text] of one.entries()) {
    const against = other[at] ?? '';
    if (text !== against) return text < against ? -1 : 1;
  }
  return 0;
}
