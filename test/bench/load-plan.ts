import { z } from 'zod';

/** What a load worker shall do; it travels to its process as JSON. */
export const loadPlan = z.object({
  port: z.number(),
  path: z.string(),
  /** What to show; nothing where it is empty. */
  token: z.string(),
  connections: z.number(),
  /** Heartbeats a request; 1 sends a single object, more an array. */
  batch: z.number(),
  form: z.enum(['full', 'compact', 'hbtd']),
  /**
   * `closed`: each connection sends again as soon as it is answered, for `seconds`.
   * `open`: `ratePerSecond` requests are due at fixed times, and latency counts from when one was
   * due, so that a server that stalls pays for all that had to wait.
   * `count`: closed, but `requests` in all, without warming up, each heartbeat with a time of its
   * own.
   */
  mode: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('closed'), warmupSeconds: z.number(), seconds: z.number() }),
    z.object({
      kind: z.literal('open'),
      ratePerSecond: z.number(),
      warmupSeconds: z.number(),
      seconds: z.number(),
    }),
    z.object({ kind: z.literal('count'), requests: z.number() }),
  ]),
  /** The server's process, whose CPU time is read at both ends of the measured time. */
  serverPid: z.number(),
});
export type LoadPlan = z.infer<typeof loadPlan>;

/** What a load saw. */
export const loadResult = z.object({
  requests: z.number(),
  seconds: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
  statuses: z.record(z.string(), z.number()),
  /** Open loop only: requests that were due but not yet sent at the end. */
  unsent: z.number(),
  serverCpuSeconds: z.number(),
  loadCpuSeconds: z.number(),
  /** What the rest of the machine used meanwhile: the measure of how far to trust the figures. */
  otherCpuSeconds: z.number(),
  serverPeakMb: z.number(),
});
export type LoadResult = z.infer<typeof loadResult>;

/** Why a load ended before its time. */
export const loadFailure = z.object({
  failure: z.string(),
  statuses: z.record(z.string(), z.number()),
});
export type LoadFailure = z.infer<typeof loadFailure>;
