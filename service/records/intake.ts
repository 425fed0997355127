import { z } from 'zod';
import type { Caller } from '../contract/access/caller.ts';
import type { FieldError, ItemProblem, Problem } from '../contract/problem.ts';
import {
  type LogRecord,
  recordLevelNames,
  recordLevels,
  recordLimits,
} from '../contract/records/log-record.ts';
import { describeValue } from '../contract/values/describe-value.ts';
import { parseTimestamp, timestampExpected } from '../contract/values/timestamp.ts';
import { readJsonBody } from '../ingest/json-body.ts';
import { StoreUnavailable } from '../store/failure.ts';

const identityPart = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => text.trim() === text);
const text = z.string().max(recordLimits.messageCharacters);
const time = z
  .union([z.string(), z.number()])
  .refine((given) => parseTimestamp(given) !== undefined, { error: timestampExpected });

/** A record as `POST /api/v1/records` takes it. */
export const recordCandidateSchema = z.object({
  name: identityPart.describe('Name of the component.'),
  version: identityPart.describe('Version of the component.'),
  instance: identityPart.describe('Instance that wrote the record.'),
  message: text,
  level: z
    .union([z.enum(recordLevelNames), z.number().min(0).max(100)])
    .default('info')
    .describe('A name, or a number as Python has it.'),
  logger: z.string().max(1_000).optional(),
  createdAt: time.optional().describe('Time that the program states.'),
  exception: text.optional(),
  stack: text.optional(),
  fields: z
    .record(
      z.string().max(255),
      z.union([z.string().max(recordLimits.fieldCharacters), z.number(), z.boolean(), z.null()]),
    )
    .refine((fields) => Object.keys(fields).length <= recordLimits.fields, {
      error: `at most ${recordLimits.fields} fields`,
    })
    .optional(),
  hops: z.array(z.string().max(100)).max(100).optional(),
});

type RecordAcceptance =
  | {
      readonly kind: 'accepted';
      readonly accepted: number;
      readonly rejected: readonly ItemProblem[];
    }
  | { readonly kind: 'problem'; readonly problem: Problem };

export type RecordIntake = {
  /** Accepts a body: resolves when all valid records in it are on disk. */
  acceptBody(body: Buffer, caller: Caller): Promise<RecordAcceptance>;
};

type IntakeOptions = {
  readonly maxRecords: number;
  readonly now: () => number;
  readonly append: (records: readonly LogRecord[]) => Promise<void>;
};

/** Most records that a response names. */
const maxListed = 100;

/** Accepts records over HTTP: one object, an array, or NDJSON. */
export function createRecordIntake({ maxRecords, now, append }: IntakeOptions): RecordIntake {
  return {
    async acceptBody(body, caller) {
      const read = readJsonBody(body, maxRecords);
      if (read.kind === 'malformed') {
        return { kind: 'problem', problem: { code: 'malformed-body', detail: read.detail } };
      }
      if (read.kind === 'too-many') {
        const detail = `The body has ${read.count} records, and ${maxRecords} are allowed in one request.`;
        return { kind: 'problem', problem: { code: 'too-many-records', detail } };
      }
      const { valid, rejected } = checkAll(read, caller, now());
      if (valid.length === 0) return { kind: 'problem', problem: allRejected(rejected) };
      try {
        await append(valid);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        return { kind: 'problem', problem: notStored(error.failure.detail) };
      }
      return {
        kind: 'accepted',
        accepted: valid.length,
        rejected: rejected.slice(0, maxListed),
      };
    },
  };
}

type Items = Extract<ReturnType<typeof readJsonBody>, { kind: 'items' }>;

function checkAll({ items, isSingle, malformed }: Items, caller: Caller, receivedAtMs: number) {
  const valid: LogRecord[] = [];
  const rejected: ItemProblem[] = [];
  for (const [index, item] of items.entries()) {
    const path = isSingle ? '$' : `$[${index}]`;
    const broken = malformed.get(index);
    if (broken !== undefined) {
      rejected.push({ index, errors: [{ path, expected: 'a line of JSON', got: broken }] });
      continue;
    }
    const checked = checkRecord(item, path, receivedAtMs);
    const error = 'errors' in checked ? undefined : caller.authorize?.(checked, path);
    if ('errors' in checked) rejected.push({ index, errors: checked.errors });
    else if (error) rejected.push({ index, errors: [error] });
    else valid.push(checked);
  }
  return { valid, rejected };
}

function checkRecord(
  item: unknown,
  path: string,
  receivedAtMs: number,
): LogRecord | { readonly errors: readonly FieldError[] } {
  const result = recordCandidateSchema.safeParse(item);
  if (!result.success)
    return { errors: result.error.issues.map((one) => errorOf(one, item, path)) };
  const { level, createdAt, logger, exception, stack, fields, hops, ...rest } = result.data;
  const createdAtMs = createdAt === undefined ? undefined : parseTimestamp(createdAt);
  return {
    ...rest,
    receivedAtMs,
    level: typeof level === 'number' ? level : recordLevels[level],
    ...(createdAtMs === undefined ? {} : { createdAtMs }),
    ...(logger === undefined ? {} : { logger }),
    ...(exception === undefined ? {} : { exception }),
    ...(stack === undefined ? {} : { stack }),
    ...(fields === undefined ? {} : { fields }),
    ...(hops === undefined ? {} : { hops }),
  };
}

function errorOf(issue: z.core.$ZodIssue, item: unknown, path: string): FieldError {
  let got: unknown = item;
  for (const key of issue.path) {
    got = typeof got === 'object' && got !== null ? Reflect.get(got, key) : undefined;
  }
  const where = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return { path: `${path}${where.join('')}`, expected: issue.message, got: describeValue(got) };
}

function allRejected(rejected: readonly ItemProblem[]): Problem {
  const { path, expected, got } = rejected[0]?.errors[0] ?? { path: '$', expected: '', got: '' };
  return {
    code: 'records-rejected',
    detail: `${path}: expected ${expected}; got ${got}.`,
    rejected: rejected.slice(0, maxListed),
  };
}

const notStored = (detail: string): Problem => ({
  code: 'store-unavailable',
  detail: `No record of this request was stored; send it again later. Store: ${detail}.`,
  retryAfterSeconds: 5,
});
