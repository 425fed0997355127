/** A heartbeat as the native API accepts it, except `sentAt`, which is added when it is sent. */
export type AgentHeartbeat = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
  /** Epoch ms of the end of the check. */
  readonly timestamp: number;
  /** Seconds. */
  readonly interval: number;
  readonly status?: 'not_ok' | 'stopping';
  readonly message?: string;
  readonly meta?: Readonly<Record<string, string>>;
};

/** Heartbeats as NDJSON, all sent now. */
export const formatHeartbeats = (heartbeats: readonly AgentHeartbeat[], nowMs: number): string =>
  heartbeats.map((one) => JSON.stringify({ ...one, sentAt: nowMs })).join('\n');
