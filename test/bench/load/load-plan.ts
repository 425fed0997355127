import { z } from 'zod';

/** The task of a load process, which it receives as JSON. */
export const loadPlan = z.object({
  port: z.number(),
  path: z.string(),
  /** Bearer token; without one if it is empty. */
  token: z.string(),
  connections: z.number(),
  /** Heartbeats a request; 1 sends a single object, more an array. */
  batch: z.number(),
  format: z.enum(['full', 'compact', 'hbtd']),
  /**
   * `closed`: each connection sends again after each response, for `seconds`.
   * `open`: `ratePerSecond` requests are due at fixed times, and latency counts from the time a
   * request was due. It includes the wait of all requests behind a stalled server.
   * `count`: closed, with `requests` in all, no warm-up, and a time of its own for each heartbeat.
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
  /** Process of the server; its CPU time is read at both ends of the measured time. */
  serverPid: z.number(),
});
export type LoadPlan = z.infer<typeof loadPlan>;

/** Figures of a load. */
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
  /** CPU time of the rest of the machine meanwhile; the less, the more reliable the figures. */
  otherCpuSeconds: z.number(),
  serverPeakMb: z.number(),
});
export type LoadResult = z.infer<typeof loadResult>;

/** Reason for which a load ended early. */
export const loadFailure = z.object({
  failure: z.string(),
  statuses: z.record(z.string(), z.number()),
});
export type LoadFailure = z.infer<typeof loadFailure>;
