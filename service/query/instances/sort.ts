import { z } from 'zod';

/** What instances are sorted by; `key` stands for name, version and instance. */
export const instanceSorts = ['key', 'instance', 'firstSeen', 'lastBeat', 'stateSince'] as const;
export type InstanceSort = (typeof instanceSorts)[number];

/**
 * Sort key of an instance: the value that it is sorted by, then name, version and instance, so no
 * two keys are equal.
 */
export type SortKey = readonly [
  by: string | number,
  name: string,
  version: string,
  instance: string,
];

/** Position of the last instance of a page: its sort key, or its ref if the pages have no order. */
export type InstanceCursor =
  | { readonly kind: InstanceSort; readonly after: SortKey }
  | { readonly kind: 'none'; readonly after: number };

const refSchema = z.int().min(0);
const identityParts = [z.string(), z.string(), z.string()] as const;
const textKeySchema = z.tuple([z.string(), ...identityParts]);
const timeKeySchema = z.tuple([z.number(), ...identityParts]);
const schemas = {
  key: z.tuple([z.literal(''), ...identityParts]),
  instance: textKeySchema,
  firstSeen: timeKeySchema,
  lastBeat: timeKeySchema,
  stateSince: timeKeySchema,
} as const satisfies Record<InstanceSort, z.ZodType<SortKey>>;

export const encodeCursor = ({ after }: InstanceCursor): string =>
  Buffer.from(JSON.stringify(after)).toString('base64url');

/** Undefined for a text that is not the cursor of a page in this order. */
export function decodeCursor(
  text: string,
  kind: InstanceCursor['kind'],
): InstanceCursor | undefined {
  const position = parsed(Buffer.from(text, 'base64url').toString());
  if (kind === 'none') {
    const { success, data } = refSchema.safeParse(position);
    return success ? { kind, after: data } : undefined;
  }
  const { success, data } = schemas[kind].safeParse(position);
  return success ? { kind, after: data } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Ascending; texts by their code units. */
export function compareSortKeys(one: SortKey, other: SortKey): number {
  for (let at = 0; at < one.length; at++) {
    const [mine = '', theirs = ''] = [one[at], other[at]];
    if (mine !== theirs) return mine < theirs ? -1 : 1;
  }
  return 0;
}
