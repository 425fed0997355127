import type { LivenessConfig, LivenessRule } from '../config/sections/liveness.ts';
import type { EventBody } from '../contract/event.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import type { Component, ThresholdSource } from '../contract/instance.ts';
import { createGlob } from '../contract/values/glob.ts';
import type { Ref, Registry } from '../registry/registry.ts';

/** Absence in milliseconds after which an instance is late, and down. */
export type ThresholdsMs = { readonly lateMs: number; readonly downMs: number };

type ThresholdSettings = Pick<
  LivenessConfig,
  'lateIntervals' | 'downIntervals' | 'lateSeconds' | 'downSeconds'
>;

/** What comes to the disk when a profile changes the thresholds of its components. */
export type ProfileChange = {
  readonly rules: readonly ProfileRule[];
  readonly settings: ReadonlyMap<string, string>;
  readonly event?: EventBody;
};

/** The rule of a profile for its own components. */
export type ProfileRule = {
  matches(component: Component): boolean;
  readonly lateSeconds: number;
  readonly downSeconds: number;
  /**
   * How changes of state are reported. `grouped`, the default: one event may stand for many (a mass
   * outage, flapping). `each`: every change is an event of its own, at once, for destinations that
   * mirror the state of each instance.
   */
  readonly reporting?: 'each' | 'grouped';
  /** The text of the time that the sender gave a heartbeat, for the events of its instance. */
  readonly senderTimeOf?: (heartbeat: Heartbeat) => string | undefined;
};

/**
 * The thresholds of an instance, from the strongest source: a rule with seconds, then the rule of a
 * profile, then the declared interval (0 is none), then the defaults.
 */
export function thresholdsOf(
  intervalSeconds: number,
  rule: Pick<LivenessRule, 'lateSeconds' | 'downSeconds'> | undefined,
  settings: ThresholdSettings,
  ofProfile?: ProfileRule,
): ThresholdsMs {
  const { lateIntervals, downIntervals, lateSeconds, downSeconds } = settings;
  if (rule?.lateSeconds !== undefined && rule.downSeconds !== undefined) {
    return inMs(rule.lateSeconds, rule.downSeconds);
  }
  if (ofProfile) return inMs(ofProfile.lateSeconds, ofProfile.downSeconds);
  return intervalSeconds > 0
    ? inMs(intervalSeconds * lateIntervals, intervalSeconds * downIntervals)
    : inMs(lateSeconds, downSeconds);
}

const inMs = (lateSeconds: number, downSeconds: number): ThresholdsMs => ({
  lateMs: lateSeconds * 1_000,
  downMs: downSeconds * 1_000,
});

/** Returns a function that finds the first rule that matches a component. */
export function createRuleFinder(
  rules: readonly LivenessRule[],
): (component: Component) => LivenessRule | undefined {
  const compiled = rules.map((rule) => ({
    rule,
    isName: createGlob(rule.name),
    isVersion: createGlob(rule.version),
  }));
  return ({ name, version }) =>
    compiled.find(({ isName, isVersion }) => isName(name) && isVersion(version))?.rule;
}

type Known = {
  readonly rule: LivenessRule | undefined;
  readonly ofProfile: ProfileRule | undefined;
  readonly byInterval: Map<number, ThresholdsMs>;
  /** The last result: all instances of most components declare the same interval. */
  lastSeconds: number;
  last: ThresholdsMs;
};

type InstanceComponents = Pick<Registry, 'component' | 'componentOf' | 'intervalSeconds'>;

/** Intervals come from the network: no component may fill the memory with them. */
const maxIntervals = 64;

/**
 * Thresholds and rules by the registry's index of a component. They are remembered: a heartbeat
 * costs two look-ups.
 */
export class ThresholdTable {
  readonly #findRule: (component: Component) => LivenessRule | undefined;
  readonly #registry: InstanceComponents;
  #settings: ThresholdSettings;
  #profiles: readonly ProfileRule[];
  #known: (Known | undefined)[] = [];

  constructor(
    rules: readonly LivenessRule[],
    settings: ThresholdSettings,
    registry: InstanceComponents,
    profiles: readonly ProfileRule[] = [],
  ) {
    this.#findRule = createRuleFinder(rules);
    this.#registry = registry;
    this.#settings = settings;
    this.#profiles = profiles;
  }

  of(component: number, intervalSeconds: number): ThresholdsMs {
    const known = this.#known[component] ?? this.#remember(component);
    if (known.lastSeconds === intervalSeconds) return known.last;
    known.last = this.#forInterval(known, intervalSeconds);
    known.lastSeconds = intervalSeconds;
    return known.last;
  }

  ofInstance(ref: Ref): ThresholdsMs {
    return this.of(this.#registry.component(ref), this.#registry.intervalSeconds(ref));
  }

  rule(component: number): LivenessRule | undefined {
    return (this.#known[component] ?? this.#remember(component)).rule;
  }

  /** Origin of the thresholds of an instance. */
  sourceOf(ref: Ref): ThresholdSource {
    const index = this.#registry.component(ref);
    const { rule, ofProfile } = this.#known[index] ?? this.#remember(index);
    if (rule?.lateSeconds !== undefined && rule.downSeconds !== undefined) {
      return { from: 'rule', name: rule.name, version: rule.version };
    }
    if (ofProfile) return { from: 'profile' };
    return { from: this.#registry.intervalSeconds(ref) > 0 ? 'interval' : 'defaults' };
  }

  isEachReported(component: number): boolean {
    const { ofProfile } = this.#known[component] ?? this.#remember(component);
    return ofProfile?.reporting === 'each';
  }

  senderTimeOf(component: number, heartbeat: Heartbeat): string | undefined {
    if (heartbeat.meta === undefined) return undefined;
    const { ofProfile } = this.#known[component] ?? this.#remember(component);
    return ofProfile?.senderTimeOf?.(heartbeat);
  }

  /** The thresholds of a component that may not be known. */
  ofAny(component: Component, intervalSeconds: number): ThresholdsMs {
    const rule = this.#findRule(component);
    return thresholdsOf(intervalSeconds, rule, this.#settings, this.#profileOf(component));
  }

  /** To be called when the component of an index has no instances any more. */
  forget(component: number): void {
    this.#known[component] = undefined;
  }

  changeDefaults(settings: ThresholdSettings): void {
    this.#settings = settings;
    this.#known = [];
  }

  changeProfiles(profiles: readonly ProfileRule[]): void {
    this.#profiles = profiles;
    this.#known = [];
  }

  #profileOf(component: Component): ProfileRule | undefined {
    return this.#profiles.find((profile) => profile.matches(component));
  }

  #remember(index: number): Known {
    const component = this.#registry.componentOf(index);
    const rule = this.#findRule(component);
    const ofProfile = this.#profileOf(component);
    const last = thresholdsOf(0, rule, this.#settings, ofProfile);
    const known = { rule, ofProfile, byInterval: new Map(), lastSeconds: 0, last };
    this.#known[index] = known;
    return known;
  }

  #forInterval({ rule, ofProfile, byInterval }: Known, intervalSeconds: number): ThresholdsMs {
    const found = byInterval.get(intervalSeconds);
    if (found) return found;
    if (byInterval.size >= maxIntervals) byInterval.clear();
    const fresh = thresholdsOf(intervalSeconds, rule, this.#settings, ofProfile);
    byInterval.set(intervalSeconds, fresh);
    return fresh;
  }
}
