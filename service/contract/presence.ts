import type { Identity } from './instance.ts';

/**
 * An unbroken time in which an instance was active. Every heartbeat covers the time from when it
 * was sent until the instance would count as down without another; a presence is what such covers
 * make together when each touches the next.
 *
 *   heartbeats   t1     t2   t3
 *   covers       ├─────────┤
 *                       ├─────────┤
 *                            ├─────────┤
 *   presence     fromMs      toMs      reachMs
 *
 * Times are epoch milliseconds.
 */
export type Presence = {
  /** The first heartbeat. */
  readonly fromMs: number;
  /** The last heartbeat. */
  readonly toMs: number;
  /** Until when a heartbeat would still have belonged to it; never before `toMs`. */
  readonly reachMs: number;
};

export type InstancePresence = Presence & Identity;
