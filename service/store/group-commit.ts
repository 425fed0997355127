import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { type StoreFailure, StoreUnavailable } from './failure.ts';
import type { Statement, Writer } from './writer/writer.ts';

/**
 * Group commit: all that waits when a commit begins shares it.
 *
 *   append ─┐
 *   append ─┼─▶ one transaction, one sync ─▶ every one of them answered
 *   settle ─┘
 *
 * Guarantees: a contribution is told `committed` only after the disk has it; contributions commit
 * in the order in which they were gathered; one commit is under way at a time, and what arrives
 * meanwhile waits for the next, so groups grow by themselves when the disk is slow.
 *
 * Senders that wait for their answers would fall into two camps that take turns, each commit
 * carrying half of them. So a commit that follows upon another waits for as many as that one
 * carried, but not for long: see `patience`.
 */
export type GroupCommit = {
  /** Registers a source; `gather` is called as each commit begins. */
  join(gather: () => Contribution | undefined): void;
  /** Asks for a commit at the end of this turn of the event loop. */
  schedule(): void;
  /** A contribution of its own. Throws `StoreUnavailable`. */
  write(statements: readonly Statement[]): Promise<void>;
  /** The failure that lasts, if the last commit failed. */
  failure(): StoreFailure | undefined;
  /** When commits last succeeded and failed, in epoch milliseconds. */
  history(): CommitHistory;
  /** How long the commit under way has been so, in milliseconds; 0 when none is. */
  waitingMs(): number;
  /** Resolves when nothing waits any more, or has failed. */
  idle(): Promise<void>;
};

export type CommitHistory = {
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
 * How long a commit may be held back for company, in milliseconds: about what those who were just
 * answered need to be heard again, and never what a person would notice. A lone sender never waits.
 */
const patience = (lastCommitMs: number) => Math.min(5, lastCommitMs * 3);
/** Fewer are not waited for: waiting keeps the loop busy, which pays where it has no rest anyway. */
const crowd = 16;

export function createGroupCommit(
  writer: Pick<Writer, 'commit'>,
  { clock, log, metrics }: { clock: Clock; log: Log; metrics: Metrics },
): GroupCommit {
  const sources: (() => Contribution | undefined)[] = [];
  let writes: Contribution[] = [];
  let scheduled = false;
  let beganMs: number | undefined;
  let wanted = 0;
  let company = 0;
  let holdUntilMs = 0;
  let lastSuccessAtMs: number | undefined;
  let lastFailure: CommitHistory['lastFailure'];
  let outage: { failure: StoreFailure; sinceMs: number } | undefined;
  const idlers: (() => void)[] = [];

  function wake(): void {
    if (scheduled || beganMs !== undefined) return;
    scheduled = true;
    setImmediate(begin);
  }

  function schedule(): void {
    wanted++;
    wake();
  }

  function begin(): void {
    if (company >= crowd && wanted < company && clock.monotonic() < holdUntilMs) {
      setImmediate(begin);
      return;
    }
    scheduled = false;
    company = wanted;
    wanted = 0;
    const group = [...writes, ...sources.flatMap((gather) => gather() ?? [])];
    writes = [];
    if (group.length === 0) {
      for (const resolve of idlers.splice(0)) resolve();
      return;
    }
    beganMs = clock.monotonic();
    void commitTogether(group).then(finish);
  }

  /**
   * Commits the group. A failure that is not the disk's is the fault of one statement: then each
   * contribution is tried by itself, so that one room's mistake does not refuse another's records.
   */
  async function commitTogether(group: readonly Contribution[]): Promise<void> {
    const { failure } = await writer.commit(group.flatMap(({ statements }) => statements));
    if (failure?.reason !== 'other' || group.length === 1) return conclude(group, failure);
    for (const one of group) conclude([one], (await writer.commit(one.statements)).failure);
  }

  function conclude(group: readonly Contribution[], failure: StoreFailure | undefined): void {
    noteOutage(failure);
    if (failure) {
      lastFailure = { ...failure, atMs: clock.now() };
      metrics.storeFailures.inc({ reason: failure.reason });
      for (const { failed } of group) failed(failure);
    } else {
      lastSuccessAtMs = clock.now();
      metrics.commitRecords.observe(group.reduce((sum, { records }) => sum + records, 0));
      for (const { committed } of group) committed();
    }
  }

  function finish(): void {
    const nowMs = clock.monotonic();
    const tookMs = nowMs - (beganMs ?? nowMs);
    metrics.commitSeconds.observe(tookMs / 1_000);
    beganMs = undefined;
    holdUntilMs = nowMs + patience(tookMs);
    if (wanted > 0) wake();
  }

  function noteOutage(failure: StoreFailure | undefined): void {
    if (failure && !outage) {
      outage = { failure, sinceMs: clock.monotonic() };
      log.error(failure, 'the store cannot write: heartbeats are refused until it can again');
    } else if (!failure && outage) {
      const seconds = Math.round((clock.monotonic() - outage.sinceMs) / 1_000);
      log.info({ seconds }, 'the store can write again');
      outage = undefined;
    }
  }

  return {
    join: (gather) => void sources.push(gather),
    schedule,
    write: (statements) =>
      new Promise((resolve, reject) => {
        writes.push({
          statements,
          records: 0,
          committed: resolve,
          failed: (failure) => reject(new StoreUnavailable(failure)),
        });
        schedule();
      }),
    failure: () => outage?.failure,
    history: () => ({
      ...(lastSuccessAtMs === undefined ? {} : { lastSuccessAtMs }),
      ...(lastFailure ? { lastFailure } : {}),
    }),
    waitingMs: () => (beganMs === undefined ? 0 : clock.monotonic() - beganMs),
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve);
        schedule();
      }),
  };
}
