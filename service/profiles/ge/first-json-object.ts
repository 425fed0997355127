import { textOf } from '../../ingest/json-body.ts';
import { isCostly } from '../../ingest/json-shape.ts';

type FirstObject =
  | { readonly kind: 'object'; readonly object: object }
  | { readonly kind: 'malformed'; readonly detail: string };

/**
 * Reads the JSON object at the start of a body, and ignores the rest, as the original's stream
 * decoder did.
 */
export function firstJsonObject(body: Buffer): FirstObject {
  const isTooCostly = isCostly(body.toString('latin1'));
  const value = isTooCostly
    ? undefined
    : (parse(body) ?? parse(body.subarray(0, endOfObject(body))));
  if (value === undefined) {
    return { kind: 'malformed', detail: 'The body is not JSON: expected an object of strings.' };
  }
  if (typeof value.parsed !== 'object' || value.parsed === null || Array.isArray(value.parsed)) {
    return { kind: 'malformed', detail: 'The body is JSON, but not an object of strings.' };
  }
  return { kind: 'object', object: value.parsed };
}

function parse(body: Buffer): { parsed: unknown } | undefined {
  const text = textOf(body);
  try {
    return text === undefined ? undefined : { parsed: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const [quote, backslash, opening, closing] = [0x22, 0x5c, 0x7b, 0x7d];

/**
 * Position behind the brace that closes the first one; the body's length if there is none. No byte
 * of a multi-byte UTF-8 sequence is a quote or a brace.
 */
function endOfObject(body: Buffer): number {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (isInString) {
      if (byte === backslash) at++;
      else if (byte === quote) isInString = false;
    } else if (byte === quote) {
      isInString = true;
    } else if (byte === opening) {
      depth++;
    } else if (byte === closing) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return body.length;
}
