import { z } from 'zod';
import type { DocumentedParameter } from '../contract/api/operation.ts';
import { momentExpected, parseMoment } from './moment.ts';
import type { Parameters } from './parameters.ts';

/** A parameter of a query that is read as it is documented. */
export type Described<T> = DocumentedParameter & { read(parameters: Parameters): T };

export const text = (name: string, description: string): Described<string | undefined> => ({
  name,
  description,
  schema: z.string(),
  read: (parameters) => parameters.text(name),
});

/** Of names, versions and the like: `*` and `?` stand for other characters. */
export const glob = (name: string, description: string): Described<string | undefined> =>
  text(name, `${description} A glob: \`*\` stands for any characters, \`?\` for one.`);

export const severalOf = <T extends string>(
  name: string,
  allowed: readonly T[],
  description: string,
): Described<readonly T[] | undefined> => ({
  name,
  description: `${description} One or more, with commas between.`,
  schema: z.array(z.enum(allowed)),
  isList: true,
  read: (parameters) => parameters.oneOf(name, allowed),
});

export const choice = <T extends string>(
  name: string,
  allowed: readonly T[],
  otherwise: T,
  description: string,
): Described<T> => ({
  name,
  description,
  schema: z.enum(allowed).meta({ default: otherwise }),
  read: (parameters) => parameters.choice(name, allowed, otherwise),
});

export const truth = (name: string, description: string): Described<boolean | undefined> => ({
  name,
  description,
  schema: z.boolean(),
  read: (parameters) => parameters.parsed(name, 'true or false', (value) => truths.get(value)),
});

const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

export const whole = (
  name: string,
  { min, max, otherwise }: { min: number; max: number; otherwise: number },
  description: string,
): Described<number> => ({
  name,
  description,
  schema: z.int().min(min).max(max).meta({ default: otherwise }),
  read: (parameters) => parameters.whole(name, min, max, otherwise),
});

/** A point in time; what is counted back from now needs to know when that is. */
export const moment = (name: string, description: string) => ({
  name,
  description: `${description} ${momentExpected[0]?.toUpperCase()}${momentExpected.slice(1)}.`,
  schema: z.string(),
  read: (parameters: Parameters, nowMs: number, timeZone?: string): number | undefined =>
    parameters.parsed(name, momentExpected, (value) => parseMoment(value, nowMs, timeZone)),
});

/** Where the page before ended; `read` gives undefined for what no page ended with. */
export const cursor = (name = 'cursor') => ({
  name,
  description: 'The `next` of the page before.',
  schema: z.string(),
  read: <T>(parameters: Parameters, read: (value: string) => T | undefined): T | undefined =>
    parameters.parsed(name, 'the "next" of the page before', read),
});

const usualOnPage = 100;

/**
 * How many rows a page has. Who reads rows alone (NDJSON, CSV) and names no number wants no pages:
 * then it is undefined.
 */
export const pageSize = (max: number) => ({
  name: 'limit',
  description:
    `Most on a page; ${usualOnPage} when left out. NDJSON and CSV have no pages when it is left ` +
    'out, but all there is.',
  schema: z.int().min(1).max(max),
  read(parameters: Parameters, isPaged: boolean): number | undefined {
    const given = parameters.whole('limit', 1, max, 0);
    if (given > 0) return given;
    return isPaged ? usualOnPage : undefined;
  },
});
