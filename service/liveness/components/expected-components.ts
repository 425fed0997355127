import { z } from 'zod';
import type { LivenessRule } from '../../config/sections/liveness.ts';
import type { EventBody } from '../../contract/event.ts';
import { type Component, componentKey } from '../../contract/instance.ts';
import { decideComponent, type ReportConditions } from '../reporting/decision.ts';
import { neverSeenEvent } from '../reporting/events.ts';
import { createRuleFinder } from '../thresholds.ts';

const keyPrefix = 'liveness.expected/';
const savedSchema = z.object({
  sinceMs: z.number(),
  outcome: z.enum(['waiting', 'seen', 'reported']),
});

type Options = {
  readonly rules: readonly LivenessRule[];
  readonly graceMs: number;
  /** Logical time at the start. */
  readonly nowMs: number;
  readonly coveredBy: (pattern: Component) => string | undefined;
  readonly saved: ReadonlyMap<string, string>;
  readonly save: (key: string, value: string) => void;
};

type Expectation = {
  readonly key: string;
  readonly pattern: Component;
  readonly matches: (component: Component) => boolean;
  readonly sinceMs: number;
};

/**
 * Rules that expect a component, and whether a heartbeat of one that matches ever came. A missing
 * component is reported once, also across restarts; one that was seen once is never reported.
 */
export class ExpectedComponents {
  readonly #options: Options;
  #waiting: Expectation[] = [];

  constructor(options: Options) {
    const { rules, nowMs, saved } = options;
    this.#options = options;
    for (const rule of rules.filter(({ expected }) => expected)) {
      const pattern = { name: rule.name, version: rule.version };
      const key = keyPrefix + componentKey(pattern);
      const text = saved.get(key);
      const before = text === undefined ? undefined : savedSchema.parse(JSON.parse(text));
      if (before && before.outcome !== 'waiting') continue;
      const sinceMs = before?.sinceMs ?? nowMs;
      const find = createRuleFinder([rule]);
      const matches = (component: Component) => find(component) !== undefined;
      if (!before) this.#note(key, sinceMs, 'waiting');
      this.#waiting.push({ key, pattern, matches, sinceMs });
    }
  }

  /** A heartbeat of a component came. */
  received(component: Component): void {
    if (this.#waiting.length > 0) this.#settle('seen', ({ matches }) => matches(component));
  }

  /** The events of components that are missing, each once. */
  report(nowMs: number, conditions: ReportConditions): EventBody[] {
    const reported = this.#settle('reported', ({ pattern, sinceMs }) => {
      const facts = {
        news: 'never_seen',
        reported: { isNotified: false, isSilenced: false },
        isInGrace: nowMs - sinceMs < this.#options.graceMs,
        silence: () => this.#options.coveredBy(pattern),
      } as const;
      return decideComponent(facts, conditions).kind === 'report';
    });
    return reported.map(({ pattern, sinceMs }) => neverSeenEvent(pattern, nowMs - sinceMs));
  }

  /** Removes the expectations for which it holds, and returns them. */
  #settle(outcome: 'seen' | 'reported', holds: (one: Expectation) => boolean): Expectation[] {
    const settled = this.#waiting.filter(holds);
    if (settled.length === 0) return settled;
    this.#waiting = this.#waiting.filter((one) => !settled.includes(one));
    for (const { key, sinceMs } of settled) this.#note(key, sinceMs, outcome);
    return settled;
  }

  #note(key: string, sinceMs: number, outcome: z.output<typeof savedSchema>['outcome']): void {
    this.#options.save(key, JSON.stringify({ sinceMs, outcome }));
  }
}
