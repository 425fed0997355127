import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { temporaryFolder } from './temporary-folder.ts';

/** The wall clock of a process under test. Its monotonic clock is not changed. */
export type WallClock = {
  /** Environment variables of the process. */
  readonly settings: Readonly<Record<string, string>>;
  /** Sets it to the true time plus `offsetMs`, and waits until the process has read that. */
  set(offsetMs: number): Promise<void>;
};

export function createWallClock(): WallClock {
  const file = join(temporaryFolder(), 'offset');
  writeFileSync(file, '0');
  const hooks = new URL('./wall-clock-hooks.js', import.meta.url);
  return {
    settings: { NODE_OPTIONS: `--import=${hooks.href}`, TEST_WALL_CLOCK: file },
    async set(offsetMs) {
      writeFileSync(`${file}.new`, String(offsetMs));
      renameSync(`${file}.new`, file);
      await delay(200);
    },
  };
}
