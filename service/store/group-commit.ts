import { defined } from '../contract/defined.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { type StoreFailure, StoreUnavailable } from './failure.ts';
import type { Statement } from './writer/messages.ts';
import type { StoreWriter } from './writer/writer.ts';

/**
 * Group commit: all contributions that wait when a commit begins share it.
 *
 *   append ─┐
 *   append ─┼─▶ one transaction, one sync ─▶ every caller acknowledged
 *   settle ─┘
 *
 * Guarantees: `committed` is called only after the disk has the contribution; contributions commit
 * in the order in which they were gathered; one commit is under way at a time, and contributions
 * that arrive meanwhile wait for the next, so groups grow by themselves when the disk is slow.
 *
 * Clients that send again after each acknowledgement would form two groups that alternate, each
 * commit carrying half of them. So under load a commit is held, for at most 5 ms, until as many
 * requests wait as the previous commit carried: see `maxHoldMs`.
 */
export type GroupCommit = {
  /** Registers a source; `gather` is called as each commit begins. */
  join(gather: () => Contribution | undefined): void;
  /** Requests a commit at the end of this turn of the event loop. */
  schedule(): void;
  /** Commits statements as a contribution of their own. Throws `StoreUnavailable`. */
  write(statements: readonly Statement[]): Promise<void>;
  /** Failure of the last commit; undefined if it succeeded. */
  failure(): StoreFailure | undefined;
  /** Times of the last commits that succeeded and failed, in epoch ms. */
  history(): CommitHistory;
  /** Milliseconds since the commit under way began; 0 when there is none. */
  waitingMs(): number;
  /** Resolves when all contributions have committed or failed. */
  idle(): Promise<void>;
};

type CommitHistory = {
  readonly lastSuccessAtMs?: number;
  readonly lastFailure?: StoreFailure & { readonly atMs: number };
};

export type Contribution = {
  readonly statements: readonly Statement[];
  readonly records: number;
  committed(): void;
  failed(failure: StoreFailure): void;
};

/**
 * Longest time that a commit is held: about the time in which a client that was just acknowledged
 * sends again, and too short to be noticed. A single client never waits.
 */
const maxHoldMs = (lastCommitMs: number) => Math.min(5, lastCommitMs * 3);

/** Smaller groups are not held: holding keeps the event loop busy, which pays only under load. */
const minGroupToHold = 16;

export const createGroupCommit = (
  writer: Pick<StoreWriter, 'commit'>,
  runtime: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
): GroupCommit => new WriterGroups(writer, runtime);

class WriterGroups implements GroupCommit {
  readonly #writer: Pick<StoreWriter, 'commit'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #sources: (() => Contribution | undefined)[] = [];
  #writes: Contribution[] = [];
  #isScheduled = false;
  /** Monotonic time when the commit under way began. */
  #beganMs: number | undefined;
  #waitingRequests = 0;
  #lastGroupSize = 0;
  #holdUntilMs = 0;
  #lastSuccessAtMs: number | undefined;
  #lastFailure: CommitHistory['lastFailure'];
  #outage: { readonly failure: StoreFailure; readonly sinceMs: number } | undefined;
  #onIdle: (() => void)[] = [];

  constructor(
    writer: Pick<StoreWriter, 'commit'>,
    { clock, log, metrics }: { clock: Clock; log: Log; metrics: Metrics },
  ) {
    this.#writer = writer;
    this.#clock = clock;
    this.#log = log;
    this.#metrics = metrics;
  }

  join(gather: () => Contribution | undefined): void {
    this.#sources.push(gather);
  }

  schedule = (): void => {
    this.#waitingRequests++;
    this.#scheduleCommit();
  };

  write = (statements: readonly Statement[]): Promise<void> =>
    new Promise((resolve, reject) => {
      this.#writes.push({
        statements,
        records: 0,
        committed: resolve,
        failed: (failure) => reject(new StoreUnavailable(failure)),
      });
      this.schedule();
    });

  failure = (): StoreFailure | undefined => this.#outage?.failure;

  history = (): CommitHistory =>
    defined({ lastSuccessAtMs: this.#lastSuccessAtMs, lastFailure: this.#lastFailure });

  waitingMs = (): number =>
    this.#beganMs === undefined ? 0 : this.#clock.monotonic() - this.#beganMs;

  idle = (): Promise<void> =>
    new Promise((resolve) => {
      this.#onIdle.push(resolve);
      this.schedule();
    });

  #scheduleCommit(): void {
    if (this.#isScheduled || this.#beganMs !== undefined) return;
    this.#isScheduled = true;
    setImmediate(this.#begin);
  }

  #begin = (): void => {
    if (
      this.#lastGroupSize >= minGroupToHold &&
      this.#waitingRequests < this.#lastGroupSize &&
      this.#clock.monotonic() < this.#holdUntilMs
    ) {
      setImmediate(this.#begin);
      return;
    }
    this.#isScheduled = false;
    this.#lastGroupSize = this.#waitingRequests;
    this.#waitingRequests = 0;
    const group = [...this.#writes, ...this.#sources.flatMap((gather) => gather() ?? [])];
    this.#writes = [];
    if (group.length === 0) {
      for (const resolve of this.#onIdle.splice(0)) resolve();
      return;
    }
    this.#beganMs = this.#clock.monotonic();
    void this.#commit(group).then(this.#finish);
  };

  /**
   * Commits the group. A failure that is not the disk's is caused by one statement: then each
   * contribution is tried by itself, so that the mistake of one room does not reject the records of
   * another.
   */
  async #commit(group: readonly Contribution[]): Promise<void> {
    const { failure } = await this.#writer.commit(group.flatMap(({ statements }) => statements));
    if (failure?.reason !== 'other' || group.length === 1) return this.#conclude(group, failure);
    for (const one of group) {
      this.#conclude([one], (await this.#writer.commit(one.statements)).failure);
    }
  }

  #conclude(group: readonly Contribution[], failure: StoreFailure | undefined): void {
    this.#noteOutage(failure);
    if (failure) {
      this.#lastFailure = { ...failure, atMs: this.#clock.now() };
      this.#metrics.storeFailures.inc({ reason: failure.reason });
      for (const { failed } of group) failed(failure);
    } else {
      this.#lastSuccessAtMs = this.#clock.now();
      this.#metrics.commitRecords.observe(group.reduce((sum, { records }) => sum + records, 0));
      for (const { committed } of group) committed();
    }
  }

  #finish = (): void => {
    const nowMs = this.#clock.monotonic();
    const tookMs = nowMs - (this.#beganMs ?? nowMs);
    this.#metrics.commitSeconds.observe(tookMs / 1_000);
    this.#beganMs = undefined;
    this.#holdUntilMs = nowMs + maxHoldMs(tookMs);
    if (this.#waitingRequests > 0) this.#scheduleCommit();
  };

  #noteOutage(failure: StoreFailure | undefined): void {
    if (failure && !this.#outage) {
      this.#outage = { failure, sinceMs: this.#clock.monotonic() };
      this.#log.error(failure, 'store cannot write: heartbeats are rejected until it can again');
    } else if (!failure && this.#outage) {
      const seconds = Math.round((this.#clock.monotonic() - this.#outage.sinceMs) / 1_000);
      this.#log.info({ seconds }, 'store can write again');
      this.#outage = undefined;
    }
  }
}
