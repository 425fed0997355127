import type { z } from 'zod';
import {
  expectedOfSilence,
  matchesEverything,
  type SilenceDraft,
  silenceRequestSchema,
} from '../contract/api/silence.ts';
import type { FieldError } from '../contract/problem.ts';
import { describeValue } from '../contract/values/describe-value.ts';
import { ownProperty } from '../contract/values/own-property.ts';
import { parseTimestamp } from '../contract/values/timestamp.ts';

type Request = z.output<typeof silenceRequestSchema>;

type SilenceReading =
  | { readonly kind: 'draft'; readonly draft: SilenceDraft }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

/** Ten years. */
const maxMs = 315_360_000_000;

/** The silence that a request describes, or every field at fault. */
export function readSilence(value: unknown, nowMs: number): SilenceReading {
  const parsed = silenceRequestSchema.safeParse(value);
  if (!parsed.success) {
    return { kind: 'invalid', errors: parsed.error.issues.flatMap((one) => errorsOf(one, value)) };
  }
  const errors: FieldError[] = [];
  const refuse = (field: string, expected: string, got: unknown) =>
    void errors.push({ path: `$.${field}`, expected, got: describeValue(got) });
  const draft = draftOf(parsed.data, nowMs, refuse);
  return errors.length === 0 ? { kind: 'draft', draft } : { kind: 'invalid', errors };
}

type Refuse = (field: string, expected: string, got: unknown) => void;

function draftOf(request: Request, nowMs: number, refuse: Refuse): SilenceDraft {
  const { everything = false, reason, author } = request;
  const { name = '*', version = '*', instance = '*' } = request.matchers;
  const matchers = { name, version, instance };
  if (matchesEverything(matchers) && !everything) {
    const expected = 'a name, version or instance that is not only *, or everything: true';
    refuse('matchers', expected, request.matchers);
  }
  const fromMs = timeOf('from', request.from, refuse) ?? nowMs;
  const untilMs = endOf(request, fromMs, refuse);
  if (untilMs !== undefined && untilMs <= Math.max(fromMs, nowMs)) {
    refuse('until', 'a time after "from" that has not passed', request.until);
  } else if (untilMs !== undefined && untilMs - nowMs > maxMs) {
    refuse('until', 'a time in the next ten years', request.until);
  }
  return { matchers, fromMs, untilMs: untilMs ?? fromMs, reason, author };
}

function endOf(request: Request, fromMs: number, refuse: Refuse): number | undefined {
  const { until, durationSeconds } = request;
  if (until === undefined && durationSeconds === undefined) {
    refuse('until', 'this or durationSeconds', until);
    return undefined;
  }
  if (until !== undefined && durationSeconds !== undefined) {
    refuse('durationSeconds', 'either this or until, not both', durationSeconds);
    return undefined;
  }
  return durationSeconds === undefined
    ? timeOf('until', until, refuse)
    : fromMs + durationSeconds * 1_000;
}

function timeOf(
  field: 'from' | 'until',
  value: string | number | undefined,
  refuse: Refuse,
): number | undefined {
  if (value === undefined) return undefined;
  const ms = parseTimestamp(value);
  if (ms === undefined) refuse(field, expectedOfSilence[field] ?? '', value);
  return ms;
}

/** The fields at fault by path; of unknown fields each one. */
function errorsOf(issue: z.core.$ZodIssue, value: unknown): FieldError[] {
  const path = ['$', ...issue.path.map(String)].join('.');
  const found = issue.path.reduce<unknown>((found, key) => ownProperty(found, key), value);
  if (issue.code === 'unrecognized_keys') {
    const names = issue.path.length === 0 ? requestFields : matcherFields;
    const expected = `no such field; there are ${names.join(', ')}`;
    return issue.keys.slice(0, 10).map((key) => ({
      path: `${path}.${key.slice(0, 100)}`,
      expected,
      got: describeValue(ownProperty(found, key)),
    }));
  }
  const field = String(issue.path.at(-1) ?? '$');
  return [{ path, expected: expectedOfSilence[field] ?? issue.message, got: describeValue(found) }];
}

const requestFields = Object.keys(silenceRequestSchema.shape);
const matcherFields = Object.keys(silenceRequestSchema.shape.matchers.shape);
