import { z } from 'zod';
import type { EventBody } from '../contract/event.ts';
import type { FieldError } from '../contract/problem.ts';
import { describeValue } from '../contract/values/describe-value.ts';
import { type Log, logLevels } from '../runtime/log.ts';

const seconds = z.int().min(1).max(315_360_000);

/** What can be changed while the service runs. */
const parametersShape = {
  lateSeconds: seconds.describe('Seconds of silence after which an instance is late.'),
  downSeconds: seconds.describe('Seconds of silence after which an instance is down.'),
  evaluationSeconds: z.int().min(1).max(60).describe('Seconds between two looks for silence.'),
  logLevel: z.enum(logLevels),
};

const expectations: Readonly<Record<keyof typeof parametersShape, string>> = {
  lateSeconds: 'a whole number from 1 to 315360000',
  downSeconds: 'a whole number from 1 to 315360000',
  evaluationSeconds: 'a whole number from 1 to 60',
  logLevel: `one of ${logLevels.join(', ')}`,
};

export const parametersSchema = z
  .strictObject(parametersShape)
  .refine(({ lateSeconds, downSeconds }) => lateSeconds < downSeconds, {
    path: ['downSeconds'],
    error: 'more than lateSeconds',
  });
export type Parameters = Readonly<z.output<typeof parametersSchema>>;

/** Those that were changed, which win over the configuration. */
export const overridesSchema = z.strictObject(parametersShape).partial();
export type Overrides = Readonly<z.output<typeof overridesSchema>>;

export type Patched =
  | { readonly kind: 'changed'; readonly parameters: Parameters; readonly changes: Overrides }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

/** The parameters with a patch from outside applied, or everything that is wrong with it. */
export function patchParameters(
  current: Parameters,
  patch: Readonly<Record<string, unknown>>,
): Patched {
  const errors = Object.entries(patch).flatMap(([key, value]) => errorsOf(key, value));
  const isGood = ([key]: [string, unknown]) => errors.every(({ path }) => path !== `$.${key}`);
  const good = Object.fromEntries(Object.entries(patch).filter(isGood));
  const values: Readonly<Record<string, unknown>> = { ...current, ...good };
  const merged = parametersSchema.safeParse(values);
  for (const { path, message } of merged.error?.issues ?? []) {
    const key = String(path[0]);
    errors.push({ path: `$.${key}`, expected: message, got: describeValue(values[key]) });
  }
  if (errors.length > 0 || !merged.data) return { kind: 'invalid', errors };
  return { kind: 'changed', parameters: merged.data, changes: overridesSchema.parse(good) };
}

/** The parameters in use: those of the configuration, and what was changed since. */
export type ParameterDesk = {
  current(): Parameters;
  /** All or nothing. The event is missing when nothing has become different. */
  patch(
    patch: Readonly<Record<string, unknown>>,
    by: string | undefined,
  ):
    | { readonly kind: 'changed'; readonly event?: EventBody }
    | Extract<Patched, { kind: 'invalid' }>;
};

const savedKey = 'liveness.parameters';

/** What was changed is saved, and stronger than the configuration. */
export function createParameterDesk(options: {
  configured: Parameters;
  saved: ReadonlyMap<string, string>;
  save: (key: string, value: string) => void;
  onParameters: (parameters: Parameters) => void;
  log: Log;
}): ParameterDesk {
  const { configured, saved, save, onParameters, log } = options;
  const before = saved.get(savedKey);
  let overrides = before === undefined ? {} : overridesSchema.parse(JSON.parse(before));
  const merged = parametersSchema.safeParse({ ...configured, ...overrides });
  if (!merged.data) {
    log.warn({ overrides }, 'parameters changed before do not fit the configuration: dropped');
    overrides = {};
  }
  let current = merged.data ?? configured;
  onParameters(current);

  return {
    current: () => current,
    patch(patch, by) {
      const patched = patchParameters(current, patch);
      if (patched.kind === 'invalid') return patched;
      const event = changedEvent(current, patched.parameters, by);
      current = patched.parameters;
      overrides = { ...overrides, ...patched.changes };
      save(savedKey, JSON.stringify(overrides));
      onParameters(current);
      return { kind: 'changed', ...(event ? { event } : {}) };
    },
  };
}

function changedEvent(
  old: Parameters,
  changed: Parameters,
  by: string | undefined,
): EventBody | undefined {
  const differences = Object.entries(changed).flatMap(([key, value]) => {
    const [, before] = Object.entries(old).find(([other]) => other === key) ?? [];
    return before === value ? [] : [{ key, before, value }];
  });
  if (differences.length === 0) return undefined;
  const what = differences.map(({ key, before, value }) => `${key} from ${before} to ${value}`);
  return {
    kind: 'params.changed',
    subject: undefined,
    reason: `Changed${by === undefined ? '' : ` by ${by}`}: ${what.join(', ')}.`,
    data: { old, new: changed, ...(by === undefined ? {} : { by }) },
  };
}

function errorsOf(key: string, value: unknown): FieldError[] {
  const path = `$.${key}`;
  if (!isParameter(key)) {
    const expected = `one of ${Object.keys(parametersShape).join(', ')}`;
    return [{ path, expected, got: describeValue(value) }];
  }
  if (parametersShape[key].safeParse(value).success) return [];
  return [{ path, expected: expectations[key], got: describeValue(value) }];
}

const isParameter = (key: string): key is keyof typeof parametersShape =>
  Object.hasOwn(parametersShape, key);
