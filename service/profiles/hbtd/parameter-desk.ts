import { z } from 'zod';
import type { EventBody } from '../../contract/event.ts';
import type { Log } from '../../runtime/log.ts';
import {
  type Changes,
  isOrdered,
  type ParameterName,
  type Parameters,
  parameterNames,
  patchParameters,
  readValue,
} from './parameters.ts';

/** hbtd's parameters in use: those of the configuration, and what was changed since. */
export type ParameterDesk = {
  current(): Parameters;
  /**
   * All or nothing. Resolves when the change is durable and in use; throws `StoreUnavailable` when
   * it is in use, but not durable yet.
   */
  patch(body: Buffer, by: string | undefined): Promise<Outcome>;
};

type Outcome = { readonly kind: 'changed' } | { readonly kind: 'invalid'; readonly detail: string };

/** What has to come to the disk together when parameters are changed. */
export type ParameterChange = {
  readonly settings: ReadonlyMap<string, string>;
  /** Missing when nothing has become different. */
  readonly event?: EventBody;
};

const savedKey = 'profiles.hbtd.parameters';

export function createParameterDesk(options: {
  configured: Parameters;
  /** Those that something else decides. */
  fixed: ReadonlySet<ParameterName>;
  saved: ReadonlyMap<string, string>;
  /** Called with the new values already in use. */
  commit: (change: ParameterChange) => Promise<void>;
  log: Log;
}): ParameterDesk {
  const { configured, fixed, commit, log } = options;
  let overrides = readSaved(options.saved.get(savedKey), fixed);
  let current: Parameters = { ...configured, ...overrides };
  if (!isOrdered(current)) {
    log.warn(
      { overrides },
      'parameters of hbtd changed before do not fit the configuration: dropped',
    );
    overrides = {};
    current = configured;
  }

  return {
    current: () => current,
    async patch(body, by) {
      const patched = patchParameters(current, body, fixed);
      if (patched.kind === 'invalid') return patched;
      const event = changedEvent(current, patched.parameters, by);
      current = patched.parameters;
      overrides = { ...overrides, ...patched.changes };
      const settings = new Map([[savedKey, JSON.stringify(overrides)]]);
      await commit({ settings, ...(event ? { event } : {}) });
      return { kind: 'changed' };
    },
  };
}

const savedSchema = z.partialRecord(z.string(), z.string());

/** What an earlier run kept, as far as it is still possible. */
function readSaved(text: string | undefined, fixed: ReadonlySet<ParameterName>): Changes {
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

function changedEvent(
  old: Parameters,
  changed: Parameters,
  by: string | undefined,
): EventBody | undefined {
  const different = parameterNames.filter((name) => old[name] !== changed[name]);
  if (different.length === 0) return undefined;
  const what = different.map((name) => `${name} from '${old[name]}' to '${changed[name]}'`);
  return {
    kind: 'params.changed',
    subject: undefined,
    reason: `hbtd's parameters changed${by === undefined ? '' : ` by ${by}`}: ${what.join(', ')}.`,
    data: { profile: 'hbtd', old, new: changed, ...(by === undefined ? {} : { by }) },
  };
}
