/** Findings in the text of a body that its parsed value has lost, by the index of the item. */
export type TextFindings = {
  /** The first duplicate key of an object, as a JSONPath from the item on. */
  readonly duplicates: ReadonlyMap<number, string>;
  /** The digits of timestamps that a double cannot hold. */
  readonly timestamps: ReadonlyMap<number, string>;
};

type Frame =
  | { readonly kind: 'array'; index: number }
  | { readonly kind: 'object'; key: string; seen: string | Set<string> | undefined };

/**
 * Scans a JSON text, without recursion, because the sender chooses the depth of its nesting.
 *
 * `JSON.parse` takes the last of two equal keys without an error, but a body with two instances is
 * ambiguous; and it rounds integers beyond 2^53, such as nanoseconds, to a double.
 *
 * @param text valid JSON: an array of items, or one item
 */
export function scanText(text: string): TextFindings {
  const duplicates = new Map<number, string>();
  const timestamps = new Map<number, string>();
  const open: Frame[] = [];
  let item = 0;
  let isKey = false;

  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
        open.push({ kind: 'object', key: '', seen: undefined });
        isKey = true;
        break;
      case 0x5b: // [
        open.push({ kind: 'array', index: 0 });
        isKey = false;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        isKey = false;
        break;
      case 0x2c: {
        const frame = open.at(-1);
        isKey = frame?.kind === 'object';
        if (frame?.kind === 'array') frame.index++;
        if (frame?.kind === 'array' && open.length === 1) item++;
        break;
      }
      case 0x22: {
        const end = endOfString(text, at);
        const frame = open.at(-1);
        if (isKey && frame?.kind === 'object') {
          frame.key = JSON.parse(text.slice(at, end));
          if (!isNew(frame) && !duplicates.has(item)) duplicates.set(item, pathOf(open));
          const isField = open.length === (open[0]?.kind === 'array' ? 2 : 1);
          const digits = isField && frame.key === 'timestamp' ? digitsAt(text, end) : undefined;
          if (digits !== undefined) timestamps.set(item, digits);
          isKey = false;
        }
        at = end - 1;
        break;
      }
    }
  }
  return { duplicates, timestamps };
}

/** Position behind the closing quote of the string that opens at `from`. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) {
    at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  }
  return at + 1;
}

/** Whether the current key of the object is no duplicate; most objects need no set for that. */
function isNew(frame: Extract<Frame, { kind: 'object' }>): boolean {
  const { key, seen } = frame;
  if (seen === undefined) {
    frame.seen = key;
    return true;
  }
  if (typeof seen === 'string') {
    frame.seen = new Set([seen, key]);
    return seen !== key;
  }
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

const longInteger = /\s*:\s*(\d{16,20})(?=[\s,}])/y;

function digitsAt(text: string, at: number): string | undefined {
  longInteger.lastIndex = at;
  return longInteger.exec(text)?.[1];
}

const maxPathParts = 8;
const maxKeyCharacters = 60;

/** Path of the current key of the innermost open object, cut to a readable length. */
function pathOf(open: readonly Frame[]): string {
  const frames = open[0]?.kind === 'array' ? open.slice(1) : open;
  const parts = frames.slice(0, maxPathParts).map((frame) => {
    if (frame.kind === 'array') return `[${frame.index}]`;
    if (/^[A-Za-z_]\w{0,59}$/.test(frame.key)) return `.${frame.key}`;
    const isLong = frame.key.length > maxKeyCharacters;
    return `[${JSON.stringify(isLong ? `${frame.key.slice(0, maxKeyCharacters)}…` : frame.key)}]`;
  });
  return `${parts.join('')}${frames.length > maxPathParts ? '…' : ''}`;
}

/**
 * Number of colons in the text: no valid JSON has more keys. When the parsed value has as many keys
 * as the text has colons, there is no duplicate key, and the scan above is not needed. That is the
 * case for nearly every body, and costs a tenth of the scan.
 */
export function countColons(text: string): number {
  return text.match(/:/g)?.length ?? 0;
}
