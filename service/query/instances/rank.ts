import { z } from 'zod';
import type { Identity } from '../../contract/instance.ts';

/** By what instances are sorted, from what stands first in a rank. */
export const rankedSorts = ['key', 'instance', 'firstSeen', 'lastBeat', 'stateSince'] as const;
export type RankedSort = (typeof rankedSorts)[number];

/**
 * The place of an instance in an order: what it is sorted by, then name, version and instance, by
 * which no two are equal.
 */
export type Rank = readonly [by: string | number, name: string, version: string, instance: string];

/** Where a page of instances ended. */
export type InstanceCursor =
  | { readonly kind: RankedSort; readonly after: Rank }
  | { readonly kind: 'none'; readonly after: number };

/** The same as opaque text for the caller. */
export type InstancePlace = string;

const refSchema = z.int().min(0);
const keySchema = z.tuple([z.literal(''), z.string(), z.string(), z.string()]);
const textSchema = z.tuple([z.string(), z.string(), z.string(), z.string()]);
const timeSchema = z.tuple([z.number(), z.string(), z.string(), z.string()]);
const schemas = {
  key: keySchema,
  instance: textSchema,
  firstSeen: timeSchema,
  lastBeat: timeSchema,
  stateSince: timeSchema,
} as const satisfies Record<RankedSort, z.ZodType<Rank>>;

export const placeAfter = ({ after }: InstanceCursor): InstancePlace =>
  Buffer.from(JSON.stringify(after)).toString('base64url');

/** Undefined for what no page of this order ended with. */
export function decodeCursor(
  text: string,
  kind: InstanceCursor['kind'],
): InstanceCursor | undefined {
  const place = parsed(Buffer.from(text, 'base64url').toString());
  if (kind === 'none') {
    const { success, data } = refSchema.safeParse(place);
    return success ? { kind, after: data } : undefined;
  }
  const { success, data } = schemas[kind].safeParse(place);
  return success ? { kind, after: data } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const identityOf = ([, name, version, instance]: Rank): Identity => ({
  name,
  version,
  instance,
});

/** Ascending; texts by their code units. */
export function compareRanks(one: Rank, other: Rank): number {
  for (let at = 0; at < one.length; at++) {
    const [mine = '', theirs = ''] = [one[at], other[at]];
    if (mine !== theirs) return mine < theirs ? -1 : 1;
  }
  return 0;
}
