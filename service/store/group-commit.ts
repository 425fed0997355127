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
  /** Why heartbeats cannot be stored, after the last attempt; undefined while they can. */
  failure(): StoreFailure | undefined;
  /** Why other contributions cannot be stored although heartbeats can; undefined while they can. */
  derivedFailure(): StoreFailure | undefined;
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
  /** Number of heartbeats. */
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

type GroupCommitOptions = {
  /** Returns statements of a small write, which shows whether the store can be written. */
  readonly probe?: () => readonly Statement[];
  /** Lines of the log when records cannot be written, and when they can again. */
  readonly outageTexts?: OutageTexts;
};

type CommitRuntime = {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'storeFailures' | 'commitRecords' | 'commitSeconds'>;
};

const heartbeatTexts: OutageTexts = {
  begin: 'store cannot write: heartbeats are rejected until it can again',
  end: 'store can write again',
};

export const createGroupCommit = (
  writer: Pick<StoreWriter, 'commit'>,
  runtime: CommitRuntime,
  options: GroupCommitOptions = {},
): GroupCommit => new WriterGroups(writer, runtime, options);

class WriterGroups implements GroupCommit {
  readonly #writer: Pick<StoreWriter, 'commit'>;
  readonly #clock: Clock;
  readonly #metrics: CommitRuntime['metrics'];
  readonly #probe: (() => readonly Statement[]) | undefined;
  readonly #outage: Outage;
  readonly #derivedOutage: Outage;
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
  #onIdle: (() => void)[] = [];

  constructor(
    writer: Pick<StoreWriter, 'commit'>,
    { clock, log, metrics }: CommitRuntime,
    { probe, outageTexts = heartbeatTexts }: GroupCommitOptions,
  ) {
    this.#writer = writer;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#probe = probe;
    this.#outage = new Outage(clock, log, { quietMs: 0, ...outageTexts });
    this.#derivedOutage = new Outage(clock, log, {
      quietMs: 30_000,
      begin: 'store cannot write events and states, but heartbeats: they are accepted',
      end: 'store can write events and states again',
    });
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

  failure = (): StoreFailure | undefined => this.#outage.failure;
  derivedFailure = (): StoreFailure | undefined => this.#derivedOutage.failure;

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
   * Commits the group. If that fails, its parts are tried by themselves, so that the failure of one
   * room does not reject the records of another.
   */
  async #commit(group: readonly Contribution[]): Promise<void> {
    const failure = await this.#attempt(group);
    const parts = failure ? separable(group, failure) : [group];
    let heartbeats: Result;
    let others: Result;
    for (const part of parts) {
      const result = { failure: parts.length === 1 ? failure : await this.#attempt(part) };
      if (carriesHeartbeats(part)) heartbeats = result;
      else if (!others?.failure) others = result;
      this.#conclude(part, result.failure);
    }
    // Only heartbeats, or a small write in their place, show whether heartbeats can be stored.
    heartbeats ??= others?.failure ? await this.#tryProbe(others.failure) : others;
    this.#outage.note(heartbeats?.failure);
    if (others) this.#derivedOutage.note(heartbeats?.failure ? undefined : others.failure);
  }

  async #attempt(group: readonly Contribution[]): Promise<StoreFailure | undefined> {
    const { failure } = await this.#writer.commit(group.flatMap(({ statements }) => statements));
    return failure;
  }

  /** Without a probe the failure of any write stands for all. */
  async #tryProbe(failure: StoreFailure): Promise<Result> {
    if (!this.#probe) return { failure };
    const { failure: ofProbe } = await this.#writer.commit(this.#probe());
    return { failure: ofProbe };
  }

  #conclude(group: readonly Contribution[], failure: StoreFailure | undefined): void {
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
}

type Result = { readonly failure: StoreFailure | undefined } | undefined;

const carriesHeartbeats = (group: readonly Contribution[]): boolean =>
  group.some(({ records }) => records > 0);

/**
 * Parts of a failed group that may succeed by themselves. A failure that is not the disk's is caused
 * by one statement: then each contribution is a part. Otherwise heartbeats are one, and all else is
 * the other: large statements need more of the disk than heartbeats.
 */
function separable(group: readonly Contribution[], { reason }: StoreFailure) {
  if (reason === 'other') return group.map((one) => [one]);
  const heartbeats = group.filter(({ records }) => records > 0);
  const others = group.filter(({ records }) => records === 0);
  return heartbeats.length === 0 || others.length === 0 ? [group] : [heartbeats, others];
}

/** Lines of the log. */
type OutageTexts = { readonly begin: string; readonly end: string };

type OutageOptions = OutageTexts & {
  /** An outage ends with a success so long after its last failure: other writes may succeed in it. */
  readonly quietMs: number;
};

/** Logs one line when an outage begins and one when it ends. */
class Outage {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: OutageOptions;
  #underWay: { readonly failure: StoreFailure; readonly sinceMs: number } | undefined;
  #lastFailureMs = 0;

  constructor(clock: Clock, log: Log, options: OutageOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#options = options;
  }

  get failure(): StoreFailure | undefined {
    return this.#underWay?.failure;
  }

  note(failure: StoreFailure | undefined): void {
    const nowMs = this.#clock.monotonic();
    const { quietMs, begin, end } = this.#options;
    if (failure) {
      this.#lastFailureMs = nowMs;
      if (!this.#underWay) this.#log.error(failure, begin);
      this.#underWay ??= { failure, sinceMs: nowMs };
    } else if (this.#underWay && nowMs - this.#lastFailureMs >= quietMs) {
      const seconds = Math.round((nowMs - this.#underWay.sinceMs) / 1_000);
      this.#log.info({ seconds }, end);
      this.#underWay = undefined;
    }
  }
}
