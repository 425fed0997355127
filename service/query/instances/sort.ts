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

export const encodeCursor = ({ after }: InstanceCursor): string =>
  Buffer.from(JSON.stringify(after)).toString('base64url');

/** Undefined for a text that is not the cursor of a page in this order. */
export function decodeCursor(
  text: string,
  kind: InstanceCursor['kind'],
): InstanceCursor | undefined {
  const position = parseJson(Buffer.from(text, 'base64url').toString());
  if (kind === 'none') {
    const after = z.int().min(0).safeParse(position).data;
    return after === undefined ? undefined : { kind, after };
  }
  const after = z
    .tuple([firstValues[kind], z.string(), z.string(), z.string()])
    .safeParse(position);
  return after.data && { kind, after: after.data };
}

/** First value of the sort key in each order. */
const firstValues = {
  key: z.literal(''),
  instance: z.string(),
  firstSeen: z.number(),
  lastBeat: z.number(),
  stateSince: z.number(),
} as const;

function parseJson(text: string): unknown {
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
