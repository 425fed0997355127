import { z } from 'zod';
import type { Identity } from '../contract/instance.ts';

/** Where a page of instances ended. */
export type InstanceCursor =
  | { readonly kind: 'key'; readonly after: Identity }
  | { readonly kind: 'none'; readonly after: number };

/** The same as opaque text for the caller. */
export type InstancePlace = string;

const keySchema = z.tuple([z.string(), z.string(), z.string()]);
const refSchema = z.int().min(0);

export function placeAfter(cursor: InstanceCursor): InstancePlace {
  const { kind, after } = cursor;
  const place = kind === 'key' ? [after.name, after.version, after.instance] : after;
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

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
  const { success, data } = keySchema.safeParse(place);
  if (!success) return undefined;
  const [name, version, instance] = data;
  return { kind, after: { name, version, instance } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** By name, version, instance, as texts. */
export function compareIdentities(one: Identity, other: Identity): number {
  return (
    compare(one.name, other.name) ||
    compare(one.version, other.version) ||
    compare(one.instance, other.instance)
  );
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
