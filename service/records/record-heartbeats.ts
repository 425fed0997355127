import type { LogRecord } from '../contract/records/log-record.ts';
import type { Clock } from '../runtime/clock.ts';

/** Shortest time between two heartbeats of one instance. */
const everyMs = 1_000;
/** Instances whose last heartbeat is remembered; others send one more. */
const maxRemembered = 100_000;

export type HeartbeatCandidate = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
  readonly timestamp?: number;
};

/** Makes heartbeats of records: many records in a second are one heartbeat. */
export class RecordHeartbeats {
  readonly #send: (heartbeat: HeartbeatCandidate) => Promise<unknown>;
  readonly #clock: Clock;
  readonly #sentAtMs = new Map<string, number>();

  constructor(send: (heartbeat: HeartbeatCandidate) => Promise<unknown>, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** Resolves when the heartbeats of these records are stored, or rejected. */
  readonly note = async (records: readonly LogRecord[]): Promise<void> => {
    const nowMs = this.#clock.monotonic();
    const due: Promise<unknown>[] = [];
    for (const { name, version, instance, createdAtMs } of records.toReversed()) {
      const key = JSON.stringify([name, version, instance]);
      const sentAtMs = this.#sentAtMs.get(key);
      if (sentAtMs !== undefined && nowMs - sentAtMs < everyMs) continue;
      if (this.#sentAtMs.size >= maxRemembered) this.#sentAtMs.clear();
      this.#sentAtMs.set(key, nowMs);
      const timestamp = createdAtMs === undefined ? {} : { timestamp: createdAtMs };
      due.push(this.#send({ name, version, instance, ...timestamp }));
    }
    await Promise.all(due);
  };
}
