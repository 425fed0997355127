/*
 * The service is a Python program. Its messages quote values as Python prints them, and one of its
 * limits counts the characters of Python's JSON.
 */

/** The result of `repr()`: `None`, `True`, `'text'`, `{'a': 1}`. */
export function pythonRepr(value: unknown): string {
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
  }
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (isRecord(value)) {
    const pairs = Object.entries(value).map(
      ([key, held]) => `${pythonRepr(key)}: ${pythonRepr(held)}`,
    );
    return `{${pairs.join(', ')}}`;
  }
  return pythonStr(value);
}

/** The result of `str()`, which has no quotes around a text. */
export function pythonStr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  return pythonRepr(value);
}

export function pythonTypeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return Array.isArray(value) ? 'list' : 'dict';
}

/** The length of `json.dumps(value)`: spaces after `,` and `:`, and six characters for `é`. */
export function pythonJsonLength(value: unknown): number {
  if (typeof value === 'string') return jsonTextLength(value);
  if (Array.isArray(value)) {
    return 2 + separators(value.length) + sum(value.map(pythonJsonLength));
  }
  if (isRecord(value)) {
    const pairs = Object.entries(value);
    const held = pairs.map(([key, item]) => jsonTextLength(key) + 2 + pythonJsonLength(item));
    return 2 + separators(pairs.length) + sum(held);
  }
  return JSON.stringify(value).length;
}

/** Number of characters of a text in Python, which counts code points. */
export function pythonLength(text: string): number {
  let length = text.length;
  for (let index = 0; index + 1 < text.length; index++) {
    const isPair = (text.codePointAt(index) ?? 0) > 0xffff;
    if (isPair) {
      length--;
      index++;
    }
  }
  return length;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function jsonTextLength(text: string): number {
  let length = JSON.stringify(text).length;
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7e) length += 5;
  }
  return length;
}

const separators = (items: number) => Math.max(0, items - 1) * 2;

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
