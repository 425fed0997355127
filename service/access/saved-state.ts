import { z } from 'zod';
import type { Clock } from '../runtime/clock.ts';
import { StoreUnavailable } from '../store/failure.ts';
import { settingStatements } from '../store/settings.ts';
import type { Store } from '../store/store.ts';

const timesSchema = z.record(z.string(), z.number());

/** Reads times by name that were saved as JSON. */
export const readTimes = (saved: string | undefined): Readonly<Record<string, number>> =>
  saved === undefined ? {} : timesSchema.parse(JSON.parse(saved));

/** State that is saved periodically; a killed process loses what changed since. */
const saveEveryMs = 60_000;

/** Saves those of some settings that have changed: periodically until `signal` aborts, and at once. */
export function createSavedState(
  store: Pick<Store, 'settings' | 'write'>,
  current: () => readonly (readonly [key: string, text: string])[],
) {
  const saved = new Map(store.settings());

  async function save(): Promise<void> {
    const changed = new Map(current().filter(([key, text]) => saved.get(key) !== text));
    if (changed.size === 0) return;
    try {
      await store.write(settingStatements(changed));
      for (const [key, text] of changed) saved.set(key, text);
    } catch (error) {
      // The next save includes it.
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }

  return {
    save,
    async keep(clock: Clock, signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        await clock.sleep(saveEveryMs, signal);
        if (!signal.aborted) await save();
      }
    },
  };
}
