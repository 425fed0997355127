import { z } from 'zod';
import type { Component } from '../../contract/instance.ts';
import { componentKey } from '../../contract/instance.ts';

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
  /** The silence within which it is told. */
  readonly silencedBy?: string;
  /** Nothing has changed, but the silence within which it was told has ended. */
  readonly isRepeated: boolean;
};

export type ComponentHealth = {
  /** Something changed in a component; a death is to be told at once. */
  note(component: Component, isDeath: boolean): void;
  /** Silences over these components end: what is short of them then is to be told once more. */
  release(wasCovered: (component: Component) => boolean): void;
  /** What is to be told now. */
  examine(nowMs: number): HealthChange[];
};

/** A shortage that was told. */
type Shortage = {
  readonly health: Exclude<Health, 'well'>;
  /** People were told of one that lasts: its end has to reach them too. */
  readonly isHeard: boolean;
  /** What was told last came within a silence. */
  readonly isHushed: boolean;
};

const keyPrefix = 'liveness.component/';
/** The health, and `hushed` or `unheard` unless all was told aloud. */
const savedSchema = z
  .string()
  .transform((text) => text.split(' '))
  .pipe(z.tuple([z.enum(['degraded', 'down'])], z.enum(['hushed', 'unheard'])))
  .transform(
    ([health, ear]): Shortage => ({
      health,
      isHeard: ear !== 'unheard',
      isHushed: ear !== undefined,
    }),
  );
const savedText = ({ health, isHeard, isHushed }: Shortage): string =>
  isHushed ? `${health} ${isHeard ? 'hushed' : 'unheard'}` : health;
const keySchema = z.tuple([z.string(), z.string()]);

function componentOf(key: string): Component {
  const [name, version] = keySchema.parse(JSON.parse(key.slice(keyPrefix.length)));
  return { name, version };
}

export function createComponentHealth(options: {
  graceMs: number;
  minInstances: (component: Component) => number | undefined;
  strength: (component: Component) => Strength;
  coveredBy: (component: Component) => string | undefined;
  saved: ReadonlyMap<string, string>;
  save: (key: string, value: string | undefined) => void;
}): ComponentHealth {
  const { graceMs, minInstances, strength, coveredBy, saved, save } = options;
  /** What was told; those that are well are not in it. */
  const told = new Map<string, Shortage>();
  const changed = new Map<string, { component: Component; isDeath: boolean }>();
  /** Shortages that are not told yet, and since when; looked at again at each examination. */
  const short = new Map<string, { component: Component; sinceMs: number }>();

  for (const [key, text] of saved) {
    if (!key.startsWith(keyPrefix)) continue;
    told.set(key, savedSchema.parse(text));
    changed.set(key, { component: componentOf(key), isDeath: false });
  }

  function settle(key: string, shortage: Shortage | undefined): void {
    short.delete(key);
    const before = told.get(key);
    if (shortage) told.set(key, shortage);
    else told.delete(key);
    if (shortage || before) save(key, shortage && savedText(shortage));
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
    const before = told.get(key);
    if (least === undefined || health === 'gone') {
      settle(key, undefined);
      return undefined;
    }
    const previous: Health = before?.health ?? 'well';
    const isWorse = healths.indexOf(health) > healths.indexOf(previous);
    if (isWorse && !isDeath) {
      const since = short.get(key)?.sinceMs ?? nowMs;
      short.set(key, { component, sinceMs: since });
      if (nowMs - since < graceMs) return undefined;
    }
    short.delete(key);
    const change = { component, health, previous, strength: now, minInstances: least };
    return tellOne(key, change, before);
  }

  /** Unless there is nothing to tell, or all was told aloud. */
  function tellOne(
    key: string,
    change: Omit<HealthChange, 'silencedBy' | 'isRepeated'>,
    before: Shortage | undefined,
  ): HealthChange | undefined {
    const { component, health, previous } = change;
    const silence = health === 'well' && before?.isHeard ? undefined : coveredBy(component);
    const isRepeated = health === previous;
    if (isRepeated && (silence !== undefined || !before?.isHushed)) return undefined;
    const isHushed = silence !== undefined;
    const isHeard = !isHushed || before?.isHeard === true;
    settle(key, health === 'well' ? undefined : { health, isHeard, isHushed });
    return { ...change, isRepeated, ...(isHushed ? { silencedBy: silence } : {}) };
  }

  return {
    note(component, isDeath) {
      const key = keyPrefix + componentKey(component);
      const before = changed.get(key)?.isDeath ?? false;
      changed.set(key, { component, isDeath: isDeath || before });
    },
    release(wasCovered) {
      for (const [key, shortage] of told) {
        const component = componentOf(key);
        if (!wasCovered(component)) continue;
        settle(key, { ...shortage, isHushed: true });
        if (!changed.has(key)) changed.set(key, { component, isDeath: false });
      }
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
