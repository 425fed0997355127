import { z } from 'zod';
import type { LivenessConfig } from '../../config/sections/liveness.ts';
import type { EventBody } from '../../contract/event.ts';
import { type Component, componentKey } from '../../contract/instance.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { ActiveSilences } from '../../silences/active-silences.ts';
import {
  type ComponentFacts,
  decideComponent,
  type ReportConditions,
} from '../reporting/decision.ts';
import { type ComponentHealthFacts, componentHealthEvent } from '../reporting/events.ts';
import type { ThresholdTable } from '../thresholds.ts';
import { ExpectedComponents } from './expected-components.ts';

type ComponentHealth = ComponentHealthFacts['health'];
const healths: readonly ComponentHealth[] = ['well', 'degraded', 'down'];

/** Instances of a component that are alive, and instances that are not retired. */
type Strength = { readonly alive: number; readonly known: number };

/**
 * The health of a component that must have `minInstances` alive. A late instance is alive: late is a
 * warning, and a lost heartbeat is no shortage. Retired instances do not count: a component whose
 * instances have all stopped, as an old version does, is gone and not down; and so is one of which no
 * instance is alive while another version is.
 */
export function healthOf(
  { alive, known }: Strength,
  minInstances: number,
  isReplaced: () => boolean = () => false,
): ComponentHealth | 'gone' {
  if (known === 0 || (alive === 0 && isReplaced())) return 'gone';
  if (alive >= minInstances) return 'well';
  return alive === 0 ? 'down' : 'degraded';
}

/** A shortage that was reported. */
type Shortage = {
  readonly health: Exclude<ComponentHealth, 'well'>;
  readonly isNotified: boolean;
  /** The last report was silenced, or a silence has ended since. */
  readonly isSilenced: boolean;
};

type Options = {
  readonly config: LivenessConfig;
  readonly registry: Registry;
  readonly thresholds: ThresholdTable;
  readonly silences: ActiveSilences;
  /** Logical time at the start. */
  readonly nowMs: number;
  readonly saved: ReadonlyMap<string, string>;
  readonly save: (key: string, value: string | undefined) => void;
};

/** A component that has to be evaluated. */
type Changed = { readonly component: Component; readonly isDeath: boolean };

const keyPrefix = 'liveness.component/';
/** The health, and how it was reported unless recipients were notified. */
const savedSchema = z
  .string()
  .transform((text) => text.split(' '))
  .pipe(z.tuple([z.enum(['degraded', 'down'])], z.enum(['silenced', 'unnotified'])))
  .transform(
    ([health, how]): Shortage => ({
      health,
      isNotified: how !== 'unnotified',
      isSilenced: how !== undefined,
    }),
  );
const savedText = ({ health, isNotified, isSilenced }: Shortage): string =>
  isSilenced ? `${health} ${isNotified ? 'silenced' : 'unnotified'}` : health;
const keySchema = z.tuple([z.string(), z.string()]);

function componentOf(key: string): Component {
  const [name, version] = keySchema.parse(JSON.parse(key.slice(keyPrefix.length)));
  return { name, version };
}

/**
 * Watches components as wholes: whether enough instances of each are alive, and whether the expected
 * ones have sent a heartbeat.
 *
 * A shortage that a death causes is reported at once. Another one (the first instances start one by
 * one, or one stops and its successor takes a moment) is reported when it outlasts the grace period.
 */
export class ComponentWatch {
  readonly #options: Options;
  readonly #graceMs: number;
  readonly #expected: ExpectedComponents;
  /** Shortages that were reported, by key. */
  readonly #reported = new Map<string, Shortage>();
  readonly #changed = new Map<string, Changed>();
  /** Since when a shortage is in its grace period; evaluated again each time. */
  readonly #shortSince = new Map<string, number>();

  constructor(options: Options) {
    const { config, registry, thresholds, silences, saved } = options;
    this.#options = options;
    this.#graceMs = config.graceSeconds * 1_000;
    this.#expected = new ExpectedComponents({
      ...options,
      rules: config.rules,
      graceMs: this.#graceMs,
      coveredBy: (pattern) => silences.coveredBy(pattern),
    });
    for (const [key, text] of saved) {
      if (!key.startsWith(keyPrefix)) continue;
      this.#reported.set(key, savedSchema.parse(text));
      this.#note(key, componentOf(key), false);
    }
    for (const index of registry.components()) {
      const component = registry.componentOf(index);
      this.#expected.received(component);
      if (thresholds.rule(index)?.minInstances === undefined) continue;
      this.#note(keyPrefix + componentKey(component), component, false);
    }
  }

  /** A heartbeat of an unknown instance came. */
  received(component: Component): void {
    this.#expected.received(component);
  }

  /** The state of an instance has changed. Says whether its row has to be on disk with the events. */
  changed(ref: Ref, isDeath: boolean): boolean {
    const index = this.#options.registry.component(ref);
    if (this.#options.thresholds.rule(index)?.minInstances === undefined) return false;
    const component = this.#options.registry.componentOf(index);
    this.#note(keyPrefix + componentKey(component), component, isDeath);
    return true;
  }

  /** Silences over these components end: a shortage is to be reported once more. */
  release(wasCovered: (component: Component) => boolean): void {
    for (const [key, shortage] of this.#reported) {
      const component = componentOf(key);
      if (!wasCovered(component)) continue;
      this.#settle(key, { ...shortage, isSilenced: true });
      this.#note(key, component, false);
    }
  }

  /** The events of this evaluation. */
  report(nowMs: number, conditions: ReportConditions): EventBody[] {
    for (const key of this.#shortSince.keys()) this.#note(key, componentOf(key), false);
    this.#noteOtherVersions();
    const changed = [...this.#changed];
    this.#changed.clear();
    return [
      ...changed.flatMap(([key, one]) => this.#reportOne(key, one, nowMs, conditions) ?? []),
      ...this.#expected.report(nowMs, conditions),
    ];
  }

  #note(key: string, component: Component, isDeath: boolean): void {
    const before = this.#changed.get(key)?.isDeath ?? false;
    this.#changed.set(key, { component, isDeath: isDeath || before });
  }

  #reportOne(
    key: string,
    changed: Changed,
    nowMs: number,
    conditions: ReportConditions,
  ): EventBody | undefined {
    const { component, isDeath } = changed;
    const now = this.#healthOf(component);
    if (!now) {
      this.#settle(key, undefined);
      return undefined;
    }
    const before = this.#reported.get(key);
    const news = newsOf(now);
    const isShort = news === 'worse' && !isDeath;
    const sinceMs = this.#shortSince.get(key) ?? nowMs;
    const facts: ComponentFacts = {
      news,
      reported: before ?? { isNotified: false, isSilenced: false },
      isInGrace: isShort && nowMs - sinceMs < this.#graceMs,
      silence: () => this.#options.silences.coveredBy(component),
    };
    const decision = decideComponent(facts, conditions);
    if (decision.kind === 'report') {
      const { silencedBy } = decision;
      const isSilenced = silencedBy !== undefined;
      const isNotified = !isSilenced || before?.isNotified === true;
      const { health } = now;
      this.#settle(key, health === 'well' ? undefined : { health, isNotified, isSilenced });
      return { ...componentHealthEvent(now), ...(isSilenced ? { silencedBy } : {}) };
    }
    if (decision.reason === 'mass-outage' || decision.reason === 'queue-full') {
      this.#note(key, component, isDeath);
    } else if (decision.reason === 'grace') this.#shortSince.set(key, sinceMs);
    else this.#shortSince.delete(key);
    return undefined;
  }

  /** Undefined for a component that is gone, or has no rule any more. */
  #healthOf(component: Component): ComponentHealthFacts | undefined {
    const index = this.#options.registry.findComponent(component.name, component.version);
    const minInstances =
      index === undefined ? undefined : this.#options.thresholds.rule(index)?.minInstances;
    if (index === undefined || minInstances === undefined) return undefined;
    const { up, late, down } = this.#options.registry.counts(index);
    const strength = { alive: up + late, known: up + late + down };
    const key = keyPrefix + componentKey(component);
    const previous = this.#reported.get(key)?.health ?? 'well';
    const found = healthOf(strength, minInstances, () => this.#isReplaced(component));
    // A shortage that was reported has a reported end.
    if (found === 'gone' && (strength.known === 0 || previous === 'well')) return undefined;
    const health = found === 'gone' ? 'well' : found;
    return { component, health, previous, ...strength, minInstances };
  }

  /** Whether an instance of another version is alive. */
  #isReplaced({ name, version }: Component): boolean {
    const { registry } = this.#options;
    for (const index of registry.components()) {
      const other = registry.componentOf(index);
      if (other.name !== name || other.version === version) continue;
      const { up, late } = registry.counts(index);
      if (up + late > 0) return true;
    }
    return false;
  }

  /** Another version of a component with a reported shortage may have replaced it. */
  #noteOtherVersions(): void {
    if (this.#reported.size === 0) return;
    const names = new Set([...this.#changed.values()].map(({ component }) => component.name));
    for (const key of this.#reported.keys()) {
      const component = componentOf(key);
      if (names.has(component.name)) this.#note(key, component, false);
    }
  }

  #settle(key: string, shortage: Shortage | undefined): void {
    this.#shortSince.delete(key);
    const before = this.#reported.get(key);
    if (shortage) this.#reported.set(key, shortage);
    else this.#reported.delete(key);
    if (shortage || before) this.#options.save(key, shortage && savedText(shortage));
  }
}

function newsOf({ health, previous }: ComponentHealthFacts): ComponentFacts['news'] {
  if (health === previous) return 'repeated';
  if (healths.indexOf(health) > healths.indexOf(previous)) return 'worse';
  return health === 'well' ? 'recovered' : 'better';
}
