import type { LivenessConfig, LivenessRule } from '../config/sections/liveness.ts';
import type { Component } from '../contract/instance.ts';
import { createGlob } from '../contract/values/glob.ts';

/** After how many milliseconds of silence an instance is late, and down. */
export type ThresholdsMs = { readonly lateMs: number; readonly downMs: number };

export type ThresholdSettings = Pick<
  LivenessConfig,
  'lateIntervals' | 'downIntervals' | 'lateSeconds' | 'downSeconds'
>;

/** What a profile says of its own components. */
export type ProfileRule = {
  isMeant(component: Component): boolean;
  readonly lateSeconds: number;
  readonly downSeconds: number;
  /**
   * Another system takes over the state of each instance from the events: they are told one by one
   * and at once, also of very many that fall silent together, and of those that flap.
   */
  readonly isMirrored?: boolean;
};

/**
 * A rule that names seconds is the strongest, then those of a profile, then the interval that the
 * heartbeat declares (0 is none), then the defaults.
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

/** Finds the rule for a component: the first that matches counts, for all that a rule can say. */
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

/**
 * Thresholds and rules by the registry's index of a component, remembered: what every heartbeat
 * asks for is two look-ups.
 */
export type Thresholds = {
  of(component: number, intervalSeconds: number): ThresholdsMs;
  rule(component: number): LivenessRule | undefined;
  isMirrored(component: number): boolean;
  /** Of a component that may not be known. */
  ofAny(component: Component, intervalSeconds: number): ThresholdsMs;
  /** To be called when the component of an index has no instances any more. */
  forget(component: number): void;
  /** Other defaults from now on. */
  change(settings: ThresholdSettings): void;
  /** Other rules of profiles from now on; the first that is meant counts. */
  changeProfiles(rules: readonly ProfileRule[]): void;
};

type Known = {
  readonly rule: LivenessRule | undefined;
  readonly ofProfile: ProfileRule | undefined;
  readonly byInterval: Map<number, ThresholdsMs>;
  /** What was asked for last: of most components all instances declare the same interval. */
  lastSeconds: number;
  last: ThresholdsMs;
};

/** Intervals come from the network: no component may fill the memory with them. */
const mostIntervals = 64;

export function createThresholds(
  rules: readonly LivenessRule[],
  initial: ThresholdSettings,
  componentOf: (index: number) => Component,
  initialProfiles: readonly ProfileRule[] = [],
): Thresholds {
  const findRule = createRuleFinder(rules);
  let settings = initial;
  let profiles = initialProfiles;
  let known: (Known | undefined)[] = [];

  const profileOf = (component: Component) => profiles.find(({ isMeant }) => isMeant(component));

  function remembered(its: Known, intervalSeconds: number): ThresholdsMs {
    const { rule, ofProfile, byInterval } = its;
    const found = byInterval.get(intervalSeconds);
    if (found) return found;
    if (byInterval.size >= mostIntervals) byInterval.clear();
    const fresh = thresholdsOf(intervalSeconds, rule, settings, ofProfile);
    byInterval.set(intervalSeconds, fresh);
    return fresh;
  }

  function look(index: number): Known {
    const component = componentOf(index);
    const rule = findRule(component);
    const ofProfile = profileOf(component);
    const last = thresholdsOf(0, rule, settings, ofProfile);
    const fresh = { rule, ofProfile, byInterval: new Map(), lastSeconds: 0, last };
    known[index] = fresh;
    return fresh;
  }

  return {
    of(component, intervalSeconds) {
      const its = known[component] ?? look(component);
      if (its.lastSeconds === intervalSeconds) return its.last;
      its.last = remembered(its, intervalSeconds);
      its.lastSeconds = intervalSeconds;
      return its.last;
    },
    rule: (component) => (known[component] ?? look(component)).rule,
    isMirrored: (component) => (known[component] ?? look(component)).ofProfile?.isMirrored === true,
    ofAny: (component, intervalSeconds) =>
      thresholdsOf(intervalSeconds, findRule(component), settings, profileOf(component)),
    forget(component) {
      known[component] = undefined;
    },
    change(changed) {
      settings = changed;
      known = [];
    },
    changeProfiles(changed) {
      profiles = changed;
      known = [];
    },
  };
}
