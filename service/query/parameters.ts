import type { FieldError } from '../contract/problem.ts';
import { describeValue } from '../contract/values/describe-value.ts';

/** A query string as node reads it. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Reads parameters one by one and gathers all that is wrong with them, so that the caller hears of
 * everything at once. A parameter that nobody has read in the end is one that we do not know: a
 * filter that is misspelt must not answer with everything.
 */
export type Parameters = {
  text(name: string): string | undefined;
  /** A parameter that may come several times, or hold several values with commas between. */
  oneOf<T extends string>(name: string, allowed: readonly T[]): readonly T[] | undefined;
  choice<T extends string>(name: string, allowed: readonly T[], otherwise: T): T;
  whole(name: string, min: number, max: number, otherwise: number): number;
  /** `read` gives undefined for what is not right. */
  parsed<T>(name: string, expected: string, read: (text: string) => T | undefined): T | undefined;
  refuse(name: string, expected: string): void;
  /** Everything that is wrong. */
  errors(): readonly FieldError[];
};

export type Reading<T> =
  | { readonly kind: 'asked'; readonly asked: T }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

/** What was asked for, if nothing was wrong. */
export function outcome<T>(parameters: Parameters, asked: T): Reading<T> {
  const errors = parameters.errors();
  return errors.length > 0 ? { kind: 'invalid', errors } : { kind: 'asked', asked };
}

/** Enough for any cursor. */
const longestText = 8_000;

export function createParameters(query: RawQuery): Parameters {
  const known: string[] = [];
  const errors: FieldError[] = [];

  function refuse(name: string, expected: string): undefined {
    errors.push({ path: name, expected, got: describeValue([query[name] ?? ''].flat().join(',')) });
    return undefined;
  }

  function text(name: string): string | undefined {
    known.push(name);
    const value = Object.hasOwn(query, name) ? query[name] : undefined;
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') return refuse(name, 'one value');
    return value.length > longestText ? refuse(name, `at most ${longestText} characters`) : value;
  }

  function parsed<T>(name: string, expected: string, read: (text: string) => T | undefined) {
    const value = text(name);
    return value === undefined ? undefined : (read(value) ?? refuse(name, expected));
  }

  return {
    text,
    parsed,
    refuse,
    oneOf(name, allowed) {
      known.push(name);
      const value = Object.hasOwn(query, name) ? query[name] : undefined;
      const given = [value ?? []].flat().flatMap((one) => one.split(','));
      const asked = given.filter((one) => one !== '');
      if (asked.length === 0) return undefined;
      const found = allowed.filter((one) => asked.includes(one));
      if (asked.every((one) => found.some((other) => other === one))) return found;
      return refuse(name, `one or more of ${allowed.join(', ')}`);
    },
    choice(name, allowed, otherwise) {
      const find = (value: string) => allowed.find((one) => one === value);
      return parsed(name, `one of ${allowed.join(', ')}`, find) ?? otherwise;
    },
    whole(name, min, max, otherwise) {
      const read = (value: string) => {
        const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
        return number >= min && number <= max ? number : undefined;
      };
      return parsed(name, `a whole number from ${min} to ${max}`, read) ?? otherwise;
    },
    errors() {
      const unknown = Object.keys(query).filter((name) => !known.includes(name));
      const expected = `no such parameter; there are ${known.join(', ')}`;
      return [
        ...errors,
        ...unknown.slice(0, 10).map((name) => ({
          path: name.slice(0, 100),
          expected,
          got: describeValue([query[name] ?? ''].flat().join(',')),
        })),
      ];
    },
  };
}
