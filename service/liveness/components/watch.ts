import type { LivenessConfig } from '../../config/sections/liveness.ts';
import type { EventBody } from '../../contract/event.ts';
import type { Component } from '../../contract/instance.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { ActiveSilences } from '../../silences/active-silences.ts';
import type { Thresholds } from '../thresholds.ts';
import { healthEvent, neverSeenEvent } from './component-event.ts';
import { createExpectations } from './expected.ts';
import { createComponentHealth } from './health.ts';

/** Watches components as wholes: whether enough of each are alive, and whether all came at all. */
export type ComponentWatch = {
  /** A heartbeat of an instance that is not known. */
  saw(component: Component): void;
  /** An instance has changed its state. Says whether its row has to be on disk with what is told. */
  changed(ref: Ref, isDeath: boolean): boolean;
  /** Silences over these components end. */
  release(wasCovered: (component: Component) => boolean): void;
  /** What is to be told now. */
  examine(nowMs: number): EventBody[];
};

export function createComponentWatch(options: {
  config: LivenessConfig;
  registry: Registry;
  thresholds: Thresholds;
  silences: Pick<ActiveSilences, 'coveredBy'>;
  nowMs: number;
  saved: ReadonlyMap<string, string>;
  save: (key: string, value: string | undefined) => void;
}): ComponentWatch {
  const { config, registry, thresholds, silences, nowMs, saved, save } = options;
  const graceMs = config.graceSeconds * 1_000;
  const { rules } = config;
  const { coveredBy } = silences;
  const expectations = createExpectations({ rules, graceMs, nowMs, coveredBy, saved, save });
  const indexOf = ({ name, version }: Component) => registry.findComponent(name, version);

  const health = createComponentHealth({
    graceMs,
    minInstances(component) {
      const index = indexOf(component);
      return index === undefined ? undefined : thresholds.rule(index)?.minInstances;
    },
    strength(component) {
      const index = indexOf(component);
      if (index === undefined) return { alive: 0, known: 0 };
      const { up, late, down } = registry.counts(index);
      return { alive: up + late, known: up + late + down };
    },
    coveredBy,
    saved,
    save,
  });

  for (const index of registry.components()) {
    const component = registry.componentOf(index);
    expectations.saw(component);
    if (thresholds.rule(index)?.minInstances !== undefined) health.note(component, false);
  }

  return {
    saw(component) {
      if (expectations.isWaiting) expectations.saw(component);
    },
    changed(ref, isDeath) {
      const index = registry.component(ref);
      if (thresholds.rule(index)?.minInstances === undefined) return false;
      health.note(registry.componentOf(index), isDeath);
      return true;
    },
    release: health.release,
    examine: (atMs) => [
      ...health.examine(atMs).map(healthEvent),
      ...expectations.takeOverdue(atMs).map(neverSeenEvent),
    ],
  };
}
