import { z } from 'zod';
import type { LivenessConfig } from '../config/sections/liveness.ts';
import { defined } from '../contract/defined.ts';
import type { EventBody } from '../contract/event.ts';
import type { FieldError } from '../contract/problem.ts';
import { describeValue } from '../contract/values/describe-value.ts';
import { type Log, type LogLevel, logLevels } from '../runtime/log.ts';

const seconds = z.int().min(1).max(315_360_000);

/** What can be changed while the service runs. */
const shape = {
  lateSeconds: seconds.describe('Seconds without a heartbeat after which an instance is late.'),
  downSeconds: seconds.describe('Seconds without a heartbeat after which an instance is down.'),
  evaluationSeconds: z.int().min(1).max(60).describe('Seconds between two evaluations.'),
  logLevel: z.enum(logLevels),
};

const expectations: Readonly<Record<keyof typeof shape, string>> = {
  lateSeconds: 'a whole number from 1 to 315360000',
  downSeconds: 'a whole number from 1 to 315360000',
  evaluationSeconds: 'a whole number from 1 to 60',
  logLevel: `one of ${logLevels.join(', ')}`,
};

export const parametersSchema = z
  .strictObject(shape)
  .refine(({ lateSeconds, downSeconds }) => lateSeconds < downSeconds, {
    path: ['downSeconds'],
    error: 'more than lateSeconds',
  });
export type RuntimeParameterValues = Readonly<z.output<typeof parametersSchema>>;

/** The values that were changed; they override the configuration. */
export const overridesSchema = z.strictObject(shape).partial();
type Overrides = Readonly<z.output<typeof overridesSchema>>;

export type InvalidParameters = {
  readonly kind: 'invalid';
  readonly errors: readonly FieldError[];
};
export type ParameterPatch = Readonly<Record<string, unknown>>;

/** The values with a patch from outside applied, or everything that is wrong with the patch. */
export function patchParameters(
  current: RuntimeParameterValues,
  patch: ParameterPatch,
):
  | InvalidParameters
  | { readonly kind: 'changed'; values: RuntimeParameterValues; changes: Overrides } {
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
  return { kind: 'changed', values: merged.data, changes: overridesSchema.parse(good) };
}

const savedKey = 'liveness.parameters';

/**
 * The parameters that can be changed while the service runs: the configuration, and what was changed
 * since. Changes are saved, and override the configuration.
 */
export class RuntimeParameters {
  readonly #save: (key: string, value: string) => void;
  readonly #onChange: (values: RuntimeParameterValues) => void;
  #values: RuntimeParameterValues;
  #overrides: Overrides;

  constructor(options: {
    configured: RuntimeParameterValues;
    saved: ReadonlyMap<string, string>;
    save: (key: string, value: string) => void;
    /** Called at the start too. */
    onChange: (values: RuntimeParameterValues) => void;
    log: Log;
  }) {
    const { configured, saved, save, onChange, log } = options;
    const text = saved.get(savedKey);
    const overrides = text === undefined ? {} : overridesSchema.parse(JSON.parse(text));
    const merged = parametersSchema.safeParse({ ...configured, ...overrides });
    if (!merged.data) {
      log.warn({ overrides }, 'parameters changed before do not fit the configuration: dropped');
    }
    this.#overrides = merged.data ? overrides : {};
    this.#values = merged.data ?? configured;
    this.#save = save;
    this.#onChange = onChange;
    onChange(this.#values);
  }

  get values(): RuntimeParameterValues {
    return this.#values;
  }

  /** Applies all of a patch or nothing. The event is missing when no value has changed. */
  patch(
    patch: ParameterPatch,
    by: string | undefined,
  ): InvalidParameters | { readonly kind: 'changed'; readonly event: EventBody | undefined } {
    const patched = patchParameters(this.#values, patch);
    if (patched.kind === 'invalid') return patched;
    const event = changedEvent(this.#values, patched.values, by);
    this.#values = patched.values;
    this.#overrides = { ...this.#overrides, ...patched.changes };
    this.#save(savedKey, JSON.stringify(this.#overrides));
    this.#onChange(this.#values);
    return { kind: 'changed', event };
  }
}

function changedEvent(
  old: RuntimeParameterValues,
  changed: RuntimeParameterValues,
  by: string | undefined,
): EventBody | undefined {
  const before = new Map<string, unknown>(Object.entries(old));
  const differences = Object.entries(changed).filter(([key, value]) => before.get(key) !== value);
  if (differences.length === 0) return undefined;
  const what = differences.map(([key, value]) => `${key} from ${before.get(key)} to ${value}`);
  return {
    kind: 'params.changed',
    subject: undefined,
    reason: `Changed${by === undefined ? '' : ` by ${by}`}: ${what.join(', ')}.`,
    data: { old, new: changed, ...defined({ by }) },
  };
}

function errorsOf(key: string, value: unknown): FieldError[] {
  const path = `$.${key}`;
  if (!isParameter(key)) {
    const expected = `one of ${Object.keys(shape).join(', ')}`;
    return [{ path, expected, got: describeValue(value) }];
  }
  if (shape[key].safeParse(value).success) return [];
  return [{ path, expected: expectations[key], got: describeValue(value) }];
}

const isParameter = (key: string): key is keyof typeof shape => Object.hasOwn(shape, key);

/** The parameters as the configuration sets them. */
export const configuredParameters = (
  { lateSeconds, downSeconds, evaluationSeconds }: LivenessConfig,
  logLevel: LogLevel,
): RuntimeParameterValues => ({ lateSeconds, downSeconds, evaluationSeconds, logLevel });
