import { z } from 'zod';
import { defined } from '../../contract/defined.ts';
import type { EventBody } from '../../contract/event.ts';
import {
  type HbtdValues,
  type ParameterName,
  parameterNames,
  patchValues,
  readValue,
} from './parameter-values.ts';

/** hbtd's parameters in use: those of the configuration, and what was changed since. */
export type HbtdParameters = {
  current(): HbtdValues;
  /**
   * All or nothing. Resolves when the change is durable and in use; throws `StoreUnavailable` when
   * it is in use, but not durable yet.
   */
  patch(
    body: Buffer,
    by: string,
  ): Promise<{ readonly kind: 'changed' } | { readonly kind: 'invalid'; readonly detail: string }>;
};

/** Parts of a change that have to be stored together. */
export type HbtdParameterChange = {
  readonly settings: ReadonlyMap<string, string>;
  /** Absent if no value is different. */
  readonly event?: EventBody;
};

const savedKey = 'profiles.hbtd.parameters';

export function createHbtdParameters(options: {
  configured: HbtdValues;
  /** Parameters that cannot be changed here. */
  fixed: ReadonlySet<ParameterName>;
  saved: ReadonlyMap<string, string>;
  /** Called when the new values are already in use. */
  commit: (change: HbtdParameterChange) => Promise<void>;
}): HbtdParameters {
  const { configured, fixed, commit } = options;
  let overrides = readSaved(options.saved.get(savedKey), fixed);
  let current: HbtdValues = { ...configured, ...overrides };

  return {
    current: () => current,
    async patch(body, by) {
      const patched = patchValues(current, body, fixed);
      if (patched.kind === 'invalid') return patched;
      const event = changedEvent(current, patched.values, by);
      current = patched.values;
      overrides = { ...overrides, ...patched.changes };
      const settings = new Map([[savedKey, JSON.stringify(overrides)]]);
      await commit(defined({ settings, event }));
      return { kind: 'changed' };
    },
  };
}

const savedSchema = z.partialRecord(z.string(), z.string());

/** Values that an earlier run saved and that are still valid. */
function readSaved(
  text: string | undefined,
  fixed: ReadonlySet<ParameterName>,
): Partial<HbtdValues> {
  if (text === undefined) return {};
  const saved = savedSchema.parse(JSON.parse(text));
  return Object.fromEntries(
    parameterNames.flatMap((name) => {
      const value = saved[name];
      if (value === undefined || fixed.has(name)) return [];
      const reading = readValue(name, value);
      return 'value' in reading ? [[name, reading.value]] : [];
    }),
  );
}

function changedEvent(old: HbtdValues, changed: HbtdValues, by: string): EventBody | undefined {
  const different = parameterNames.filter((name) => old[name] !== changed[name]);
  if (different.length === 0) return undefined;
  const what = different.map((name) => `${name} from '${old[name]}' to '${changed[name]}'`);
  return {
    kind: 'params.changed',
    subject: undefined,
    reason: `hbtd's parameters changed by ${by}: ${what.join(', ')}.`,
    data: { profile: 'hbtd', old, new: changed, by },
  };
}
