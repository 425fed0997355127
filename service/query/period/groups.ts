import type { Identity } from '../../contract/instance.ts';

/** Parts of the identity by which instances can be grouped. */
export const groupKeys = ['name', 'version', 'instance'] as const;
export type GroupKey = (typeof groupKeys)[number];

/** The parts of the identity that all instances of a group share. */
export type InstanceGroup = { readonly [Key in GroupKey]?: string };

type GroupedInstances = {
  /** In the order of their parts as texts. */
  readonly groups: readonly InstanceGroup[];
  /** Index of the group of each instance. */
  readonly groupOf: Uint32Array<ArrayBuffer>;
};

/** Groups instances. Without any key there is exactly one group, even of no instance. */
export function groupInstances(
  instances: readonly Identity[],
  by: readonly GroupKey[],
): GroupedInstances {
  const keys = groupKeys.filter((key) => by.includes(key));
  const known = new Map<string, number>();
  const found: InstanceGroup[] = [];
  const groupOf = Uint32Array.from(instances, (identity) => {
    const parts = keys.map((part) => identity[part]);
    const key = parts.length === 1 ? (parts[0] ?? '') : JSON.stringify(parts);
    const index = known.get(key) ?? found.length;
    if (index < found.length) return index;
    known.set(key, index);
    found.push(Object.fromEntries(keys.map((part) => [part, identity[part]])));
    return index;
  });
  if (keys.length === 0) return { groups: [{}], groupOf };

  const order = [...found.keys()].sort((one, other) =>
    compareGroups(found[one] ?? {}, found[other] ?? {}),
  );
  const place = new Uint32Array(order.length);
  for (const [at, group] of order.entries()) place[group] = at;
  return {
    groups: order.map((group) => found[group] ?? {}),
    groupOf: groupOf.map((group) => place[group] ?? 0),
  };
}

/** By name, version and instance, each by its code units. */
export function compareGroups(one: InstanceGroup, other: InstanceGroup): number {
  for (const key of groupKeys) {
    const [text = '', against = ''] = [one[key], other[key]];
    if (text !== against) return text < against ? -1 : 1;
  }
  return 0;
}
