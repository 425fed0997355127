import type { FieldError } from '../../contract/problem.ts';
import { describeValue } from '../../contract/values/describe-value.ts';
import { invalidParameters, ProblemError } from '../route.ts';

/** A query string as node parses it. */
export type QueryValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Longer than any cursor. */
const maxCharacters = 8_000;

/**
 * Parameters of a query string. Errors are collected, so the caller gets all of them at once. A
 * parameter that is not read is unknown and an error too: a misspelt filter must not match everything.
 */
export class QueryString {
  /** Time of the request, for parameters that are relative to it. */
  readonly nowMs: number;
  /** Whether the response has pages even without a limit. */
  isPaged = true;
  readonly #values: QueryValues;
  readonly #known: string[] = [];
  readonly #errors: FieldError[] = [];

  constructor(values: QueryValues, nowMs = 0) {
    this.nowMs = nowMs;
    this.#values = values;
  }

  /** Undefined for a parameter that is absent or empty. */
  text(name: string): string | undefined {
    this.#known.push(name);
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') return this.refuse(name, 'one value');
    if (value.length <= maxCharacters) return value;
    return this.refuse(name, `at most ${maxCharacters} characters`);
  }

  /** `parse` returns undefined for an invalid text; `expected` describes a valid one. */
  parse<T>(name: string, expected: string, parse: (text: string) => T | undefined): T | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : (parse(text) ?? this.refuse(name, expected));
  }

  /** A parameter that may be repeated, or contain several values separated by commas. */
  list<T extends string>(name: string, allowed: readonly T[]): readonly T[] | undefined {
    this.#known.push(name);
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    const texts = [value ?? []].flat().flatMap((one) => one.split(','));
    const given = texts.filter((one) => one !== '');
    if (given.length === 0) return undefined;
    const found = allowed.filter((one) => given.includes(one));
    if (given.every((one) => found.some((other) => other === one))) return found;
    return this.refuse(name, `one or more of ${allowed.join(', ')}`);
  }

  refuse(name: string, expected: string): undefined {
    this.#errors.push({ path: name, expected, got: this.#shown(name) });
    return undefined;
  }

  errors(): readonly FieldError[] {
    const unknown = Object.keys(this.#values).filter((name) => !this.#known.includes(name));
    const expected = `no such parameter; there are ${this.#known.join(', ')}`;
    return [
      ...this.#errors,
      ...unknown
        .slice(0, 10)
        .map((name) => ({ path: name.slice(0, 100), expected, got: this.#shown(name) })),
    ];
  }

  #shown(name: string): string {
    return describeValue([this.#values[name] ?? ''].flat().join(','));
  }
}

/** Result of `read`. Throws a `ProblemError` if any parameter is invalid or unknown. */
export function readQueryString<T>(
  values: QueryValues,
  read: (query: QueryString) => T,
  nowMs?: number,
): T {
  const query = new QueryString(values, nowMs);
  const result = read(query);
  const errors = query.errors();
  if (errors.length > 0) throw new ProblemError(invalidParameters(errors));
  return result;
}
