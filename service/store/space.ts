import { statfs } from 'node:fs/promises';
import type { Log } from '../runtime/log.ts';
import type { StoreFailure } from './failure.ts';

/**
 * Keeps some of the disk free: below `minFreeBytes` no heartbeat is taken any more.
 *
 * To note that heartbeats were delivered, and to delete them, takes room too. A backlog that had
 * filled the disk to its last block could never be drained again, not even by a Monasca that is
 * back.
 */
export type Space = {
  /** Looks how much is free now. */
  look(): Promise<void>;
  /** Undefined while there is enough. */
  failure(): StoreFailure | undefined;
  /** As of the last look. */
  freeBytes(): number | undefined;
};

/** So much more has to be free again before heartbeats are taken, or it would be a matter of turns. */
const enoughAgain = 1.25;

export function createSpace(folder: string, minFreeBytes: number, log: Log): Space {
  let free: number | undefined;
  let failure: StoreFailure | undefined;

  return {
    async look() {
      free = await statfs(folder).then(
        ({ bavail, bsize }) => bavail * bsize,
        () => undefined,
      );
      // What cannot be known is no reason to refuse: a write will show it.
      const wanted = failure ? minFreeBytes * enoughAgain : minFreeBytes;
      const isShort = free !== undefined && free < wanted;
      if (isShort && !failure) {
        const detail = `less than ${minFreeBytes} bytes (outbox.minFreeBytes) are free on the disk`;
        failure = { reason: 'full', detail };
        log.error(
          { folder, free, minFreeBytes },
          'the disk is nearly full: heartbeats are refused until there is room again',
        );
      } else if (!isShort && failure) {
        failure = undefined;
        log.info({ folder, free }, 'there is room on the disk again: heartbeats are taken');
      }
    },
    failure: () => failure,
    freeBytes: () => free,
  };
}
