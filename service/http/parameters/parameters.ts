import { z } from 'zod';
import type { DocumentedParameter } from '../../contract/api/operation.ts';
import type { FieldError } from '../../contract/problem.ts';
import { describeValue } from '../../contract/values/describe-value.ts';
import { ownProperty } from '../../contract/values/own-property.ts';
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
    const value = ownProperty(this.#values, name);
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
    const texts = [ownProperty(this.#values, name) ?? []].flat().flatMap((one) => one.split(','));
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

/** A parameter that is read as it is documented. */
export type QueryParameter<T> = DocumentedParameter & { readonly read: (query: QueryString) => T };

type QueryParameters = Readonly<Record<string, QueryParameter<unknown>>>;

type ParameterValues<P extends QueryParameters> = {
  readonly [Key in keyof P]: ReturnType<P[Key]['read']>;
};

/** Values of parameters, under the same keys. */
export function readParameters<P extends QueryParameters>(
  parameters: P,
  query: QueryString,
): ParameterValues<P>;
export function readParameters(parameters: QueryParameters, query: QueryString): object {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, parameter]) => [key, parameter.read(query)]),
  );
}

export const textParameter = (
  name: string,
  description: string,
): QueryParameter<string | undefined> => ({
  name,
  description,
  schema: z.string(),
  read: (query) => query.text(name),
});

export const requiredTextParameter = (
  name: string,
  description: string,
): QueryParameter<string> => ({
  name,
  description,
  schema: z.string(),
  isRequired: true,
  read: (query) => query.text(name) ?? query.refuse(name, 'a value') ?? '',
});

const globParameter = (name: string, description: string) =>
  textParameter(name, `${description} A glob: \`*\` matches any characters, \`?\` exactly one.`);

/** Filter by the parts of an identity. */
export const identityParameters = {
  name: globParameter('name', 'Only components with this name.'),
  version: globParameter('version', 'Only this version.'),
  instance: globParameter('instance', 'Only this instance.'),
};

export const enumListParameter = <T extends string>(
  name: string,
  allowed: readonly T[],
  description: string,
): QueryParameter<readonly T[] | undefined> => ({
  name,
  description: `${description} One or more, separated by commas.`,
  schema: z.array(z.enum(allowed)),
  isList: true,
  read: (query) => query.list(name, allowed),
});

export const enumParameter = <T extends string, D extends T | undefined>(
  name: string,
  allowed: readonly T[],
  defaultValue: D,
  description: string,
): QueryParameter<T | D> => ({
  name,
  description,
  schema: withDefault(z.enum(allowed), defaultValue),
  read: (query) =>
    query.parse(name, `one of ${allowed.join(', ')}`, (text) =>
      allowed.find((one) => one === text),
    ) ?? defaultValue,
});

export const booleanParameter = (
  name: string,
  description: string,
): QueryParameter<boolean | undefined> => ({
  name,
  description,
  schema: z.boolean(),
  read: (query) => query.parse(name, 'true or false', (text) => booleans.get(text)),
});

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

export const integerParameter = <D extends number | undefined>(
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
  defaultValue: D,
  description: string,
): QueryParameter<number | D> => ({
  name,
  description,
  schema: withDefault(z.int().min(min).max(max), defaultValue),
  read: (query) =>
    query.parse(name, `a whole number from ${min} to ${max}`, (text) => {
      const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    }) ?? defaultValue,
});

const withDefault = <S extends z.ZodType>(schema: S, value: unknown): S =>
  value === undefined ? schema : schema.meta({ default: value });

/** `decode` returns undefined for a text that is not the cursor of a page. */
export const cursorParameter = <T>(
  decode: (text: string) => T | undefined,
): QueryParameter<T | undefined> => ({
  name: 'cursor',
  description: 'The `next` of the page before.',
  schema: z.string(),
  read: (query) => query.parse('cursor', 'the "next" of the page before', decode),
});

const defaultPageSize = 100;

/** Rows of a page; undefined for all rows, if the format has no pages. */
export const limitParameter = (max: number): QueryParameter<number | undefined> => {
  const description =
    `Maximum on a page; the default is ${defaultPageSize}. NDJSON and CSV contain all rows, ` +
    'without pages, if it is absent.';
  const parameter = integerParameter('limit', { min: 1, max }, undefined, description);
  const read = (query: QueryString) =>
    parameter.read(query) ?? (query.isPaged ? defaultPageSize : undefined);
  return { ...parameter, read };
};
