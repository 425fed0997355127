import type { Clock } from './clock.ts';
import type { ProxySettings } from './http/proxy.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** What nearly every part of the service needs, and shares with all others. */
export type Runtime = {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** For requests to other servers. */
  readonly proxy?: ProxySettings | undefined;
};
