import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for as long as a whole file of tests runs: the other kind is gone after one test. */
export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'grafana-'));
export const removeFolder = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true });
