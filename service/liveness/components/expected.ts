import { z } from 'zod';
import type { LivenessRule } from '../../config/sections/liveness.ts';
import type { Component } from '../../contract/instance.ts';
import { componentKey } from '../../contract/instance.ts';
import { createGlob } from '../../contract/values/glob.ts';

/**
 * Rules that expect a component, and whether one that matches was ever heard of. Each is told once
 * and never again, also after a restart; what was seen once is never reported.
 */
export type Expectations = {
  /** Whether some were not seen yet: most of the time there is nothing to ask. */
  readonly isWaiting: boolean;
  saw(component: Component): void;
  /** Those that were not seen within the grace, and are told now; not while a silence covers them. */
  takeOverdue(nowMs: number): Overdue[];
};

export type Overdue = { readonly pattern: Component; readonly waitedMs: number };

const keyPrefix = 'liveness.expected/';
const expectationSchema = z.object({
  sinceMs: z.number(),
  outcome: z.enum(['waiting', 'seen', 'reported']),
});
type Expectation = z.output<typeof expectationSchema>;

type Waiting = {
  readonly key: string;
  readonly pattern: Component;
  readonly matches: (component: Component) => boolean;
  readonly sinceMs: number;
};

export function createExpectations(options: {
  rules: readonly LivenessRule[];
  graceMs: number;
  /** Logical time at the start. */
  nowMs: number;
  coveredBy: (pattern: Component) => string | undefined;
  saved: ReadonlyMap<string, string>;
  save: (key: string, value: string) => void;
}): Expectations {
  const { rules, graceMs, nowMs, coveredBy, saved, save } = options;
  const note = (key: string, expectation: Expectation) => save(key, JSON.stringify(expectation));
  let waiting = rules
    .filter(({ expected }) => expected)
    .flatMap(({ name, version }): Waiting[] => {
      const key = keyPrefix + componentKey({ name, version });
      const text = saved.get(key);
      const before = text === undefined ? undefined : expectationSchema.parse(JSON.parse(text));
      if (before && before.outcome !== 'waiting') return [];
      const sinceMs = before?.sinceMs ?? nowMs;
      if (!before) note(key, { sinceMs, outcome: 'waiting' });
      return [{ key, pattern: { name, version }, matches: matcher(name, version), sinceMs }];
    });

  /** Takes those out for which it holds. */
  function settle(outcome: 'seen' | 'reported', holds: (one: Waiting) => boolean): Waiting[] {
    const settled = waiting.filter(holds);
    if (settled.length === 0) return settled;
    waiting = waiting.filter((one) => !settled.includes(one));
    for (const { key, sinceMs } of settled) note(key, { sinceMs, outcome });
    return settled;
  }

  return {
    get isWaiting() {
      return waiting.length > 0;
    },
    saw: (component) => void settle('seen', ({ matches }) => matches(component)),
    takeOverdue: (atMs) =>
      settle(
        'reported',
        ({ pattern, sinceMs }) => atMs - sinceMs >= graceMs && coveredBy(pattern) === undefined,
      ).map(({ pattern, sinceMs }) => ({ pattern, waitedMs: atMs - sinceMs })),
  };
}

function matcher(name: string, version: string): Waiting['matches'] {
  const isName = createGlob(name);
  const isVersion = createGlob(version);
  return (component) => isName(component.name) && isVersion(component.version);
}
