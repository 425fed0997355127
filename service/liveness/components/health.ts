import { z } from 'zod';
import type { Component } from '../../registry/components.ts';

/**
 * The health of a component that must have `minInstances` alive.
 *
 * An instance that is late still counts as alive: late is a warning, down is the verdict; a lost
 * heartbeat is no shortage. Retired ones do not count at all: a component all of whose instances
 * said goodbye, as an old version does, is gone and not down.
 *
 * A shortage that a death brings is told at once. One that comes otherwise (the first instances
 * start one by one, or one says goodbye and its successor takes a moment) is told only if it
 * lasts longer than a grace.
 */
export const healths = ['well', 'degraded', 'down'] as const;
export type Health = (typeof healths)[number];

/** How many instances of a component are alive, and how many there are that are not retired. */
export type Strength = { readonly alive: number; readonly known: number };

export function healthOf({ alive, known }: Strength, minInstances: number): Health | 'gone' {
  if (known === 0) return 'gone';
  if (alive >= minInstances) return 'well';
  return alive === 0 ? 'down' : 'degraded';
}

export type HealthChange = {
  readonly component: Component;
  readonly health: Health;
  readonly previous: Health;
  readonly strength: Strength;
  readonly minInstances: number;
};

export type ComponentHealth = {
  /** Something changed in a component; a death is to be told at once. */
  note(component: Component, isDeath: boolean): void;
  /** What is to be told now. */
  examine(nowMs: number): HealthChange[];
};

const keyPrefix = 'liveness.component/';
const savedSchema = z.enum(['degraded', 'down']);
const keySchema = z.tuple([z.string(), z.string()]);

export function createComponentHealth(options: {
  graceMs: number;
  minInstances: (component: Component) => number | undefined;
  strength: (component: Component) => Strength;
  saved: ReadonlyMap<string, string>;
  save: (key: string, value: string | undefined) => void;
}): ComponentHealth {
  const { graceMs, minInstances, strength, saved, save } = options;
  /** What was told; those that are well are not in it. */
  const told = new Map<string, Exclude<Health, 'well'>>();
  const changed = new Map<string, { component: Component; isDeath: boolean }>();
  /** Shortages that are not told yet, and since when; looked at again at each examination. */
  const short = new Map<string, { component: Component; sinceMs: number }>();

  for (const [key, text] of saved) {
    if (!key.startsWith(keyPrefix)) continue;
    const [name, version] = keySchema.parse(JSON.parse(key.slice(keyPrefix.length)));
    told.set(key, savedSchema.parse(text));
    changed.set(key, { component: { name, version }, isDeath: false });
  }

  function settle(key: string, health: Health): void {
    short.delete(key);
    if ((told.get(key) ?? 'well') === health) return;
    if (health === 'well') told.delete(key);
    else told.set(key, health);
    save(key, health === 'well' ? undefined : health);
  }

  function examineOne(
    key: string,
    component: Component,
    isDeath: boolean,
    nowMs: number,
  ): HealthChange | undefined {
    const least = minInstances(component);
    const now = strength(component);
    const health = least === undefined ? 'gone' : healthOf(now, least);
    if (least === undefined || health === 'gone') {
      settle(key, 'well');
      return undefined;
    }
    const previous = told.get(key) ?? 'well';
    const isWorse = healths.indexOf(health) > healths.indexOf(previous);
    if (isWorse && !isDeath) {
      const since = short.get(key)?.sinceMs ?? nowMs;
      short.set(key, { component, sinceMs: since });
      if (nowMs - since < graceMs) return undefined;
    }
    settle(key, health);
    if (health === previous) return undefined;
    return { component, health, previous, strength: now, minInstances: least };
  }

  return {
    note(component, isDeath) {
      const key = keyPrefix + JSON.stringify([component.name, component.version]);
      const before = changed.get(key)?.isDeath ?? false;
      changed.set(key, { component, isDeath: isDeath || before });
    },
    examine(nowMs) {
      const waiting = [...short]
        .filter(([key]) => !changed.has(key))
        .map(([key, { component }]) => [key, { component, isDeath: false }] as const);
      const all = [...changed, ...waiting];
      changed.clear();
      return all.flatMap(
        ([key, { component, isDeath }]) => examineOne(key, component, isDeath, nowMs) ?? [],
      );
    },
  };
}
