import {
  isRecord,
  pythonJsonLength,
  pythonLength,
  pythonRepr,
  pythonStr,
  pythonTypeName,
} from '../python-text.ts';

/*
 * The checks of a metric, in the order of the service. Each function returns the message of a fault,
 * or undefined. They use no schema library because they run for every metric of a load.
 */

const restrictedInName = /[<>={},"\\;&() ]/;
const restrictedInDimension = /[<>={},"\\;&]/;

const valueMetaLimits = { pairs: 16, keyCharacters: 255, jsonCharacters: 2048 } as const;

export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string') {
    return `invalid metric name type: ${pythonStr(name)} is not a string type `;
  }
  if (!isLengthAllowed(name)) return `invalid length for metric name: ${name}`;
  if (restrictedInName.test(name)) return `invalid characters in metric name: ${name}`;
  return undefined;
}

export function dimensionKeyFault(key: string): string | undefined {
  if (!isLengthAllowed(key))
    return `invalid length (${pythonLength(key)}) for dimension key ${key}`;
  if (restrictedInDimension.test(key) || key.startsWith('_')) {
    return `invalid characters in dimension key ${key}`;
  }
  return undefined;
}

export function dimensionValueFault(key: string, value: unknown): string | undefined {
  if (typeof value !== 'string') {
    const text = pythonStr(value);
    return `invalid dimension value type: ${text} must be a string (from key ${key})`;
  }
  if (!isLengthAllowed(value)) {
    return `invalid length (${pythonLength(value)}) for dimension value ${value} from key ${key}`;
  }
  if (restrictedInDimension.test(value)) {
    return `invalid characters in dimension value ${value} from key ${key}`;
  }
  return undefined;
}

export function dimensionsFault(dimensions: unknown): string | undefined {
  if (dimensions === undefined) return undefined;
  if (!isRecord(dimensions)) return hasNoItems(dimensions);
  for (const key in dimensions) {
    const fault = dimensionKeyFault(key) ?? dimensionValueFault(key, dimensions[key]);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export function valueFault(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined;
  if (typeof value !== 'number') {
    return `invalid value type: ${pythonStr(value)} is not a number type for metric`;
  }
  if (Number.isFinite(value)) return undefined;
  return `invalid value: ${pythonStr(value)} is not a valid value for metric`;
}

/** Any number is valid: seconds, zero, negative numbers, the far future. */
export function timestampFault(timestamp: unknown): string | undefined {
  if (typeof timestamp === 'boolean') return undefined;
  if (typeof timestamp === 'number' && Number.isFinite(timestamp)) return undefined;
  return `invalid timestamp type: ${pythonStr(timestamp)} is not a number type for metric`;
}

export function valueMetaFault(valueMeta: unknown): string | undefined {
  if (valueMeta === undefined || valueMeta === null) return undefined;
  if (!isRecord(valueMeta)) {
    const hasLength = typeof valueMeta === 'string' || Array.isArray(valueMeta);
    if (hasLength) return hasNoItems(valueMeta);
    return `object of type '${pythonTypeName(valueMeta)}' has no len()`;
  }
  const keys = Object.keys(valueMeta);
  if (keys.length > valueMetaLimits.pairs) {
    const limit = valueMetaLimits.pairs;
    const text = pythonRepr(valueMeta);
    return `Too many valueMeta entries ${keys.length}, limit is ${limit}: valueMeta ${text}`;
  }
  return keyFault(keys, valueMeta) ?? jsonFault(valueMeta);
}

function keyFault(keys: readonly string[], valueMeta: Record<string, unknown>): string | undefined {
  for (const key of keys) {
    if (key === '') {
      return `valueMeta name cannot be empty: key=, value=${pythonStr(valueMeta[key])}`;
    }
    if (!isLengthAllowed(key)) {
      const limit = valueMetaLimits.keyCharacters;
      return `valueMeta name too long: ${key} must be ${limit} characters or less`;
    }
  }
  return undefined;
}

function jsonFault(valueMeta: Record<string, unknown>): string | undefined {
  const limit = valueMetaLimits.jsonCharacters;
  // Python writes at most six characters for one, and few more between them.
  if (JSON.stringify(valueMeta).length * 8 <= limit) return undefined;
  if (pythonJsonLength(valueMeta) <= limit) return undefined;
  const text = pythonRepr(valueMeta);
  return `valueMeta name value combinations must be ${limit} characters or less: valueMeta ${text}`;
}

function isLengthAllowed(text: string): boolean {
  return text.length > 0 && (text.length <= 255 || pythonLength(text) <= 255);
}

const hasNoItems = (value: unknown) => `'${pythonTypeName(value)}' object has no attribute 'items'`;
