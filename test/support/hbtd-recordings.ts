import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createGlob } from '../../service/contract/values/glob.ts';
import { normalise } from '../../service/profiles/hbtd/xname.ts';
import { readDocument } from './documents.ts';
import { exchange, type RawAnswer, requestText } from './raw-http.ts';

/*
 * Exchanges that were recorded from the real hbtd, and the differences on purpose, which are
 * a table in the README of the profile.
 */

const exchangeSchema = z.strictObject({
  name: z.string(),
  /** The bytes of the request, where it is no usual one. */
  raw: z.string().optional(),
  method: z.string().default('GET'),
  path: z.string().default('/'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  base64: z.string().optional(),
  /** Parameters in use before the exchange are those of `recordedParameters`. */
  given: z.literal('params').optional(),
  /** Components that have sent a heartbeat before. */
  heartbeating: z.array(z.string()).default([]),
  status: z.number(),
  type: z.string().default(''),
  location: z.string().default(''),
  response: z.string(),
  /** Component that the State Manager got as started. */
  started: z.string().default(''),
});
export type RecordedExchange = z.output<typeof exchangeSchema>;

const stepSchema = z.strictObject({
  at: z.number(),
  /** What happened to the State Manager or to hbtd. */
  event: z.string().optional(),
  request: z.array(z.string()).optional(),
  response: z.tuple([z.number(), z.string()]).optional(),
});

const scenarioSchema = z.strictObject({
  name: z.string(),
  warn: z.number(),
  err: z.number(),
  interval: z.number(),
  steps: z.array(stepSchema),
  hsm: z.array(
    z.strictObject({
      at: z.number(),
      /** Status of the response of the State Manager. */
      status: z.number(),
      message: z.string(),
      ids: z.array(z.string()),
    }),
  ),
});
export type RecordedScenario = z.output<typeof scenarioSchema>;

function readLines<T extends z.ZodType>(name: string, schema: T): z.output<T>[] {
  const path = fileURLToPath(new URL(`../fixtures/hbtd/${name}`, import.meta.url));
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => schema.parse(JSON.parse(line)));
}

export const readExchanges = () => readLines('exchanges.jsonl', exchangeSchema);
export const readScenarios = () => readLines('scenarios.jsonl', scenarioSchema);

/** Statuses that hbtd takes for success: it follows redirects. */
export const successes: ReadonlySet<number> = new Set([200, 202, 204, 301]);

/** State Manager in the recordings. */
export const recordedHsm = 'http://hsm.example.org/hsm/v2';

/** Parameters before each recorded change of parameters. */
export const recordedParameters = {
  Debug: '0',
  Nosm: '0',
  Use_telemetry: '0',
  Telemetry_host: 'kafka:9092:topic',
  Warntime: '10',
  Errtime: '30',
  Kv_url: 'mem:',
  Interval: '5',
  Sm_url: recordedHsm,
  Sm_timeout: '10',
  Sm_retries: '3',
};

/** Sends the request of a recording. */
export function replay(port: number, recorded: RecordedExchange): Promise<RawAnswer> {
  const { raw, method, path, headers, body, base64 } = recorded;
  if (raw !== undefined) return exchange(port, raw);
  const bytes = base64 === undefined ? Buffer.from(body ?? '') : Buffer.from(base64, 'base64');
  const hasBody = base64 !== undefined || body !== undefined;
  const length = hasBody ? { 'content-length': String(bytes.length) } : {};
  const head = requestText(method, path, { headers: { ...headers, ...length } });
  return exchange(port, Buffer.concat([Buffer.from(head), bytes]));
}

/** The component of a heartbeat in the spelling of the service; undefined for other requests. */
export function componentOf({ method, path, body, base64 }: RecordedExchange): string | undefined {
  if (method !== 'POST') return undefined;
  const [, encoded] = /^\/hmi\/v1\/heartbeat\/([^/?]+)/.exec(path) ?? [];
  if (encoded !== undefined) return normalise(decodeURIComponent(encoded));
  if (path !== '/hmi/v1/heartbeat') return undefined;
  const text = base64 === undefined ? body : Buffer.from(base64, 'base64').toString();
  const named = componentIn(text ?? '');
  return named && normalise(named);
}

/** The last value of the field in the body, whose name may have any case. */
function componentIn(text: string): string | undefined {
  try {
    const fields = Object.entries(JSON.parse(text.replace(/^\ufeff/, '')) ?? {});
    const named = fields.findLast(
      ([key, value]) => key.toLowerCase() === 'component' && typeof value === 'string',
    );
    return named && String(named[1]);
  } catch {
    return undefined;
  }
}

/** What is compared of a response, and what the State Manager got; empty text is nothing. */
export const parts = ['status', 'type', 'location', 'body', 'started'] as const;
export type Outcome = Readonly<Record<(typeof parts)[number], string>>;

export const recordedOutcome = (recorded: RecordedExchange): Outcome => ({
  status: String(recorded.status),
  type: recorded.type,
  location: recorded.location,
  body: recorded.response,
  started: recorded.started,
});

export type Difference = {
  readonly name: string;
  readonly part: string;
  readonly hbtd: string;
  readonly here: string;
};

export const differencesOf = (name: string, hbtd: Outcome, here: Outcome): Difference[] =>
  parts
    .filter((part) => hbtd[part] !== here[part])
    .map((part) => ({ name, part, hbtd: shortened(hbtd[part]), here: shortened(here[part]) }));

/** The detail of a problem, which is all of it that changes; any other text as it is. */
function shortened(text: string): string {
  const [, detail] = /^\{.*"detail":"([^"]*)"/.exec(text) ?? [];
  return (detail ?? text).trim();
}

/** A row of the table: where all of it matches, the difference is on purpose. */
type AllowedDifference = {
  readonly row: string;
  readonly names: readonly string[];
  readonly part: string;
  readonly hbtd: string;
  readonly here: string;
};

/** Rows of a table of the README: code is a pattern, a cell without code is nothing. */
export function readAllowed(heading: string): AllowedDifference[] {
  const text = readDocument('service/profiles/hbtd/README.md');
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => {
    const [names = '', part = '', hbtd = '', here = ''] = row
      .slice(1)
      .split('|')
      .map((cell) => cell.trim());
    return {
      row,
      names: codeIn(names),
      part,
      hbtd: codeIn(hbtd)[0] ?? '',
      here: codeIn(here)[0] ?? '',
    };
  });
}

const codeIn = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/**
 * Compares differences with the rows that allow them. Returns differences without a row, and patterns
 * of rows that allow nothing.
 */
export function compareWithAllowed(
  differences: readonly Difference[],
  allowed: readonly AllowedDifference[],
): { readonly unlisted: Difference[]; readonly unused: string[] } {
  const matches = (pattern: string, text: string) => createGlob(pattern)(text);
  const patterns = allowed.flatMap((rule) => rule.names.map((name) => ({ ...rule, name })));
  const used = new Set<(typeof patterns)[number]>();
  const unlisted = differences.filter((difference) => {
    const allowing = patterns.filter(
      ({ name, part, hbtd, here }) =>
        part === difference.part &&
        matches(name, difference.name) &&
        matches(hbtd, difference.hbtd) &&
        matches(here, difference.here),
    );
    for (const pattern of allowing) used.add(pattern);
    return allowing.length === 0;
  });
  const unused = patterns.filter((one) => !used.has(one)).map(({ name, row }) => `${name}: ${row}`);
  return { unlisted, unused };
}
