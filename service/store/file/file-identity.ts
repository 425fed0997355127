import { type Stats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Log } from '../../runtime/log.ts';
import type { StoreFailure } from '../failure.ts';

/**
 * Compares the files of the store with the ones that were opened.
 *
 * A file that was removed or replaced can still be written, by its open descriptors, and everything
 * written is lost with the process. One that was cut short is damaged. In both cases nothing may be
 * acknowledged.
 */
export type FileIdentity = {
  /** Compares the files now. */
  check(): Promise<void>;
  /** Undefined while the files are the ones that were opened, with all their bytes. */
  failure(): StoreFailure | undefined;
  /** Compares no sizes while the service itself shrinks the data file. */
  pauseSizes(): void;
  /** `hasShrunk`: the file may be smaller now. */
  resumeSizes(hasShrunk: boolean): void;
};

type IdentityOptions = {
  /** The data file; its WAL and the lock are beside it. */
  readonly file: string;
  readonly lockFile: string;
  /** Size of the data in the file and the WAL; throws if it cannot be read. */
  readonly logicalBytes: () => number;
  /** Whether a file that was cut short is whole again. */
  readonly isSound: () => boolean;
  readonly log: Log;
};

/** Takes the files as they are now for the right ones. */
export function createFileIdentity(options: IdentityOptions): FileIdentity {
  const { file, lockFile, logicalBytes, isSound, log } = options;
  const opened = [file, `${file}-wal`, lockFile].map((path) => ({ path, stats: statSync(path) }));
  let leastBytes: number | undefined;
  let isPaused = false;
  let found: Difference | undefined;

  /**
   * The file is never smaller than before, nor than the data: only a complete checkpoint shortens it,
   * to the size of the data at that time, and this size falls only when the service shrinks the file.
   */
  function isCutShort(size: number): boolean {
    if (isPaused) return false;
    if (leastBytes !== undefined && size < leastBytes) return true;
    try {
      leastBytes = Math.min(size, logicalBytes());
    } catch {
      // A file that cannot be read is noticed where it is read.
    }
    return false;
  }

  async function difference(): Promise<Difference | undefined> {
    for (const { path, stats } of opened) {
      const now = await statsOf(path);
      if (now === 'unknown') continue;
      if (now === undefined) return { isCut: false, detail: `${path} was removed or renamed` };
      if (now.dev !== stats.dev || now.ino !== stats.ino) {
        return { isCut: false, detail: `${path} was replaced by another file` };
      }
      if (path === file && isCutShort(now.size)) {
        return { isCut: true, detail: `${path} was cut short to ${now.size} bytes` };
      }
    }
    return undefined;
  }

  return {
    async check() {
      const now = await difference();
      if (now && !found) {
        found = now;
        log.error(
          { detail: now.detail },
          'the data file is not as it was opened: heartbeats are rejected. Put the file back, ' +
            'or stop the service and restore a backup',
        );
      } else if (!now && found && (!found.isCut || isSound())) {
        found = undefined;
        log.info('the data file is in its place again: heartbeats are accepted');
      }
    },
    failure: () => found && { reason: 'io', detail: found.detail },
    pauseSizes() {
      isPaused = true;
    },
    resumeSizes(hasShrunk) {
      isPaused = false;
      if (hasShrunk && !found) leastBytes = undefined;
    },
  };
}

type Difference = { readonly isCut: boolean; readonly detail: string };

/** Undefined if there is no such file; `unknown` if that cannot be determined. */
async function statsOf(path: string): Promise<Stats | undefined | 'unknown'> {
  try {
    return await stat(path);
  } catch (error) {
    const isAbsent =
      Error.isError(error) && 'code' in error && /^(ENOENT|ENOTDIR)$/.test(String(error.code));
    return isAbsent ? undefined : 'unknown';
  }
}
