import { z } from 'zod';
import type { DocumentedParameter } from '../../contract/api/operation.ts';
import type { QueryString } from './query-string.ts';

/** A parameter that is read as it is documented. */
export type QueryParameter<T> = DocumentedParameter & { readonly read: (query: QueryString) => T };

export type QueryParameters = Readonly<Record<string, QueryParameter<unknown>>>;

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

export const globParameter = (name: string, description: string) =>
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
