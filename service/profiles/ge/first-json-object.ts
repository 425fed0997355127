export type FirstObject =
  | { readonly kind: 'object'; readonly object: object }
  | { readonly kind: 'malformed'; readonly detail: string };

/**
 * The JSON object that a body begins with; what follows it is ignored, as the original's stream
 * decoder did.
 */
export function firstJsonObject(body: Buffer): FirstObject {
  const text = body.toString('utf8');
  const value = parse(text) ?? parse(text.slice(0, endOfObject(text)));
  if (value === undefined) {
    return { kind: 'malformed', detail: 'The body is not JSON: expected an object of strings.' };
  }
  if (typeof value.parsed !== 'object' || value.parsed === null || Array.isArray(value.parsed)) {
    return { kind: 'malformed', detail: 'The body is JSON, but not an object of strings.' };
  }
  return { kind: 'object', object: value.parsed };
}

function parse(text: string): { parsed: unknown } | undefined {
  try {
    return { parsed: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The position behind the brace that closes the first one; the text's length if there is none. */
function endOfObject(text: string): number {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isInString) {
      if (char === '\\') at++;
      else if (char === '"') isInString = false;
    } else if (char === '"') {
      isInString = true;
    } else if (char === '{') {
      depth++;
    } else if (char === '}') {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}
