import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export type Folder = {
  readonly path: string;
  readonly isKept: boolean;
  /** Removes it, unless it was to be kept. */
  discard(): void;
};

/** Where the demo keeps databases and logs: the folder that was named, or a temporary one. */
export function openFolder(named: string | undefined): Folder {
  if (named !== undefined) {
    const path = resolve(named);
    mkdirSync(path, { recursive: true });
    return { path, isKept: true, discard() {} };
  }
  const path = mkdtempSync(join(tmpdir(), 'ge-heartbeat-demo-'));
  return {
    path,
    isKept: false,
    discard: () => rmSync(path, { recursive: true, force: true }),
  };
}
