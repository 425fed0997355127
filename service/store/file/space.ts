import { statfs } from 'node:fs/promises';
import type { Log } from '../../runtime/log.ts';
import type { StoreFailure } from '../failure.ts';

/**
 * Keeps some of the disk free: below `minFreeBytes` heartbeats are rejected.
 *
 * Moving cursors and deleting records needs space too. A backlog that had filled the whole disk could
 * not be drained, even when Monasca is available again.
 */
export type Space = {
  /** Measures the free space. */
  measure(): Promise<void>;
  /** Undefined while enough is free. */
  failure(): StoreFailure | undefined;
  /** At the last measurement. */
  freeBytes(): number | undefined;
};

/** Factor of the space that must be free before heartbeats are accepted again: prevents flapping. */
const recoveryFactor = 1.25;

export function createSpace(folder: string, minFreeBytes: number, log: Log): Space {
  let free: number | undefined;
  let failure: StoreFailure | undefined;

  return {
    async measure() {
      free = await statfs(folder).then(
        ({ bavail, bsize }) => bavail * bsize,
        () => undefined,
      );
      // Unknown free space is no reason to reject: a write will fail if there is none.
      const wanted = failure ? minFreeBytes * recoveryFactor : minFreeBytes;
      const isShort = free !== undefined && free < wanted;
      if (isShort && !failure) {
        const detail = `less than ${minFreeBytes} bytes (outbox.minFreeBytes) are free on the disk`;
        failure = { reason: 'full', detail };
        log.error(
          { folder, free, minFreeBytes },
          'disk nearly full: heartbeats are rejected until there is space again',
        );
      } else if (!isShort && failure) {
        failure = undefined;
        log.info({ folder, free }, 'disk has space again: heartbeats are accepted');
      }
    },
    failure: () => failure,
    freeBytes: () => free,
  };
}
